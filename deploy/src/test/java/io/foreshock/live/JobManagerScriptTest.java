package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With which checkpoint {@code deploy/docker/job-manager.sh} starts the job; in place of Flink it starts {@code echo}. */
class JobManagerScriptTest {
    private static final String JOB = "standalone-job --job-classname io.foreshock.job.ForeshockJob ";
    private static final Instant NOON = Instant.parse("2025-01-01T12:00:00Z");

    @TempDir
    Path folder;

    private Path checkpoints;

    @BeforeEach
    void anEmptyVolume() throws IOException {
        checkpoints = Files.createDirectory(folder.resolve("check points"));
    }

    @Test
    void theFirstStartIsFromTheBeginning() throws Exception {
        assertThat(start())
                .isEqualTo("job-manager.sh: no checkpoint in " + checkpoints + ", starts anew\n" + JOB
                        + "--bootstrap-servers kafka:19092\n");
    }

    @Test
    void aStartAfterOthersGoesOnFromTheNewestCompleteCheckpointAndForgetsThoseOfOtherStarts() throws Exception {
        Path first = checkpoint("a1", 900, NOON);
        Path newest = checkpoint("b2", 12, NOON.plusSeconds(20));
        Path older = checkpoint("b2", 11, NOON.plusSeconds(10));
        // Being written when everything stopped.
        Path incomplete = Files.createDirectories(checkpoints.resolve("c3/chk-13"));

        assertThat(start())
                .isEqualTo("job-manager.sh: goes on from checkpoint " + newest + "\n" + JOB + "--fromSavepoint "
                        + newest + " --bootstrap-servers kafka:19092\n");
        assertThat(Stream.of(newest, older)).allMatch(Files::exists);
        assertThat(Stream.of(first, incomplete)).noneMatch(Files::exists);
    }

    private Path checkpoint(String job, int number, Instant completed) throws IOException {
        Path checkpoint = Files.createDirectories(checkpoints.resolve(job + "/chk-" + number));
        Path metadata = Files.createFile(checkpoint.resolve("_metadata"));
        Files.setLastModifiedTime(metadata, FileTime.from(completed));
        return checkpoint;
    }

    private String start() throws IOException, InterruptedException {
        Path script = Path.of("docker/job-manager.sh").toAbsolutePath();
        return Program.run(
                folder,
                List.of("sh", script.toString(), checkpoints.toString(), "echo", "--bootstrap-servers", "kafka:19092"));
    }
}
