package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.RunEnd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of TensorBoard and W&B, written by their own writers, through the whole of replay. */
class BinaryRecordingsTest {
    private static final Path FORMATS = Path.of("../ingest/src/test/resources/io/foreshock/format");

    @TempDir
    Path folder;

    @Test
    void aFolderOfEventFilesIsOneRunAndTheFoldersBelowItAreOthers() throws Exception {
        List<RecordedFile> found =
                Recordings.find(List.of(FORMATS.resolve("tensorboard"))).files();

        assertThat(found)
                .extracting(RecordedFile::run)
                .containsExactly("hugging_face", "megatron", "resumed", "sub_folders", "train", "val", "tensorflow_2");
        JudgedRun resumed = judged(found.get(2)).get(0);
        assertThat(resumed.run()).isEqualTo("resumed");
        assertThat(resumed.rows()).isEqualTo(14);
        assertThat(resumed.lastStep()).isEqualTo(8);
        assertThat(resumed.end()).isNull();
        assertThat(resumed.changes())
                .filteredOn(change -> change.signature().equals("resume") && change.status() == Incident.Status.OPEN)
                .extracting(Incident::step)
                .containsExactly(3L, 6L);
    }

    @Test
    void anEventFileThatIsNamedIsCalledAfterItsFolder() throws Exception {
        Path file = FORMATS.resolve("tensorboard/megatron/events.out.tfevents.1763870000.host");

        List<JudgedRun> runs = judged(Recordings.find(List.of(file)).files().get(0));

        assertThat(runs).extracting(JudgedRun::run).containsExactly("megatron");
    }

    @Test
    void aRunOfWandbBringsItsNameAndItsEnd() throws Exception {
        List<RecordedFile> found =
                Recordings.find(List.of(FORMATS.resolve("wandb/0.31.0"))).files();

        assertThat(found).hasSize(6);
        List<JudgedRun> runs = new ArrayList<>();
        for (RecordedFile file : found) {
            runs.addAll(judged(file));
        }
        assertThat(runs)
                .extracting(JudgedRun::run)
                .containsExactly("axis", "blocks", "crashed", "killed", "llama 7b #3", "llama 7b #3");
        assertThat(runs)
                .extracting(JudgedRun::end)
                .containsExactly(
                        RunEnd.FINISHED, RunEnd.FINISHED, RunEnd.FAILED, null, RunEnd.FINISHED, RunEnd.FINISHED);
    }

    @Test
    void aLabRunWrittenAsScalarsIsJudgedAsItsJsonl() throws Exception {
        // tensorboardX wrote the numbers with 32 bits; make.py beside the event files of ingest's tests has the
        // command.
        Path events = Path.of("src/test/resources/io/foreshock/replay/ramp_0.3_s3");
        Path scalars = folder.resolve("ramp_0.3_s3.jsonl");
        writeScalars(Path.of("runs/ramp_0.3_s3.jsonl.gz"), scalars);

        List<String> fromEvents =
                told(judged(Recordings.find(List.of(events)).files().get(0)));
        List<String> fromJsonl =
                told(judged(Recordings.find(List.of(scalars)).files().get(0)));

        assertThat(fromEvents)
                .contains("WARNING loss_divergence loss from 339, found at 579, last at 679")
                .isEqualTo(fromJsonl);
    }

    private static List<String> told(List<JudgedRun> runs) {
        assertThat(runs).extracting(JudgedRun::run).containsExactly("ramp_0.3_s3");
        return runs.get(0).incidents().stream()
                .map(incident -> incident.severity() + " " + incident.signature() + " " + incident.series() + " from "
                        + incident.onsetStep() + ", found at " + incident.detectedStep() + ", last at "
                        + incident.step())
                .toList();
    }

    private static List<JudgedRun> judged(RecordedFile file) throws InterruptedException {
        List<JudgedRun> runs = new ArrayList<>();
        new Replay(Settings.none(Signatures.all()), null, bytes -> {}).run(List.of(file), judged -> {
            assertThat(judged.failure()).isNull();
            assertThat(judged.firstRejected()).isEmpty();
            runs.addAll(judged.runs());
        });
        return runs;
    }

    /** The recording without its arrays. */
    private static void writeScalars(Path recording, Path to) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<String> lines = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(recording)), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                JsonNode event = json.readTree(line);
                ((ObjectNode) event.get("metrics"))
                        .properties()
                        .removeIf(metric -> metric.getValue().isArray());
                lines.add(event.toString());
            }
        }
        Files.write(to, lines);
    }
}
