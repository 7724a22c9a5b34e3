package io.foreshock.detect.updatecollapse;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.judge.Play;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class UpdateCollapseTest {
    private final Play play = Play.judgedBy("update_collapse");
    private final Random random = new Random(1);

    private double noisy(double value) {
        return value * Math.exp(0.05 * random.nextGaussian());
    }

    private static StepSample.Builder row(long step) {
        return at(step).metric("loss", 2 + 3 * Math.pow(1.0 + step, -0.3));
    }

    /** Updates of this many learning rates, weights of norm 50. */
    private Play updates(int steps, LongToDoubleFunction rate, LongToDoubleFunction size) {
        for (long step = 0; step < steps; step++) {
            double lr = rate.applyAsDouble(step);
            play.add(row(step)
                    .metric("lr", lr)
                    .metric("param_norm", 50)
                    .metric("update_ratio", noisy(size.applyAsDouble(step)) * lr / 50));
        }
        return play.end();
    }

    private Play gradients(int steps, double eps, LongToDoubleFunction rms) {
        for (long step = 0; step < steps; step++) {
            play.add(row(step)
                    .metric("adam_eps", eps)
                    .metric("grad_rms/layer", new double[] {noisy(1e-3), noisy(rms.applyAsDouble(step))}));
        }
        return play.end();
    }

    @Test
    void gradientsOfAnUnknownOptimizerAreNotEvaluable() {
        play.add(row(0).metric("grad_rms/layer", new double[] {1e-12, 1e-12})).end();

        assertThat(play.verdicts).containsEntry("update_collapse", Verdict.NOT_EVALUABLE);
    }

    @Test
    void updatesThirtyTimesTooSmallAreToldAfterTenRows() {
        updates(400, step -> 1e-3, step -> step < 200 ? 66 : 2.2);

        Incident warning = play.only();
        assertThat(warning.detectedStep()).isEqualTo(209);
        assertThat(warning.onsetStep()).isEqualTo(200);
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.summary()).contains("times under its usual size for this learning rate, since step 200");
    }

    @Test
    void scheduleThatEndsAtATenthStaysQuiet() {
        assertThat(updates(1_000, step -> 1e-3 * (1 - 0.9 * step / 1_000), step -> 66).told)
                .isEmpty();
    }

    @Test
    void rateOfZeroIsNotJudged() {
        assertThat(updates(400, step -> step < 200 ? 1e-3 : 0, step -> 66).told).isEmpty();
    }

    @Test
    void weightsThatGrowStayQuiet() {
        for (long step = 0; step < 1_000; step++) {
            double weights = 50 * Math.exp(step / 200.0);
            play.add(row(step)
                    .metric("lr", 1e-3)
                    .metric("param_norm", weights)
                    .metric("update_ratio", noisy(66) * 1e-3 / weights));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void firstUpdatesOfAdamStayQuiet() {
        // The first steps of Adam are of one size, later ones average out.
        assertThat(updates(600, step -> 1e-3, step -> 60 + 240 * Math.exp(-step / 20.0)).told)
                .isEmpty();
    }

    @Test
    void skippedStepsStayQuiet() {
        for (long step = 0; step < 300; step++) {
            boolean skipped = step >= 200 && step < 230;
            play.add(row(step)
                    .metric("lr", 1e-3)
                    .metric("param_norm", 50)
                    .metric("skipped_step", skipped ? 1 : 0)
                    .metric("update_ratio", skipped ? 0 : noisy(1e-3)));
        }

        assertThat(play.end().told).isEmpty();
    }

    /** Adam on 40,000 weights, with updates of this RMS in learning rates from the first step on. */
    private Play adam(double rms, boolean known) {
        for (long step = 0; step < 200; step++) {
            StepSample.Builder row = row(step)
                    .metric("lr", 1e-3)
                    .metric("param_norm", 50)
                    .metric("grad_norm/layer", new double[] {1, 1})
                    .metric("grad_rms/layer", new double[] {1 / Math.sqrt(20_000), 1 / Math.sqrt(20_000)})
                    .metric("update_ratio", noisy(rms) * 200 * 1e-3 / 50);
            play.add(known ? row.metric("adam_second_moment_rms", 1e-3) : row);
        }
        return play.end();
    }

    @Test
    void anEpsilonThatDwarfsTheGradientFromTheStartIsToldAfterTenRows() {
        adam(0.0005, true);

        assertThat(play.only().detectedStep()).isEqualTo(9);
        assertThat(play.only().onsetStep()).isZero();
        assertThat(play.only().summary()).contains("under what Adam does even where gradients are noise");
    }

    @Test
    void smallUpdatesOfAnotherOptimizerStayQuiet() {
        assertThat(adam(0.0005, false).told).isEmpty();
    }

    @Test
    void averageUpdatesOfAdamStayQuiet() {
        assertThat(adam(0.1, true).told).isEmpty();
    }

    @Test
    void gradientThatHalvesEvery20StepsIsForecast() {
        // 1e-3 until 100; a hundred epsilons at step 366, epsilon at step 499.
        gradients(450, 1e-9, step -> 1e-3 * Math.pow(0.5, Math.max(0, step - 100) / 20.0));

        Incident warning = play.only();
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.series()).isEqualTo("grad_rms/layer[1]");
        assertThat(warning.detectedStep()).isBetween(366L, 450L);
        Forecast forecast = warning.forecast();
        assertThat(forecast).isNotNull();
        assertThat(forecast.quantity()).isEqualTo("grad_rms/layer");
        assertThat(forecast.level()).isEqualTo(1e-9);
        assertThat(forecast.step()).isBetween(480L, 520L);
        assertThat(forecast.low()).isLessThan(499);
        assertThat(forecast.high()).isGreaterThan(499);
        assertThat(warning.summary()).contains("reaches Adam's epsilon of 1.0e-09 about step");
    }

    @Test
    void gradientUnderEpsilonNamesTheLayer() {
        gradients(100, 1e-6, step -> 1e-8);

        assertThat(play.only().detectedStep()).isEqualTo(9);
        assertThat(play.only().severity()).isEqualTo(Severity.WARNING);
        assertThat(play.only().series()).isEqualTo("grad_rms/layer[1]");
        assertThat(play.only().summary())
                .startsWith(
                        "Gradient RMS of layer 1 is 9.8e-09, under Adam's epsilon of 1.0e-06 since step 0: its updates");
    }

    @Test
    void epsilonThatWasChosenALittleAboveTheGradientIsNews() {
        gradients(400, 1e-5, step -> 3e-6);

        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
    }

    @Test
    void epsilonThatIsOnlyAssumedIsNews() {
        for (long step = 0; step < 100; step++) {
            play.add(row(step).metric("adam_second_moment_rms", 1e-6).metric("grad_rms/layer", new double[] {1e-10, 1e-4
            }));
        }
        play.end();

        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
        assertThat(play.only().summary()).contains("1e-08 (its usual value: the log does not tell it)");
    }

    @Test
    void gradientThatDeclinesLikeAPowerOfTheStepStaysQuiet() {
        assertThat(gradients(3_000, 1e-9, step -> 1e-5 / (1 + step)).told)
                .allSatisfy(incident -> assertThat(incident.detectedStep()).isGreaterThan(2_000));
    }

    @Test
    void gradientThatRestsNearEpsilonStaysQuiet() {
        assertThat(gradients(1_000, 1e-8, step -> 5e-8).told).isEmpty();
    }

    @Test
    void frozenLayerStaysQuiet() {
        assertThat(gradients(400, 1e-8, step -> 0).told).isEmpty();
    }

    @Test
    void solvedTaskStaysQuiet() {
        for (long step = 0; step < 800; step++) {
            double left = Math.exp(-step / 40.0);
            play.add(at(step).metric("loss", 4 * left)
                    .metric("lr", 1e-3)
                    .metric("update_ratio", 1e-3 * left)
                    .metric("adam_eps", 1e-8)
                    .metric("grad_rms/layer", new double[] {1e-3 * left, 1e-3 * left}));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new UpdateCollapse.Config(1, 100, 0.5, 10))
                .hasMessage("update_collapse.fall must be > 1, got 1.0");
    }
}
