package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KinTest {

    @ParameterizedTest
    @CsvSource({
        "loss_spike, loss_spike, true",
        "loss_spike, non_finite, true",
        "grad_norm_spike, loss_divergence, true",
        "grad_vanishing, reward_variance_vanishing, true",
        "attention_logit_growth, attention_entropy_collapse, true",
        "kl_blowup, length_exploitation, true",
        "grad_vanishing, grad_explosion, false",
        "entropy_collapse, attention_entropy_collapse, false",
        "overfitting, overfitting, true",
        "overfitting, forgetting, false"
    })
    void kinIsWhatPeopleWouldCallTheSameTrouble(String one, String other, boolean kin) {
        assertThat(Kin.of(one, other)).isEqualTo(kin);
        assertThat(Kin.of(other, one)).isEqualTo(kin);
    }
}
