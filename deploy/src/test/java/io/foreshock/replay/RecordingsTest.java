package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingsTest {
    @TempDir
    Path folder;

    @Test
    void folderStandsForAllLogsInItAndBelow() throws IOException {
        file("b.jsonl");
        file("deep/er/a.jsonl.gz");
        file("c.ndjson");
        file("labels.json");
        file("notes.txt");

        Recordings found = Recordings.find(List.of(folder));

        assertThat(found.files()).extracting(RecordedFile::run).containsExactly("b", "c", "a");
        assertThat(found.leftOut()).isEqualTo(2);
    }

    @Test
    void contentTellsWhatANameDoesNot() throws IOException {
        Files.writeString(folder.resolve("telemetry"), "{\"step\":1,\"metrics\":{\"loss\":2}}\n");
        Files.writeString(folder.resolve("labels.json"), "{\n \"a\": {\"step\": 1}\n}\n");
        Files.write(folder.resolve("model.bin"), new byte[100_000]);

        Recordings found = Recordings.find(List.of(folder));

        assertThat(found.files()).extracting(RecordedFile::run).containsExactly("telemetry");
        assertThat(found.leftOut()).isEqualTo(2);
    }

    @Test
    void filesOfTheSameNameAreToldApartByTheirFolders() throws IOException {
        file("x/seed1/log.jsonl");
        file("x/seed2/log.jsonl");
        file("y/seed1/log.jsonl");
        file("y/other.jsonl");

        assertThat(Recordings.find(List.of(folder)).files())
                .extracting(RecordedFile::run)
                .containsExactly("x/seed1/log", "seed2/log", "other", "y/seed1/log")
                .doesNotHaveDuplicates();
    }

    @Test
    void filesThatAreCalledAlikeInEveryRunAreNamedAfterTheirFolders() throws IOException {
        List<Path> files = List.of(
                file("a/version_0/metrics.csv"), file("b/version_0/metrics.csv"), file("c/version_1/metrics.csv"));

        assertThat(Recordings.find(files).files())
                .extracting(RecordedFile::run)
                .containsExactly("a/version_0", "b/version_0", "version_1");
    }

    @Test
    void fileThatIsNamedTwiceIsJudgedOnce() throws IOException {
        Path log = file("log.jsonl");

        assertThat(Recordings.find(List.of(log, folder, log)).files()).hasSize(1);
    }

    @Test
    void fileNeedsNoParticularNameWhenGivenByName() throws IOException {
        assertThat(Recordings.find(List.of(file("telemetry.log"))).files())
                .extracting(RecordedFile::run)
                .containsExactly("telemetry.log");
    }

    @Test
    void standardInputIsARecordingOfItsOwn() throws IOException {
        Recordings found = Recordings.find(List.of(Path.of("-"), file("a.jsonl"), Path.of("-")));

        assertThat(found.files()).extracting(RecordedFile::run).containsExactly("stdin", "a");
    }

    @Test
    void missingFileIsNamed() {
        Path missing = folder.resolve("gone.jsonl");

        assertThatThrownBy(() -> Recordings.find(List.of(missing))).hasMessageContaining(missing + " does not exist");
    }

    @Test
    void folderWithoutLogsIsNamed() {
        assertThatThrownBy(() -> Recordings.find(List.of(folder)))
                .hasMessageContaining(folder + " holds no recording; these are read: trainer_state.json, ");
    }

    private Path file(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }
}
