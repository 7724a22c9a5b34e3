package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void aPortThatIsNoneIsWrongUsage() {
        Session session = foreshock("page", "--port", "70000");

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err()).contains("port must be 0 to 65535, got 70000");
    }

    @Test
    void aTokenThatIsTooShortIsRefusedWithItsFileAndNotShown() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "secret\n");

        Session session = foreshock("page", "--token-file", file);

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err()).contains(file + ": token must be at least 16").doesNotContain("secret");
    }

    @Test
    void aTokenFileThatIsNotThereIsSaidSo() {
        Session session = foreshock("page", "--token-file", directory.resolve("nothing"));

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err()).contains("nothing");
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
