package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedFileTest {
    @TempDir
    Path folder;

    @Test
    void folderStandsForAllLogsInItAndBelow() throws IOException {
        file("b.jsonl");
        file("deep/er/a.jsonl.gz");
        file("c.ndjson");
        file("labels.json");
        file("notes.txt");

        assertThat(RecordedFile.find(List.of(folder)))
                .extracting(RecordedFile::run)
                .containsExactly("b", "c", "a");
    }

    @Test
    void filesOfTheSameNameAreToldApartByTheirFolders() throws IOException {
        file("x/seed1/log.jsonl");
        file("x/seed2/log.jsonl");
        file("y/seed1/log.jsonl");
        file("y/other.jsonl");

        assertThat(RecordedFile.find(List.of(folder)))
                .extracting(RecordedFile::run)
                .containsExactly("x/seed1/log", "seed2/log", "other", "y/seed1/log")
                .doesNotHaveDuplicates();
    }

    @Test
    void fileThatIsNamedTwiceIsJudgedOnce() throws IOException {
        Path log = file("log.jsonl");

        assertThat(RecordedFile.find(List.of(log, folder, log))).hasSize(1);
    }

    @Test
    void fileNeedsNoParticularNameWhenGivenByName() throws IOException {
        assertThat(RecordedFile.find(List.of(file("telemetry.log"))))
                .extracting(RecordedFile::run)
                .containsExactly("telemetry.log");
    }

    @Test
    void missingFileIsNamed() {
        Path missing = folder.resolve("gone.jsonl");

        assertThatThrownBy(() -> RecordedFile.find(List.of(missing))).hasMessageContaining(missing + " does not exist");
    }

    @Test
    void folderWithoutLogsIsNamed() {
        assertThatThrownBy(() -> RecordedFile.find(List.of(folder))).hasMessageContaining("holds no .jsonl");
    }

    private Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }
}
