package io.foreshock.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signatures;
import java.util.List;
import org.junit.jupiter.api.Test;

class CausesTest {
    /** The signatures of the design, and what somebody changes about a run. */
    private static final List<String> KNOWN = List.of(
            "non_finite",
            "loss_spike",
            "loss_divergence",
            "loss_plateau",
            "grad_norm_spike",
            "grad_explosion",
            "grad_vanishing",
            "update_collapse",
            "layer_imbalance",
            "attention_logit_growth",
            "attention_entropy_collapse",
            "output_logit_drift",
            "activation_growth",
            "sharpness",
            "warmup_instability",
            "lr_anomaly",
            "overfitting",
            "delayed_generalization",
            "forgetting",
            "reward_variance_vanishing",
            "reward_overoptimization",
            "entropy_collapse",
            "kl_blowup",
            "length_exploitation",
            "length_cap",
            "likelihood_displacement",
            "ranking_stall",
            "expert_collapse",
            "rank_divergence",
            "telemetry_stalled",
            "step_time_regression",
            "resume",
            "data_change",
            "batch_size_change",
            "lr_step",
            "optimizer_reset");

    @Test
    void everySignatureIsKnownToTheTable() {
        assertThat(Signatures.all()).allSatisfy(signature -> assertThat(KNOWN).contains(signature.slug()));
    }

    @Test
    void causesAreSignaturesOnceEachAndNoneIsItsOwn() {
        for (String slug : KNOWN) {
            assertThat(KNOWN).as(slug).containsAll(Causes.of(slug));
            assertThat(Causes.of(slug)).as(slug).doesNotHaveDuplicates().doesNotContain(slug);
        }
    }

    @Test
    void whatSomebodyChangedHasNoCause() {
        assertThat(KNOWN)
                .filteredOn(Causes::isContext)
                .hasSize(5)
                .allSatisfy(slug -> assertThat(Causes.of(slug)).isEmpty());
    }

    @Test
    void everythingElseHasOne() {
        assertThat(KNOWN)
                .filteredOn(slug -> !Causes.isContext(slug))
                .allSatisfy(slug -> assertThat(Causes.of(slug)).isNotEmpty());
    }
}
