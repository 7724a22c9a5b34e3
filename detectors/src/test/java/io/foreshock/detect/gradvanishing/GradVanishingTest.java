package io.foreshock.detect.gradvanishing;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class GradVanishingTest {
    private final Play play = Play.judgedBy("grad_vanishing");
    private final Random random = new Random(1);

    private double noisy(double value) {
        return value * Math.exp(0.15 * random.nextGaussian());
    }

    private static double loss(long step) {
        return 2 + 3 * Math.pow(1.0 + step, -0.3);
    }

    private Play total(int steps, LongToDoubleFunction norm) {
        for (long step = 0; step < steps; step++) {
            play.add(at(step).metric("loss", loss(step)).metric("grad_norm", noisy(norm.applyAsDouble(step))));
        }
        return play.end();
    }

    /** Eight layers; layer 2 has this share of what the others have. */
    private Play layerTwo(int steps, LongToDoubleFunction share) {
        for (long step = 0; step < steps; step++) {
            double[] norms = new double[8];
            for (int k = 0; k < 8; k++) {
                norms[k] = noisy(0.3) * (k == 2 ? share.applyAsDouble(step) : 1);
            }
            play.add(at(step).metric("loss", loss(step)).metric("grad_norm/layer", norms));
        }
        return play.end();
    }

    private Play policy(int steps, LongToDoubleFunction reward, LongToDoubleFunction norm) {
        for (long step = 0; step < steps; step++) {
            play.add(at(step).metric("loss", 0)
                    .metric("reward_mean", reward.applyAsDouble(step))
                    .metric("grad_norm", norm.applyAsDouble(step)));
        }
        return play.end();
    }

    @Test
    void withoutALossItIsNotEvaluable() {
        play.add(at(0).metric("grad_norm", 1)).end();

        assertThat(play.verdicts).containsEntry("grad_vanishing", Verdict.NOT_EVALUABLE);
    }

    @Test
    void aScaleThatIsLostFrom200OnIsToldTenRowsAfterAFiftieth() {
        // A tenth at once, and one more every 20 steps: a hundredth from step 220 on.
        total(400, step -> step < 200 ? 0.6 : 0.6 * Math.pow(0.1, 1 + Math.floor((step - 200) / 20.0)));

        Incident warning = play.only();
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.detectedStep()).isEqualTo(229);
        assertThat(warning.onsetStep()).isEqualTo(warning.detectedStep() - 9);
        assertThat(warning.summary()).contains("times under its usual 0.60").contains("of its start");
        assertThat(play.last().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void allScalesAreAlike() {
        total(400, step -> step < 200 ? 6e7 : 6e7 * Math.pow(0.1, 1 + Math.floor((step - 200) / 20.0)));

        assertThat(play.only().detectedStep()).isEqualTo(229);
    }

    @Test
    void aGradientThatIsExactlyZeroVanished() {
        total(300, step -> step < 200 ? 0.6 : 0);

        assertThat(play.only().detectedStep()).isEqualTo(209);
        assertThat(play.only().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void itIsResolvedFiftyRowsAfterTheGradientIsBack() {
        total(400, step -> step < 200 || step >= 250 ? 0.6 : 1e-4);

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(299);
    }

    @Test
    void firstDescentFromAHugeGradientStaysQuiet() {
        assertThat(total(600, step -> 0.2 + 60 * Math.exp(-step / 5.0)).told).isEmpty();
    }

    @Test
    void declineLikeAPowerOfTheStepStaysQuiet() {
        assertThat(total(5_000, step -> 100 / (1.0 + step)).told).isEmpty();
    }

    @Test
    void returnFromAnExplosionStaysQuiet() {
        assertThat(total(600, step -> step >= 200 && step < 280 ? 5_000 : 0.6).told)
                .isEmpty();
    }

    @Test
    void solvedTaskStaysQuiet() {
        for (long step = 0; step < 800; step++) {
            double left = Math.exp(-step / 40.0);
            play.add(at(step).metric("loss", 4 * left).metric("grad_norm", noisy(left)));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void annealedRateStaysQuiet() {
        for (long step = 0; step < 400; step++) {
            play.add(at(step).metric("loss", loss(step))
                    .metric("lr", step < 200 ? 1e-3 : 1e-5)
                    .metric("grad_norm", step < 200 ? 0.6 : 1e-4));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void aLayerThatFadesIsNamed() {
        // Falls by ten every 20 steps from 100 on: 1e-5 at step 200.
        layerTwo(400, step -> step < 100 ? 1 : Math.pow(10, -(step - 100) / 20.0));

        Incident warning = play.only();
        assertThat(warning.series()).isEqualTo("grad_norm/layer[2]");
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.detectedStep()).isBetween(200L, 212L);
        assertThat(warning.summary()).startsWith("Gradient of layer 2 is");
    }

    @Test
    void layersThatFadeTowardsTheInputFromTheStartAreToldAtOnce() {
        for (long step = 0; step < 100; step++) {
            double[] norms = new double[8];
            for (int k = 0; k < 8; k++) {
                norms[k] = noisy(0.3) * Math.pow(10, k - 7);
            }
            play.add(at(step).metric("loss", 2.3).metric("grad_norm/layer", norms));
        }
        play.end();

        assertThat(play.only().series()).isEqualTo("grad_norm/layer[0]");
        assertThat(play.only().detectedStep()).isEqualTo(9);
    }

    @Test
    void frozenLayerStaysQuiet() {
        assertThat(layerTwo(400, step -> 0).told).isEmpty();
    }

    @Test
    void frozenLowerHalfStaysQuiet() {
        for (long step = 0; step < 400; step++) {
            double[] norms = {0, 0, 0, 0, noisy(0.1), noisy(0.2), noisy(0.2), noisy(0.2)};
            play.add(at(step).metric("loss", loss(step)).metric("grad_norm/layer", norms));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void aLayerThatIsFrozenOnTheWayIsNews() {
        layerTwo(400, step -> step < 200 ? 1 : 0);

        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
        assertThat(play.only().summary())
                .isEqualTo(
                        "Gradient of layer 2 is exactly 0 since step 200, from one row to the next: frozen, or dead");
    }

    @Test
    void layersThatDieTogetherAreAWarning() {
        for (long step = 0; step < 300; step++) {
            double norm = step < 100 ? noisy(0.3) : 0;
            play.add(at(step).metric("loss", loss(step))
                    .metric("grad_norm", 0.4)
                    .metric("grad_norm/layer", new double[] {norm, norm}));
        }
        play.end();

        assertThat(play.only().severity()).isEqualTo(Severity.WARNING);
        assertThat(play.only().detectedStep()).isEqualTo(109);
        assertThat(play.only().seriesCount()).isEqualTo(2);
    }

    @Test
    void parameterWithoutInfluenceStaysQuiet() {
        // The bias of attention keys: softmax does not see it, what is left is rounding.
        assertThat(layerTwo(400, step -> 1e-8).told).isEmpty();
    }

    @Test
    void branchThatBeginsAtZeroStaysQuiet() {
        assertThat(layerTwo(400, step -> step == 0 ? 0 : Math.min(1, 1e-7 * Math.exp(step / 10.0))).told)
                .isEmpty();
    }

    @Test
    void layersThatAreNotLoggedAreNoEvidence() {
        assertThat(layerTwo(400, step -> StepSample.ABSENT).told).isEmpty();
    }

    @Test
    void policyWithoutGradientAndRewardIsTold() {
        policy(100, step -> 0, step -> 0);

        assertThat(play.only().detectedStep()).isEqualTo(19);
        assertThat(play.only().onsetStep()).isZero();
    }

    @Test
    void policyThatIsStuckUnderNoiseIsTold() {
        policy(300, step -> 0.14 + 0.02 * random.nextGaussian(), step -> step % 30 == 20 ? 0.02 : 8e-12);

        assertThat(play.only().detectedStep()).isEqualTo(19);
    }

    @Test
    void solvedPolicyStaysQuiet() {
        policy(
                600,
                step -> step < 200 ? step / 200.0 + 0.05 * random.nextGaussian() : 1,
                step -> step < 200 ? 0.1 : 1e-12);

        assertThat(play.told).isEmpty();
    }

    @Test
    void policyThatIsPaidAllFromTheStartStaysQuiet() {
        assertThat(policy(200, step -> 1, step -> 0).told).isEmpty();
    }

    @Test
    void policyThatIsPaidNearlyAllFromTheStartStaysQuiet() {
        assertThat(policy(200, step -> step % 7 == 3 ? 0.996 : 1, step -> step % 7 == 3 ? 0.07 : 0).told)
                .isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new GradVanishing.Config(1, 1e5, 10, 1e-6, 1e-3))
                .hasMessage("grad_vanishing.fall must be > 1, got 1.0");
        assertThatThrownBy(() -> new GradVanishing.Config(100, 50, 10, 1e-6, 1e-3))
                .hasMessage("grad_vanishing.apart must be > 100.0, got 50.0");
    }
}
