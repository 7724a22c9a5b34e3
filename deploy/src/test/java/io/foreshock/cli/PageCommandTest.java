package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code foreshock page} refuses; what it serves is in {@code RunPageITCase}. */
class PageCommandTest {
    @TempDir
    Path directory;

    @Test
    void helpTeachesTheTokenAndTheLinks() {
        Session session = foreshock("page", "--help");

        assertThat(session.code()).isZero();
        assertThat(session.out())
                .contains(
                        "--token-file", "FORESHOCK_PAGE_TOKEN", "/runs/RUN?incident=ID", "--host", "127.0.0.1", "8080");
    }

    @ParameterizedTest
    @CsvSource({"page, --port", "up, --page-port", "up, --port", "demo, --page-port", "demo, --port"})
    void aPortThatIsNoneIsWrongUsage(String command, String option) {
        for (String port : List.of("70000", "-1")) {
            Session session = foreshock(command, option, port);

            assertThat(session.code()).isEqualTo(2);
            assertThat(session.out()).isEmpty();
            assertThat(session.err())
                    .isEqualToNormalizingNewlines("foreshock: " + option + " must be 0 to 65535, got " + port
                            + "\nTry 'foreshock " + command + " --help'\n");
        }
    }

    @Test
    void aTokenThatIsTooShortIsRefusedWithItsFileAndNotShown() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "secret\n");

        Session session = foreshock("page", "--token-file", file);

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err())
                .contains("--token-file " + file + ": token must be at least 16")
                .doesNotContain("secret");
    }

    @Test
    void aTokenFileThatIsNotThereIsSaidSo() {
        Path gone = directory.resolve("nothing");

        Session session = foreshock("page", "--token-file", gone);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .isEqualToIgnoringNewLines("foreshock: --token-file " + gone
                        + " does not exist; name a file with the token, or leave --token-file out");
        assertThat(foreshock("page", "--token-file", directory).err())
                .isEqualToIgnoringNewLines(
                        "foreshock: --token-file " + directory + " is a folder; name a file with the token in it");
    }

    @Test
    void aKafkaThatIsNotThereIsNamed() {
        Session session = foreshock("page", "--port", "0", "--bootstrap-servers", "kafka.invalid:1");

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .isEqualToIgnoringNewLines("foreshock: topic foreshock.alerts at kafka.invalid:1 cannot be read:"
                        + " No resolvable bootstrap urls given in bootstrap.servers");
    }

    @Test
    void aPortThatIsTakenIsSaidSoBeforeKafkaIsAsked() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Session session = foreshock("page", "--port", taken.getLocalPort());

            assertThat(session.code()).isEqualTo(1);
            assertThat(session.err())
                    .contains("cannot listen on 127.0.0.1:" + taken.getLocalPort(), "port 0 takes a free one");
        }
    }
}
