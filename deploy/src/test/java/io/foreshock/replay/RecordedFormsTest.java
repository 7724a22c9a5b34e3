package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signatures;
import io.foreshock.settings.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What other tools wrote is judged like telemetry that was published; the README beside the files says what is in them. */
class RecordedFormsTest {
    private static final Path FIXTURES = Path.of("../ingest/src/test/resources/io/foreshock/format");

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "lightning_logs/version_0/metrics.csv, version_0, 205, 199, loss_spike from 150",
        "trainer/llama-tiny, llama-tiny, 85, 80, non_finite from 71",
        "trainer/llama-tiny/checkpoint-40, llama-tiny, 42, 40, -",
        "dicts/verl.jsonl, verl, 60, 59, -",
        "dicts/maxtext_metrics.jsonl, maxtext_metrics, 100, 99, loss_spike from 70",
        "printed/megatron.log, megatron.log, 122, 120, grad_norm_spike from 90",
        "printed/torchtitan.log, torchtitan.log, 82, 80, loss_spike from 60",
        "printed/nanogpt.log, nanogpt.log, 101, 100, loss_spike from 80",
        "printed/modded_nanogpt.log, modded_nanogpt.log, 64, 60, -",
        "printed/llmc.log, llmc.log, 102, 100, grad_norm_spike from 71",
        "printed/log124M/main.log, log124M, 101, 100, grad_norm_spike from 70",
        "printed/nemo.log, nemo.log, 100, 99, loss_spike from 70",
        "printed/maxtext.log, maxtext.log, 102, 99, loss_spike from 70",
    })
    void isJudged(String path, String name, long rows, long lastStep, String firstIncident) throws Exception {
        List<JudgedFile> judged = judge(FIXTURES.resolve(path));

        assertThat(judged).singleElement().satisfies(file -> {
            assertThat(file.failure()).isNull();
            assertThat(file.rejected()).isZero();
            assertThat(file.runs()).singleElement().satisfies(run -> {
                assertThat(run.run()).isEqualTo(name);
                assertThat(run.rows()).isEqualTo(rows);
                assertThat(run.lastStep()).isEqualTo(lastStep);
                assertThat(firstIncident(run)).isEqualTo(firstIncident);
            });
        });
    }

    @Test
    void aFolderOfThemIsARecordingEach() throws Exception {
        Recordings found = Recordings.find(List.of(FIXTURES.resolve("printed"), FIXTURES.resolve("trainer")));

        assertThat(found.files())
                .extracting(RecordedFile::run)
                .containsExactly(
                        "llmc.log",
                        "log124M",
                        "maxtext.log",
                        "megatron.log",
                        "modded_nanogpt.log",
                        "nanogpt.log",
                        "nemo.log",
                        "torchtitan.log",
                        "llama-tiny");
        // Of three trainer_state.json the one that got furthest.
        assertThat(found.files().get(8).files())
                .containsExactly(FIXTURES.resolve("trainer/llama-tiny/trainer_state.json"));
        assertThat(found.leftOut()).isZero();
    }

    private static List<JudgedFile> judge(Path path) throws Exception {
        List<JudgedFile> judged = new ArrayList<>();
        new Replay(Settings.none(Signatures.all()), null, bytes -> {})
                .run(Recordings.find(List.of(path)).files(), judged::add);
        return judged;
    }

    private static String firstIncident(JudgedRun run) {
        return run.incidents().stream()
                .findFirst()
                .map(incident -> incident.signature() + " from " + incident.onsetStep())
                .orElse("-");
    }
}
