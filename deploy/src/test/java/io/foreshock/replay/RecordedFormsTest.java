package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
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
        "lightning_logs/version_0/metrics.csv, version_0, 205, 199, -",
        "trainer/llama-tiny, llama-tiny, 85, 80, non_finite at 71",
        "trainer/llama-tiny/checkpoint-40, llama-tiny, 42, 40, -",
        "dicts/verl.jsonl, verl, 60, 59, -",
        "dicts/maxtext_metrics.jsonl, maxtext_metrics, 100, 99, -",
        "printed/megatron.log, megatron.log, 122, 120, grad_norm_spike at 90",
        "printed/torchtitan.log, torchtitan.log, 82, 80, -",
        "printed/nanogpt.log, nanogpt.log, 101, 100, -",
        "printed/modded_nanogpt.log, modded_nanogpt.log, 64, 60, -",
        "printed/llmc.log, llmc.log, 102, 100, grad_norm_spike at 71",
        "printed/log124M/main.log, log124M, 101, 100, grad_norm_spike at 70",
        "printed/nemo.log, nemo.log, 100, 99, non_finite at 95",
        "printed/maxtext.log, maxtext.log, 102, 99, -",
    })
    void isJudged(String path, String name, long rows, long lastStep, String firstTrouble) throws Exception {
        List<JudgedFile> judged = judge(FIXTURES.resolve(path));

        assertThat(judged).singleElement().satisfies(file -> {
            assertThat(file.failure()).isNull();
            assertThat(file.rejected()).isZero();
            assertThat(file.runs()).singleElement().satisfies(run -> {
                assertThat(run.run()).isEqualTo(name);
                assertThat(run.rows()).isEqualTo(rows);
                assertThat(run.lastStep()).isEqualTo(lastStep);
                assertThat(firstTrouble(run)).isEqualTo(firstTrouble);
            });
        });
    }

    @Test
    void aFolderOfThemIsARecordingEach() throws Exception {
        Recordings found = Recordings.find(List.of(FIXTURES));

        assertThat(found.files())
                .extracting(RecordedFile::run)
                .contains("version_0", "llama-tiny", "verl", "megatron.log", "log124M")
                .doesNotHaveDuplicates();
        // Of the run with three trainer_state.json the one that got furthest.
        assertThat(found.files())
                .filteredOn(file -> file.run().equals("llama-tiny"))
                .singleElement()
                .satisfies(file -> assertThat(file.files())
                        .containsExactly(FIXTURES.resolve("trainer/llama-tiny/trainer_state.json")));
        // The README.
        assertThat(found.leftOut()).isEqualTo(1);
    }

    private static List<JudgedFile> judge(Path path) throws Exception {
        List<JudgedFile> judged = new ArrayList<>();
        new Replay(Settings.none(Signatures.all()), null, bytes -> {})
                .run(Recordings.find(List.of(path)).files(), judged::add);
        return judged;
    }

    private static String firstTrouble(JudgedRun run) {
        return run.changes().stream()
                .filter(change -> change.severity() != Severity.INFO)
                .findFirst()
                .map(RecordedFormsTest::describe)
                .orElse("-");
    }

    private static String describe(Incident incident) {
        return incident.signature() + " at " + incident.detectedStep();
    }
}
