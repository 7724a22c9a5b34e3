package io.foreshock.cli;

import io.foreshock.topics.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code foreshock topics}: the topics that a Kafka needs for Foreshock. */
@Command(
        name = "topics",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Show the Kafka topics that Foreshock uses; create those that are missing.",
        description = "",
        footer = {
            "",
            "Exit code 1 if a topic is missing (and was not created) or the broker cannot be reached.",
            "",
            "Examples:",
            "  foreshock topics --bootstrap-servers kafka:9092",
            "  foreshock topics --bootstrap-servers kafka:9092 --create --partitions 32"
        })
final class TopicsCommand implements Callable<Integer> {
    private static final String TIMEOUT_MILLIS = "10000";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            defaultValue = "localhost:9092",
            description = "Kafka (default: ${DEFAULT-VALUE}).")
    private String bootstrapServers = "";

    @Option(names = "--create", description = "Create the topics that are missing.")
    private boolean create;

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            defaultValue = "foreshock.",
            description = "What the topics' names begin with (default: ${DEFAULT-VALUE}).")
    private String prefix = "";

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "8",
            description = "Partitions of the telemetry topic, the limit of the job's parallelism in reading"
                    + " (default: ${DEFAULT-VALUE}).")
    private int partitions = 8;

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        if (partitions < 1) {
            throw new ParameterException(command.commandLine(), "--partitions must be above 0, got " + partitions);
        }
        Topics topics = Topics.of(prefix, partitions);
        PrintWriter out = command.commandLine().getOut();
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers", bootstrapServers,
                "request.timeout.ms", TIMEOUT_MILLIS,
                "default.api.timeout.ms", TIMEOUT_MILLIS))) {
            Map<String, TopicDescription> existing = existing(admin, topics);
            Map<String, Topics.Status> states = create
                    ? topics.ensure(admin).stream().collect(Collectors.toMap(Topics.Status::topic, s -> s))
                    : Map.of();
            boolean missing = false;
            Table table = new Table("topic", ">partitions", "state", "settings");
            for (Topics.Topic topic : topics.all()) {
                TopicDescription description = existing.get(topic.name());
                Topics.Status state = states.get(topic.name());
                missing |= description == null && !create;
                table.row(
                        topic.name(),
                        description == null
                                ? topic.partitions()
                                : description.partitions().size(),
                        description != null ? "there" : create ? "created" : "missing",
                        settings(topic, state));
            }
            table.print(out);
            if (missing) {
                out.println("\n--create creates what is missing.");
            }
            out.flush();
            return missing ? Foreshock.FAILED : 0;
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IOException(
                    cause instanceof TimeoutException
                            ? "no Kafka answers at " + bootstrapServers
                                    + "; is it there, and --bootstrap-servers right?"
                            : "Kafka at " + bootstrapServers + ": " + cause.getMessage(),
                    e);
        }
    }

    private static String settings(Topics.Topic topic, Topics.@Nullable Status state) {
        List<String> settings = new ArrayList<>();
        topic.config().forEach((name, value) -> settings.add(name + "=" + value));
        settings.sort(null);
        if (state != null && !state.differences().isEmpty()) {
            settings.add("differs: " + String.join(", ", state.differences()));
        }
        return String.join(" ", settings);
    }

    private static Map<String, TopicDescription> existing(Admin admin, Topics topics)
            throws ExecutionException, InterruptedException {
        List<String> names = topics.all().stream().map(Topics.Topic::name).toList();
        Map<String, TopicDescription> existing = new HashMap<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
                admin.describeTopics(names).topicNameValues().entrySet()) {
            try {
                existing.put(topic.getKey(), topic.getValue().get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
        return existing;
    }
}
