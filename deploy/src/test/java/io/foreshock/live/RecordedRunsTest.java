package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident.Status;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is said of the recorded runs that come with Foreshock, step by step: each serious incident as it opened, and whether it
 * calls a person or follows from one that did. The labels beside the runs say what really happened.
 */
class RecordedRunsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "lr_0.001_s0", // a low learning rate
                "lr_0.03_qk_s1", // normalised queries and keys
                "spike_noise_ctl_s25", // a small, noisy batch
                "nf_scaler_skip_s41", // loss scale backs off, steps with infinite gradients skipped
                "resume_clean_s60", // resumed from step 500, nothing lost
                "sched_cosine_s70", // learning rate decays
                "sched_wsd_s71", // learning rate drops at the end
                "rlv_solved_s110", // reward variance vanishes because the reward is at its best
                "rlv_learn_s111", // reward grows
            })
    void aHealthyRunCallsNobody(String run) throws Exception {
        assertThat(serious(run)).isEmpty();
    }

    @Test
    void attentionGrowsUntilTheLossBreaks() throws Exception {
        assertThat(serious("ramp_0.3_s3"))
                .containsExactly(
                        "warning attention_logit_growth at step 121",
                        "warning loss_plateau at step 173, a consequence",
                        "warning attention_entropy_collapse at step 184, a consequence",
                        "warning loss_plateau at step 447, a consequence",
                        "warning grad_norm_spike at step 476, a consequence",
                        "warning activation_growth at step 545, a consequence",
                        "warning loss_divergence at step 579, a consequence",
                        "warning loss_divergence at step 680, a consequence",
                        "warning grad_norm_spike at step 727, a consequence",
                        "warning grad_norm_spike at step 785, a consequence",
                        "warning loss_divergence at step 843, a consequence",
                        "warning loss_divergence at step 977, a consequence");
    }

    @Test
    void attentionIsLostFromTheStart() throws Exception {
        assertThat(serious("lr_0.1_s0"))
                .containsExactly(
                        "warning attention_logit_growth at step 31",
                        "warning attention_entropy_collapse at step 44, a consequence",
                        "warning loss_plateau at step 63, a consequence",
                        "warning grad_norm_spike at step 185, a consequence",
                        "warning grad_norm_spike at step 245, a consequence",
                        "warning grad_norm_spike at step 326, a consequence",
                        "warning grad_norm_spike at step 421, a consequence",
                        "warning grad_norm_spike at step 572, a consequence",
                        "warning grad_norm_spike at step 617, a consequence",
                        "warning loss_plateau at step 687, a consequence",
                        "warning grad_norm_spike at step 964, a consequence",
                        "warning grad_norm_spike at step 999, a consequence");
    }

    @Test
    void twoBadBatches() throws Exception {
        assertThat(serious("spike_random1_s20"))
                .containsExactly(
                        "warning grad_norm_spike at step 400",
                        "warning loss_spike at step 400, a consequence",
                        "warning grad_norm_spike at step 700",
                        "warning loss_spike at step 700, a consequence");
    }

    @Test
    void theGradientExplodes() throws Exception {
        assertThat(serious("z_off_lr0.1_s10"))
                .containsExactly(
                        "warning loss_spike at step 255",
                        "warning output_logit_drift at step 264, a consequence",
                        "warning grad_explosion at step 297, a consequence",
                        "warning output_logit_drift at step 510",
                        "warning grad_norm_spike at step 510, a consequence",
                        "warning loss_spike at step 510, a consequence",
                        "warning grad_explosion at step 553, a consequence",
                        "warning grad_norm_spike at step 726",
                        "warning loss_spike at step 726, a consequence",
                        "warning output_logit_drift at step 734, a consequence",
                        "warning grad_explosion at step 747, a consequence",
                        "critical loss_divergence at step 757");
    }

    @Test
    void attentionOverflowsInHalfPrecision() throws Exception {
        assertThat(serious("nf_attn_fp16_s40"))
                .containsExactly(
                        "warning attention_logit_growth at step 77",
                        "warning attention_entropy_collapse at step 143, a consequence",
                        "warning loss_plateau at step 147, a consequence",
                        "critical non_finite at step 513, a consequence");
    }

    @Test
    void theProcessHangs() throws Exception {
        assertThat(serious("nf_stall_s46")).containsExactly("warning telemetry_stalled at step 579");
    }

    @Test
    void thePolicyCollapses() throws Exception {
        assertThat(serious("rlv_collapse_s112"))
                .containsExactly(
                        "warning entropy_collapse at step 85",
                        "warning reward_variance_vanishing at step 127, a consequence");
    }

    private static List<String> serious(String run) throws Exception {
        Recording recording = Recording.read(Path.of("runs")).stream()
                .filter(one -> one.run().equals(run))
                .findFirst()
                .orElseThrow();
        List<StepSample> samples = new ArrayList<>(recording.samples());
        StepSample last = samples.get(samples.size() - 1);
        samples.add(StepSample.end(run, last.attempt(), RunEnd.FINISHED, last.ts()));
        return Judged.changes(samples).stream()
                .filter(change -> change.status() == Status.OPEN && change.severity() != Severity.INFO)
                .map(change -> change.severity().name().toLowerCase(Locale.ROOT) + " " + change.signature()
                        + " at step " + change.detectedStep() + (change.pages() ? "" : ", a consequence"))
                .toList();
    }
}
