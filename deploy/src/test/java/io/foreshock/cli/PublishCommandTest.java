package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code foreshock publish} refuses before it asks for Kafka. */
class PublishCommandTest {
    @TempDir
    Path folder;

    @Test
    void whatIsPipedInNeedsAName() {
        assertRefused(foreshock("publish", "-"), 2, "what is piped in has no name; add --run NAME");
    }

    @Test
    void whatIsPipedInIsReadAlone() {
        assertRefused(
                foreshock("publish", "-", folder, "--run", "x"),
                2,
                "- is read alone; publish the other recordings with a command of their own");
    }

    @Test
    void oneNameIsForOneRecording() throws IOException {
        Files.writeString(folder.resolve("a.csv"), "step,loss\n1,2\n");
        Files.writeString(folder.resolve("b.csv"), "step,loss\n1,2\n");

        assertRefused(foreshock("publish", folder, "--run", "x"), 2, "--run names one recording, and there are 2");
    }

    @Test
    void whatDoesNotExistIsAnErrorUnlessItIsFollowed() {
        Path nowhere = folder.resolve("nowhere.csv");

        assertRefused(foreshock("publish", nowhere), 1, nowhere + " does not exist");
    }

    private static void assertRefused(Session session, int code, String message) {
        assertThat(session.code()).as(session.err()).isEqualTo(code);
        assertThat(session.err()).startsWith("foreshock: " + message);
        assertThat(session.out()).isEmpty();
    }
}
