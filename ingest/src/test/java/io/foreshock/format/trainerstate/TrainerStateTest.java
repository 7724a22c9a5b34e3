package io.foreshock.format.trainerstate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.format.Format.FolderRecording;
import io.foreshock.format.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerStateTest {
    private static final Path RUN = Rows.FIXTURES.resolve("trainer/llama-tiny");

    @TempDir
    Path folder;

    @Test
    void theHistoryOfTheWholeRun() throws IOException {
        Rows rows = Rows.ofFixture("trainer/llama-tiny/trainer_state.json");

        assertThat(rows.run()).isEqualTo("llama-tiny");
        assertThat(rows.refused()).isEmpty();
        assertThat(rows.samples()).hasSize(85);
        assertThat(rows.row(0)).isEqualTo("1 epoch=0.0125 grad_norm=0.6821978092193604 lr=0.0 loss=3.90508770942688");
        assertThat(rows.row(82)).isEqualTo("80 epoch=1.0 grad_norm=NaN lr=1.4285714285714287E-4 loss=NaN");
        assertThat(rows.row(83))
                .isEqualTo("80 epoch=1.0 eval_loss=NaN eval_runtime=0.2922 eval_samples_per_second=109.517"
                        + " eval_steps_per_second=13.69");
        // The mean over the run is no loss of a step.
        assertThat(rows.row(84))
                .isEqualTo("80 epoch=1.0 total_flos=2.0348928E8 train_loss=NaN train_runtime=33.3648"
                        + " train_samples_per_second=19.182 train_steps_per_second=2.398");
        assertThat(rows.samples().get(0).offset()).isEqualTo(12);
    }

    @Test
    void aCheckpointsRunIsNamedAfterTheFolderAbove() throws IOException {
        assertThat(Rows.ofFixture("trainer/llama-tiny/checkpoint-40/trainer_state.json").run())
                .isEqualTo("llama-tiny");
    }

    @Test
    void aRunsFolderIsOneRecordingTheOneThatGotFurthest() throws IOException {
        FolderRecording whole = Objects.requireNonNull(new TrainerState().claim(RUN));

        assertThat(whole.files()).containsExactly(RUN.resolve("trainer_state.json"));
        assertThat(whole.contained())
                .containsExactlyInAnyOrder(
                        RUN.resolve("checkpoint-40/trainer_state.json"),
                        RUN.resolve("checkpoint-80/trainer_state.json"),
                        RUN.resolve("trainer_state.json"));
        assertThat(new TrainerState().claim(RUN.resolve("checkpoint-40"))).isNull();
    }

    @Test
    void aResumedRunsCheckpointIsAheadOfItsOldEnd() throws IOException {
        Path end = Files.writeString(folder.resolve("trainer_state.json"), "{\"global_step\": 80, \"log_history\": []}");
        Path ahead = folder.resolve("checkpoint-120/trainer_state.json");
        Files.createDirectories(folder.resolve("checkpoint-120"));
        Files.writeString(ahead, "{\"global_step\": 120, \"log_history\": []}");

        FolderRecording whole = Objects.requireNonNull(new TrainerState().claim(folder));

        assertThat(whole.files()).containsExactly(ahead);
        assertThat(whole.contained()).contains(end);
    }

    @Test
    void whatWasWrittenBeforeTheDamageIsRead() throws IOException {
        Rows rows = Rows.ofText("{\"log_history\": [{\"step\": 1, \"loss\": 2.5},\n {\"loss\": 2.4},\n {\"step\": 3, \"lo");

        assertThat(rows.rows()).containsExactly("1 loss=2.5");
        assertThat(rows.details()).hasSize(2);
        assertThat(rows.details().get(0)).isEqualTo("the entry of log_history has no step");
        assertThat(rows.details().get(1)).isEqualTo("log_history is cut off; all entries before line 3 were read");
    }

    @Test
    void aStateWithoutHistorySaysSo() throws IOException {
        Rows rows = Rows.ofBytes("{\"global_step\": 7}".getBytes(UTF_8), "trainer_state.json");

        assertThat(rows.details()).containsExactly("there is no log_history; all entries before line 1 were read");
    }
}
