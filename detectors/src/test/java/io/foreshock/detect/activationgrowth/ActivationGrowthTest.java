package io.foreshock.detect.activationgrowth;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class ActivationGrowthTest {
    private static final String METRIC = "activation_rms";
    private final Play play = Play.judgedBy("activation_growth");
    private final Random random = new Random(1);

    /** A layer that follows the course, after one that rests at 2. */
    private Play run(long from, long to, LongToDoubleFunction course) {
        for (long step = from; step < to; step++) {
            double jitter = 1 + 0.03 * random.nextGaussian();
            play.add(at(step).metric(METRIC, new double[] {2 * jitter, course.applyAsDouble(step) * jitter}));
        }
        return play.end();
    }

    private static double exponential(long step) {
        return 2 * Math.exp(Math.max(0, step - 200) / 50.0);
    }

    @Test
    void nothingReportedIsNotEvaluable() {
        play.add(at(0).metric("loss", 3)).add(at(1).metric("loss", 2)).end();

        assertThat(play.verdicts).containsEntry("activation_growth", Verdict.NOT_EVALUABLE);
    }

    @Test
    void restingLayersStayQuiet() {
        assertThat(run(0, 1_000, step -> 40).told).isEmpty();
    }

    @Test
    void exponentialGrowthIsInfoAtTenTimesAndAWarningAtAHundredTimes() {
        // 20 at step 315, 200 at step 430. Steep since about 330, and for 40 rows.
        run(0, 480, ActivationGrowthTest::exponential);

        assertThat(play.opened()).hasSize(2);
        Incident info = play.opened().get(0);
        assertThat(info.severity()).isEqualTo(Severity.INFO);
        assertThat(info.detectedStep()).isBetween(315L, 380L);
        Incident warning = play.opened().get(1);
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.series()).isEqualTo("activation_rms[1]");
        assertThat(warning.detectedStep()).isBetween(425L, 445L);
        assertThat(warning.summary())
                .startsWith("Activation RMS of layer 1 is 19")
                .contains("half precision overflows");
        // 65,504 at step 720.
        assertThat(warning.forecast()).isNotNull();
        assertThat(warning.forecast().low()).isLessThan(720);
        assertThat(warning.forecast().high()).isGreaterThan(720);
    }

    @Test
    void growthWithTheWeightsStaysQuiet() {
        // Square of time: two matrices that move straight on. 20,000 times in all.
        assertThat(run(0, 3_000, step -> 1 + step * step / 400.0).told).isEmpty();
    }

    @Test
    void growthWhileTheRateIsRaisedIsNoAlarm() {
        // Fourth power of time, over 1,000 steps of warm-up, then at rest.
        run(0, 1_500, step -> 1 + Math.pow(Math.min(step, 1_000) / 250.0, 4));

        assertThat(play.opened())
                .filteredOn(incident -> incident.severity() != Severity.INFO)
                .isEmpty();
    }

    @Test
    void shockThatRestsStaysQuiet() {
        assertThat(run(0, 1_000, step -> step < 500 ? 2 : 900).told).isEmpty();
    }

    @Test
    void hillOfWarmUpStaysQuiet() {
        assertThat(run(0, 1_000, step -> 1 + 30 * Math.exp(-Math.pow((step - 60) / 40.0, 2))).told)
                .isEmpty();
    }

    @Test
    void smallGrowthIsNotWorthTellingHoweverSure() {
        assertThat(run(0, 500, step -> 2 * Math.exp(Math.max(0, step - 300) / 100.0)).told)
                .isEmpty();
    }

    @Test
    void scaleDoesNotMatter() {
        run(0, 480, step -> 1e-9 * exponential(step));

        assertThat(play.opened().get(1).detectedStep()).isBetween(425L, 445L);
    }

    @Test
    void manyLayersAreOneIncidentThatCountsThem() {
        for (long step = 0; step < 480; step++) {
            double jitter = 1 + 0.03 * random.nextGaussian();
            double[] layers = new double[40];
            for (int k = 0; k < 40; k++) {
                layers[k] = jitter * (k < 30 ? 3 : exponential(step));
            }
            play.add(at(step).metric(METRIC, layers));
        }
        play.end();

        assertThat(play.opened()).hasSize(2);
        assertThat(play.last().summary()).contains("so it is in 10 of 40 layers");
    }

    @Test
    void growthThatEndsIsResolved() {
        run(0, 700, step -> exponential(Math.min(step, 460)));

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
    }

    @Test
    void resumeStartsAfresh() {
        run(0, 300, ActivationGrowthTest::exponential);
        for (long step = 250; step < 500; step++) {
            play.add(at(step).attempt(1).metric(METRIC, new double[] {2, 14}));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void nanAndInfinityLeaveTheMeanAlone() {
        run(0, 300, step -> step % 3 == 0 ? Double.NaN : step % 7 == 0 ? Double.POSITIVE_INFINITY : 20);

        assertThat(play.told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new ActivationGrowth.Config(4, 4, 10))
                .hasMessage("activation_growth.runaway must be > steep (4.0), got 4.0");
        assertThatThrownBy(() -> new ActivationGrowth.Config(4, 6, 1))
                .hasMessage("activation_growth.growth must be > 1, got 1.0");
    }
}
