package io.foreshock.detect.sharpness;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class SharpnessTest {
    private static final double RATE = 0.01;
    private final Play play = Play.judgedBy("sharpness");
    private final Random random = new Random(1);

    /** Measured at every tenth step; the product of sharpness and rate with ten per cent of noise. */
    private Play run(int steps, double updatePerGradient, LongToDoubleFunction product) {
        for (long step = 0; step < steps; step++) {
            StepSample.Builder row = at(step).metric("lr", RATE);
            if (updatePerGradient > 0) {
                row.metric("grad_norm", 0.5).metric("param_norm", 50);
                row.metric("update_ratio", updatePerGradient * RATE * 0.5 / 50);
            }
            if (step % 10 == 0) {
                double noise = 1 + 0.1 * random.nextGaussian();
                row.metric("sharpness", product.applyAsDouble(step) / RATE * noise);
            }
            play.add(row);
        }
        return play.end();
    }

    @Test
    void gradientDescentThatStaysAboveItsLimitIsTold() {
        // Three from step 200 on: the third of five measurements above is that of step 220.
        run(400, 1, step -> step < 200 ? 1 : 3);

        assertThat(play.only().detectedStep()).isBetween(220L, 240L);
        assertThat(play.only().onsetStep()).isEqualTo(200);
        assertThat(play.only().threshold()).isEqualTo(2);
        assertThat(play.only().summary()).contains("the 200 that gradient descent bears at a learning rate of 0.01");
    }

    @Test
    void theSameWithMomentumStaysQuiet() {
        assertThat(run(400, 6, step -> step < 200 ? 1 : 3).told).isEmpty();
    }

    @Test
    void anUnknownOptimizerIsHeldToTheLimitOfMomentum() {
        run(400, 0, step -> step < 200 ? 1 : 6);

        assertThat(play.only().threshold()).isEqualTo(3.8);
    }

    @Test
    void edgeOfStabilityStaysQuiet() {
        assertThat(run(2_000, 1, step -> Math.min(2.1, step / 200.0)).told).isEmpty();
    }

    @Test
    void aLossThatIsAtItsBestMakesItNews() {
        for (long step = 0; step < 400; step++) {
            play.add(at(step).metric("lr", RATE)
                    .metric("loss", Math.exp(-step / 50.0))
                    .metric("sharpness", (step < 200 ? 1 : 6) / RATE));
        }
        play.end();

        assertThat(play.last().severity()).isEqualTo(Severity.INFO);
        assertThat(play.last().summary()).endsWith("since step 200; the loss is at its best all the same");
    }

    @Test
    void oneMeasurementFarAboveStaysQuiet() {
        assertThat(run(400, 1, step -> step == 200 ? 20 : 1).told).isEmpty();
    }

    @Test
    void catapultOfWarmUpStaysQuiet() {
        assertThat(run(400, 1, step -> step < 20 ? 4 : 1).told).isEmpty();
    }

    @Test
    void itIsResolvedFiveMeasurementsAfterItCameDown() {
        run(600, 1, step -> step >= 200 && step < 400 ? 3 : 1);

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(440);
    }

    @Test
    void adamIsNotEvaluable() {
        for (long step = 0; step < 100; step++) {
            play.add(at(step).metric("lr", RATE).metric("adam_eps", 1e-8).metric("sharpness", 5_000));
        }
        play.end();

        assertThat(play.told).isEmpty();
        assertThat(play.verdicts).containsEntry("sharpness", Verdict.NOT_EVALUABLE);
    }

    @Test
    void updatesFarBeyondTheGradientAreThoseOfAnAdaptiveOptimizer() {
        run(600, 100, step -> 6);

        assertThat(play.told).isEmpty();
        assertThat(play.verdicts).containsEntry("sharpness", Verdict.NOT_EVALUABLE);
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new Sharpness.Config(-1, 1.25)).hasMessage("sharpness.limit must be >= 0, got -1.0");
        assertThatThrownBy(() -> new Sharpness.Config(0, 0.5)).hasMessage("sharpness.excess must be >= 1, got 0.5");
    }
}
