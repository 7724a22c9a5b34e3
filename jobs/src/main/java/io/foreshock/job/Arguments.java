package io.foreshock.job;

import io.foreshock.topics.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.util.ParameterTool;
import org.apache.flink.util.TimeUtils;
import org.jspecify.annotations.Nullable;

/** The command line of the job. */
final class Arguments {
    static final String HELP = """
            foreshock job: judges training runs as their telemetry arrives

              flink run [-d] [-p N] [-s SAVEPOINT] foreshock-jobs-VERSION-job.jar --bootstrap-servers HOST:PORT[,…]

              --bootstrap-servers LIST   Kafka brokers (required)
              --group-id ID              consumer group (foreshock)
              --topic-prefix PREFIX      what the five topics' names begin with (foreshock.)
              --partitions N             of telemetry and signals, where they are created (8)
              --create-topics BOOL       create missing topics at the start (true)
              --config FILE              settings, applied at the start as 'foreshock settings apply FILE' does
              --kafka-config FILE        properties of every Kafka client: security.protocol, sasl.…
              --signals BOOL             write every judged step, for charts (true)
              --checkpoint-interval T    (10 s)
              --keep-ended T             how long a finished run is remembered (1 h)
              --keep-silent T            how long a run that fell silent is remembered (7 d)
              --help                     this text

            T is a number and a unit: ms, s, min, h, d. Everything else is Flink's own: flink run -D key=value.
            """;

    static final Set<String> KNOWN = Set.of(
            "bootstrap-servers",
            "group-id",
            "topic-prefix",
            "partitions",
            "create-topics",
            "config",
            "kafka-config",
            "signals",
            "checkpoint-interval",
            "keep-ended",
            "keep-silent");

    private final ParameterTool flags;

    private Arguments(ParameterTool flags) {
        this.flags = flags;
    }

    /**
     * @throws IllegalArgumentException saying which flag is unknown, missing or wrong
     * @throws IOException if the file of {@code --kafka-config} cannot be read
     */
    static KafkaSettings parse(String[] args) throws IOException {
        Arguments arguments = new Arguments(ParameterTool.fromArgs(args));
        Set<String> unknown = new TreeSet<>(arguments.flags.toMap().keySet());
        unknown.removeAll(KNOWN);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("unknown flag --" + String.join(", --", unknown) + "; see --help");
        }
        return arguments.settings();
    }

    /** The file of {@code --config}, or null. */
    static @Nullable Path config(String[] args) {
        String file = ParameterTool.fromArgs(args).get("config");
        return file == null ? null : Path.of(file);
    }

    private KafkaSettings settings() throws IOException {
        JobSettings job = JobSettings.DEFAULT;
        if (!flags.has("bootstrap-servers")) {
            throw new IllegalArgumentException("--bootstrap-servers is required; see --help");
        }
        return new KafkaSettings(
                flags.get("bootstrap-servers"),
                flags.get("group-id", "foreshock"),
                Topics.of(flags.get("topic-prefix", Topics.PREFIX), whole("partitions", Topics.PARTITIONS)),
                bool("create-topics", true),
                flags.has("kafka-config") ? properties(Path.of(flags.get("kafka-config"))) : Map.of(),
                new JobSettings(
                        bool("signals", job.signals()),
                        duration("checkpoint-interval", job.checkpointInterval()),
                        duration("keep-ended", job.keepEnded()),
                        duration("keep-silent", job.keepSilent())));
    }

    private boolean bool(String flag, boolean otherwise) {
        String value = flags.get(flag, String.valueOf(otherwise));
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException("--" + flag + " must be true or false, got '" + value + "'");
        }
        return value.equals("true");
    }

    private int whole(String flag, int otherwise) {
        String value = flags.get(flag, String.valueOf(otherwise));
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + flag + " must be a whole number, got '" + value + "'", e);
        }
    }

    private Duration duration(String flag, Duration otherwise) {
        if (!flags.has(flag)) {
            return otherwise;
        }
        String value = flags.get(flag);
        try {
            return TimeUtils.parseDuration(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "--" + flag + " must be a number and a unit like '10 s', got '" + value + "'", e);
        }
    }

    private static Map<String, String> properties(Path file) throws IOException {
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            read.load(reader);
        }
        Map<String, String> properties = new HashMap<>();
        read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
        return properties;
    }
}
