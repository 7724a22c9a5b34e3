package io.foreshock.cli;

import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.job.KafkaSettings;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock ack}: somebody has seen an incident. */
@Command(
        name = "ack",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Acknowledge an incident: somebody has seen it, it need not call anybody again.",
        description = {
            "",
            "The running job tells the incident again with who acknowledged it and when, and goes on updating it until it"
                    + " is resolved. An incident of the same signature that opens later is another one.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock ack 5f0c8a21d3b4e697",
            "  foreshock ack 5f0c --by ana --note 'rolled back to step 12000'"
        })
final class AckCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "ID", description = "The incident's id, as in the alert; its beginning is enough.")
    private String id = "";

    @Option(names = "--by", paramLabel = "NAME", description = "Who has seen it (default: you).")
    private String by = System.getProperty("user.name", "");

    @Option(names = "--note", paramLabel = "TEXT", description = "What is being done about it.")
    private String note = "";

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        CommandSpec command = Objects.requireNonNull(spec);
        if (!id.matches("[0-9a-f]{4,16}")) {
            throw new ParameterException(
                    command.commandLine(), "ID must be 4 to 16 hexadecimal digits of an incident's id, got " + id);
        }
        KafkaSettings settings = kafka.settings();
        Incident incident = find(settings);
        try {
            kafka.interventions(Objects.requireNonNull(root).signatures())
                    .acknowledge(new Ack(incident.id(), new Acknowledgement(by, System.currentTimeMillis(), note)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()));
        }
        PrintWriter out = command.commandLine().getOut();
        out.println("Acknowledged " + incident.signature() + " of " + incident.run() + ", open since step "
                + incident.detectedStep() + (incident.status() == Incident.Status.RESOLVED ? " (resolved by now)" : "")
                + ".");
        out.flush();
        return 0;
    }

    private Incident find(KafkaSettings settings) throws IOException, InterruptedException {
        Map<String, Incident> found = new ConcurrentHashMap<>();
        try (TopicFeed feed = TopicFeed.open(
                settings.bootstrapServers(),
                settings.client(),
                List.of(settings.topics().alerts().name()),
                (record, before) -> {
                    if (record.value() != null
                            && new String(record.key(), java.nio.charset.StandardCharsets.UTF_8).startsWith(id)) {
                        Incident incident = IncidentJson.read(record.value());
                        found.put(incident.id(), incident);
                    }
                })) {
            if (!feed.awaitCaughtUp(PATIENCE)) {
                throw new IOException("the alerts could not be read in " + PATIENCE.toSeconds() + " s");
            }
            RuntimeException failure = feed.failure();
            if (failure != null) {
                throw new IOException("the alerts cannot be read: " + failure.getMessage(), failure);
            }
        }
        if (found.size() > 1) {
            throw new IOException(
                    found.size() + " incidents begin with " + id + ": " + String.join(", ", found.keySet()));
        }
        return found.values().stream()
                .findFirst()
                .orElseThrow(() -> new IOException("no incident's id begins with " + id));
    }
}
