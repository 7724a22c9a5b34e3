package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.job.KafkaSettings;
import io.foreshock.topics.Interventions;
import io.foreshock.topics.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the job's Kafka is, for the commands that speak to a running job. */
final class KafkaOptions {
    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            defaultValue = "localhost:9092",
            description = "Kafka (default: ${DEFAULT-VALUE}).")
    private String bootstrapServers = "localhost:9092";

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            defaultValue = Topics.PREFIX,
            description = "What the topics' names begin with (default: ${DEFAULT-VALUE}).")
    private String prefix = Topics.PREFIX;

    @Option(
            names = "--kafka-config",
            paramLabel = "FILE",
            description = "Properties of the Kafka client: security.protocol, sasl.…")
    private @Nullable Path properties;

    /** What people do to that job. */
    Interventions interventions(List<Signature> known) throws IOException {
        return new Interventions(settings().settingsLog(), known);
    }

    /** The job's Kafka. */
    KafkaSettings settings() throws IOException {
        Map<String, String> client = new HashMap<>();
        if (properties != null) {
            Properties read =
                    NamedFile.read("--kafka-config", "a file of client properties", properties, KafkaOptions::load);
            read.stringPropertyNames().forEach(name -> client.put(name, read.getProperty(name)));
        }
        return KafkaSettings.of(bootstrapServers)
                .withTopics(Topics.of(prefix, Topics.PARTITIONS))
                .withClient(client);
    }

    private static Properties load(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "--kafka-config " + file + ": " + e.getMessage() + "; write a backslash that is meant as one twice",
                    e);
        }
        return properties;
    }

    /** Settings of a Kafka client that reads what the job reads. */
    Map<String, String> client() throws IOException {
        KafkaSettings settings = settings();
        Map<String, String> client = new HashMap<>(settings.client());
        client.put("bootstrap.servers", settings.bootstrapServers());
        return client;
    }
}
