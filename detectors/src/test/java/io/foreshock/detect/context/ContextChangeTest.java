package io.foreshock.detect.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContextChangeTest {
    private final Random random = new Random(20_261_124);
    private final Play play =
            Play.judgedBy("resume", "data_change", "batch_size_change", "lr_step", "optimizer_reset", "loss_spike");
    private int step;
    private int attempt;
    private IntToDoubleFunction rate = s -> 3e-4;
    private double batch = 512;
    private double timesLoss = 1;
    private double timesGradient = 1;
    private double timesUpdate = 1;
    private double moment = 1e-3;
    private double stage = Double.NaN;
    private int stride = 1;
    private boolean logsGradient = true;

    /** Rows of a run whose loss falls, with two per cent of noise. */
    private ContextChangeTest rows(int rows) {
        for (int i = 0; i < rows; i++) {
            double gradient = timesGradient * 0.5 * Math.exp(0.15 * random.nextGaussian());
            double lr = rate.applyAsDouble(step);
            StepSample.Builder sample = Play.at(step)
                    .attempt(attempt)
                    .metric("loss", timesLoss * 10 * Math.pow(1 + step, -0.2) * (1 + 0.02 * random.nextGaussian()))
                    .metric("lr", lr)
                    .metric("batch_size", batch)
                    .metric("update_ratio", timesUpdate * 2 * lr * Math.exp(0.03 * random.nextGaussian()))
                    .metric("adam_second_moment_rms", moment);
            if (logsGradient) {
                sample.metric("grad_norm", gradient);
            }
            if (!Double.isNaN(stage)) {
                sample.metric("data_stage", stage);
            }
            play.add(sample);
            step += stride;
        }
        return this;
    }

    private List<Incident> opened() {
        List<Incident> opened = play.end().opened();
        assertThat(opened).allSatisfy(change -> assertThat(change.severity()).isEqualTo(Severity.INFO));
        return opened;
    }

    private Incident only(String slug) {
        assertThat(opened()).extracting(Incident::signature).containsExactly(slug);
        return opened().get(0);
    }

    @Nested
    class Tells {
        @Test
        void aResumeAndHowFarItWentBack() {
            rows(900);
            step = 800;
            attempt = 1;
            rows(100);

            assertThat(only("resume").summary()).isEqualTo("Resumed from step 800 (back 99 steps); courses are kept");
            assertThat(only("resume").detectedStep()).isEqualTo(800);
            assertThat(play.told.get(1).status()).isEqualTo(Status.RESOLVED);
            assertThat(play.told.get(1).step()).isEqualTo(832);
        }

        @Test
        void thatCoursesAreLearnedAnewAfterAResumeFromFarBack() {
            rows(900);
            step = 100;
            attempt = 1;
            rows(100);

            assertThat(only("resume").summary())
                    .isEqualTo("Resumed from step 100 (back 799 steps); courses are learned anew");
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 10, 100})
        void aStepDecay(int every) {
            stride = every;
            rate = s -> s < 300L * stride ? 3e-4 : 3e-5;
            rows(400);

            assertThat(only("lr_step").onsetStep()).isEqualTo(300L * stride);
            assertThat(only("lr_step").summary())
                    .startsWith("Learning rate stepped from 0.000300 to 3.00e-05 (to 1/10.0) at step ");
        }

        @Test
        void anotherBatchSize() {
            rows(300);
            batch = 1_024;
            rows(100);

            assertThat(only("batch_size_change").summary())
                    .isEqualTo("Batch size changed from 512 to 1,024 at step 300; courses are learned anew");
        }

        @Test
        void aRampOfTheBatchSizeAsOneOrTwoIncidents() {
            for (int i = 0; i < 30; i++) {
                rows(60);
                batch += 64;
            }
            assertThat(opened()).hasSizeLessThanOrEqualTo(2);
        }

        @Test
        void aLossThatStepsUpAndStaysWhileTheGradientDoesNot() {
            rows(500);
            timesLoss = 1.15;
            rows(100);

            Incident change = only("data_change");
            assertThat(change.onsetStep()).isEqualTo(500);
            assertThat(change.detectedStep()).isEqualTo(523);
            assertThat(change.summary())
                    .matches("Data changed at step 500, it seems: the loss went from 2\\.\\d+ to"
                            + " 3\\.\\d+ at once and stays there, and the gradient norm did not move");
        }

        @Test
        void anotherStageOfTheDataAtOnceAndItsSpikeIsNone() {
            stage = 1;
            rows(500);
            stage = 2;
            timesLoss = 1.8;
            timesGradient = 4;
            rows(100);

            assertThat(only("data_change").detectedStep()).isEqualTo(500);
            assertThat(only("data_change").summary())
                    .isEqualTo("Data changed at step 500: stage 2 after 1; courses are learned anew");
        }

        @Test
        void aLostOptimizerStateAtAResume() {
            rows(600);
            step = 550;
            attempt = 1;
            timesUpdate = 8;
            rows(1);
            timesUpdate = 1;
            rows(60);

            assertThat(opened()).extracting(Incident::signature).containsExactly("resume", "optimizer_reset");
            assertThat(opened().get(1).summary())
                    .matches("Optimizer state was lost at step 550: updates became [78].\\d+ times as large at once and"
                            + " the gradient norm does not explain it");
        }

        @Test
        void aSecondMomentThatFallsFasterThanItCan() {
            rows(600);
            moment = 3e-5;
            rows(60);

            assertThat(only("optimizer_reset").summary()).contains("its second moment fell to 1/33.3 at once");
        }
    }

    @Nested
    class StaysQuietOn {
        @Test
        void aWarmUpAndACosine() {
            rate = s -> s < 100 ? 3e-6 * (s + 1) : 1.5e-4 * (1 + Math.cos(Math.PI * (s - 100) / 1_900));
            assertThat(rows(2_000).opened()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 20})
        void aLinearDecayToZero(int every) {
            stride = every;
            rate = s -> 3e-4 * Math.min(1, (500.0 - s / (double) stride) / 100);
            assertThat(rows(501).opened()).isEmpty();
        }

        @Test
        void aStaircaseOfSmallSteps() {
            rate = s -> 3e-4 * Math.pow(0.94, Math.floor(s / 50.0));
            assertThat(rows(2_000).opened()).isEmpty();
        }

        @Test
        void batchesOfVaryingSize() {
            for (int i = 0; i < 500; i++) {
                batch = 400 + random.nextInt(200);
                rows(1);
            }
            assertThat(opened()).isEmpty();
        }

        @Test
        void aGradientThatExplainsItsUpdate() {
            rows(500);
            timesGradient = 8;
            timesUpdate = 4;
            rows(2);
            timesGradient = 1;
            timesUpdate = 1;
            rows(100);

            assertThat(opened()).isEmpty();
        }

        @Test
        void aSlowRise() {
            rows(500);
            for (int i = 0; i < 200; i++) {
                timesLoss *= 1.003;
                rows(1);
            }
            assertThat(opened()).isEmpty();
        }

        /** Who logs no gradient cannot tell new data from trouble. */
        @Test
        void aLossThatStepsUpWithoutAGradientBesideIt() {
            logsGradient = false;
            rows(500);
            timesLoss = 1.15;
            assertThat(rows(100).opened()).isEmpty();
        }
    }

    @Test
    void warmRestartsAreAHandful() {
        rate = s -> 1e-6 + 1.5e-4 * (1 + Math.cos(Math.PI * (s % 200) / 200));
        assertThat(rows(4_000).opened()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void whatWasChangedBeforeAResumeIsNotToldAgain() {
        rows(300);
        batch = 1_024;
        rows(5);
        step = 302;
        attempt = 1;
        rows(50);

        assertThat(opened()).extracting(Incident::signature).containsExactly("batch_size_change", "resume");
    }
}
