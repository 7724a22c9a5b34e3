package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code foreshock exporter} refuses; what it serves and tells is in {@code ExporterITCase} and {@code NotificationsITCase}. */
class ExporterCommandTest {
    @TempDir
    Path directory;

    @Test
    void helpTeachesWhomItTells() {
        Session session = foreshock("exporter", "--help");

        assertThat(session.code()).isZero();
        assertThat(session.out())
                .contains("--alertmanager", "--webhook-secret-file", "FORESHOCK_WEBHOOK_SECRET", "9464", "--max-runs");
    }

    @Test
    void anAddressThatIsNoneIsRefusedBeforeAnythingStarts() {
        assertThat(refusal("--alertmanager", "localhost:9093"))
                .isEqualTo("--alertmanager must be http://HOST:PORT or https://HOST:PORT, got scheme localhost and host"
                        + " null");
        assertThat(refusal("--flink-url", "ftp://flink"))
                .isEqualTo("--flink-url must be http://HOST:PORT or https://HOST:PORT, got scheme ftp and host flink");
        assertThat(refusal("--max-runs", "0")).isEqualTo("--max-runs must be > 0, got 0");
    }

    @Test
    void aPasswordOnTheCommandLineIsRefusedAndNotShown() {
        assertThat(refusal("--alertmanager", "http://user:hunter2@am:9093"))
                .isEqualTo("--alertmanager must not hold a user or password: command lines are seen by everybody");
    }

    @Test
    void aWebhookNeedsASecretThatIsOneAndIsNotShown() throws Exception {
        assertThat(refusal("--webhook", "http://hook")).startsWith("--webhook needs --webhook-secret-file FILE");
        Path file = Files.writeString(directory.resolve("secret"), "hunter2!\n");
        assertThat(refusal("--webhook", "http://hook", "--webhook-secret-file", file))
                .startsWith("--webhook-secret-file " + file + ": a webhook's secret must be base64 of 16 to 64 bytes")
                .doesNotContain("hunter2");
        Path gone = directory.resolve("nothing");
        assertThat(foreshock("exporter", "--webhook", "http://hook", "--webhook-secret-file", gone)
                        .err())
                .contains("--webhook-secret-file", gone.toString());
    }

    private static String refusal(Object... options) {
        Object[] words = new Object[options.length + 1];
        words[0] = "exporter";
        System.arraycopy(options, 0, words, 1, options.length);
        Session session = foreshock(words);
        assertThat(session.code()).isEqualTo(2);
        assertThat(session.out()).isEmpty();
        return session.err().lines().findFirst().orElseThrow().substring("foreshock: ".length());
    }
}
