package io.foreshock.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.topics.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArgumentsTest {
    @Test
    void onlyTheBrokersAreRequired() throws IOException {
        assertThat(parse("--bootstrap-servers", "kafka:9092")).isEqualTo(KafkaSettings.of("kafka:9092"));
    }

    @Test
    void everyFlagIsHeeded(@TempDir Path directory) throws IOException {
        Path properties = Files.writeString(directory.resolve("client.properties"), "security.protocol=SSL\n");

        KafkaSettings settings = parse(
                "--bootstrap-servers", "a:1,b:2",
                "--group-id", "g",
                "--topic-prefix", "team.",
                "--partitions", "3",
                "--create-topics", "false",
                "--kafka-config", properties.toString(),
                "--signals", "false",
                "--checkpoint-interval", "500ms",
                "--keep-ended", "2 h",
                "--keep-silent", "30d");

        assertThat(settings)
                .isEqualTo(new KafkaSettings(
                        "a:1,b:2",
                        "g",
                        Topics.of("team.", 3),
                        false,
                        Map.of("security.protocol", "SSL"),
                        new JobSettings(false, Duration.ofMillis(500), Duration.ofHours(2), Duration.ofDays(30))));
        assertThat(settings.topics().alerts().name()).isEqualTo("team.alerts");
    }

    @Test
    void mistakesAreNamed() {
        refused("--bootstrap-servers is required");
        refused("unknown flag --bootstrap-server;", "--bootstrap-server", "a:1");
        refused("--signals must be true or false, got 'maybe'", "--bootstrap-servers", "a:1", "--signals", "maybe");
        refused("--partitions must be a whole number, got 'x'", "--bootstrap-servers", "a:1", "--partitions", "x");
        refused(
                "partitions of foreshock.telemetry must be > 0, got 0",
                "--bootstrap-servers",
                "a:1",
                "--partitions",
                "0");
        refused(
                "--keep-ended must be a number and a unit like '10 s', got 'soon'",
                "--bootstrap-servers",
                "a:1",
                "--keep-ended",
                "soon");
        refused("checkpoint-interval must be > 0", "--bootstrap-servers", "a:1", "--checkpoint-interval", "0 s");
    }

    @Test
    void helpNamesEveryFlag() {
        for (String flag : Arguments.KNOWN) {
            assertThat(Arguments.HELP).contains("--" + flag + " ");
        }
    }

    private static void refused(String message, String... args) {
        assertThatThrownBy(() -> parse(args))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static KafkaSettings parse(String... args) throws IOException {
        return Arguments.parse(args);
    }
}
