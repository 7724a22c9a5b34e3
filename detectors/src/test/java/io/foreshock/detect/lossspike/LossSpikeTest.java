package io.foreshock.detect.lossspike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Rehearsal;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossSpikeTest {

    private final Rehearsal run = new Rehearsal("loss_spike");

    @Nested
    class Alarms {

        @Test
        void atOnceWhenTheGradientMovesToo() {
            run.healthy(1_000).rows(5, 1.6, 6).healthy(100);

            Incident spike = only(run);
            assertThat(spike.severity()).isEqualTo(Severity.WARNING);
            assertThat(spike.onsetStep()).isEqualTo(1_000);
            assertThat(spike.detectedStep()).isEqualTo(1_000);
            assertThat(spike.unit()).isEqualTo("nat");
            assertThat(spike.value()).isGreaterThan(spike.threshold());
            assertThat(spike.summary())
                    .matches("Loss is 1\\.\\d+ times its recent course \\(\\d.\\d+ against 2\\.\\d+\\) since step 1,000"
                            + " and the gradient norm moved with it");
        }

        @Test
        void onOneRowWhoseGradientStandsOutClearlyThoughItMovedLess() {
            for (int i = 0; i < 1_000; i++) {
                run.row(run.loss(), 1 + 0.05 * Math.sin(i));
            }
            run.row(1.77 * run.loss(), 1.7).healthy(100);

            assertThat(run.alarms().get(0).detectedStep()).isEqualTo(1_000);
        }

        @Test
        void oneRowLaterWhenItIsObviousAndTheGradientIsQuiet() {
            run.healthy(1_000).rows(2, 2.6, 1).healthy(100);

            assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(run).onsetStep()).isEqualTo(1_000);
            assertThat(only(run).detectedStep()).isEqualTo(1_001);
        }

        @Test
        void whenItHasComeBackAfterSeveralRows() {
            run.healthy(1_000).rows(3, 1.5, 1).healthy(100);

            assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(run).detectedStep()).isEqualTo(1_005);
            assertThat(only(run).summary()).endsWith("the gradient norm did not move; back at step 1,005");
        }

        @Test
        void whenRaisedRowsAddUpAndNoGradientIsLogged() {
            run.withoutGradient().healthy(1_000).rows(6, 1.55, 1).healthy(100);

            assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(run).detectedStep()).isEqualTo(1_002);
        }

        @Test
        void onALogOfEvery500thStep() {
            run.every(500).healthy(200).rows(3, 1.6, 6).healthy(50);

            assertThat(only(run).onsetStep()).isEqualTo(100_000);
        }

        @Test
        void onAHillAfterAResumeThatLostTheOptimizer() {
            run.healthy(1_000).resumeAt(950);
            for (int i = 0; i < 25; i++) {
                run.rows(1, 1 + Math.min(0.22, 0.03 * i), 1);
            }
            run.healthy(100);

            assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(run).summary()).contains("after the learning rate rose or the run was resumed");
            assertThat(only(run).detectedStep()).isBetween(955L, 970L);
        }

        @Test
        void onALossBelowZero() {
            Random random = new Random(3);
            for (int i = 0; i < 300; i++) {
                run.row((i < 200 || i > 205 ? -4 : -2) + 0.05 * random.nextGaussian(), i < 200 ? 1 : 9);
            }
            assertThat(only(run).onsetStep()).isEqualTo(200);
            assertThat(only(run).summary()).contains("against a recent course of -");
        }

        @Test
        void twiceWhenSpikesAreFarApartAndOnceWhenTheyAreNot() {
            run.healthy(500).rows(4, 1.6, 6).healthy(40).rows(4, 1.6, 6).healthy(100);
            assertThat(run.alarms()).extracting(Incident::onsetStep).containsExactly(500L, 544L);

            Rehearsal close = new Rehearsal("loss_spike");
            close.healthy(500).rows(4, 1.6, 6).healthy(6).rows(4, 1.6, 6).healthy(100);
            assertThat(close.alarms()).extracting(Incident::onsetStep).containsExactly(500L);
        }
    }

    @Nested
    class TellsForInformation {

        @Test
        void anIsolatedBatch() {
            run.healthy(1_000).rows(1, 1.9, 1).healthy(100);

            assertThat(only(run).severity()).isEqualTo(Severity.INFO);
            assertThat(only(run).onsetStep()).isEqualTo(1_000);
            assertThat(only(run).summary()).endsWith("came back at once: an isolated batch");
        }
    }

    @Nested
    class StaysQuietOn {

        @ParameterizedTest
        @ValueSource(ints = {1, 10, 500})
        void aHealthyRun(int stride) {
            assertThat(run.every(stride).healthy(3_000).opened()).isEmpty();
        }

        /** It is told as data_change. */
        @Test
        void aChangeOfData() {
            assertThat(run.healthy(1_000).rows(500, 1.4, 1.1).opened()).isEmpty();
        }

        @Test
        void aLearningRateDrop() {
            assertThat(run.healthy(1_000).rate(3e-5).rows(500, 0.8, 0.7).opened())
                    .isEmpty();
        }

        @Test
        void aWarmUpHill() {
            for (int i = 0; i < 300; i++) {
                run.row(9 + 2 * Math.sin(Math.PI * i / 300) + 0.05 * run.gradient(), 1 + i / 100.0);
            }
            assertThat(run.alarms()).isEmpty();
        }

        /** arXiv:2310.17074: the loss swings by a fifth from row to row and still falls. */
        @Test
        void theBenignOscillationOfALargeRate() {
            for (int i = 0; i < 2_000; i++) {
                run.rows(1, i % 2 == 0 ? 1.2 : 0.8, i % 2 == 0 ? 1.5 : 0.7);
            }
            assertThat(run.opened()).isEmpty();
        }

        /** One row in three at more than twice the level: what odd batches reach must be remembered. */
        @Test
        void noiseOfTwoHumps() {
            Random humps = new Random(5);
            for (int i = 0; i < 3_000; i++) {
                run.row(humps.nextInt(3) == 0 ? 3 + humps.nextGaussian() / 4 : 1.3 + humps.nextGaussian() / 10, 3);
            }
            assertThat(run.alarms()).hasSizeLessThanOrEqualTo(1);
        }

        @Test
        void aCleanResume() {
            assertThat(run.healthy(1_000).resumeAt(900).healthy(500).opened()).isEmpty();
        }

        @Test
        void aResumeFromFarBack() {
            assertThat(run.healthy(1_000).resumeAt(100).healthy(500).opened()).isEmpty();
        }

        @Test
        void aFittedTaskThatJumpsByOrdersOfMagnitude() {
            for (int i = 0; i < 400; i++) {
                run.row(5 * Math.exp(-0.05 * i), 0.1);
            }
            for (int i = 0; i < 200; i++) {
                run.row(i % 50 < 3 ? 1e-3 : 1e-7, i % 50 < 3 ? 0.1 : 1e-4);
            }
            assertThat(run.opened()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(doubles = {0, 2.5, -1})
        void aConstantLoss(double constant) {
            for (int i = 0; i < 300; i++) {
                run.row(constant, 0.5);
            }
            assertThat(run.opened()).isEmpty();
        }

        @Test
        void aLossThatWasZeroBeforeItBegan() {
            for (int i = 0; i < 100; i++) {
                run.row(0, 0);
            }
            assertThat(run.healthy(200).opened()).isEmpty();
        }
    }

    @Test
    void configRefusesWhatCannotBe() {
        assertThatThrownBy(() -> new LossSpike.Config(0, 0.25, 1.2))
                .hasMessage("loss_spike.sigmas must be > 0 standard deviations, got 0.0");
        assertThatThrownBy(() -> new LossSpike.Config(6, Double.NaN, 1.2))
                .hasMessage("loss_spike.excess must be > 0, got NaN");
        assertThatThrownBy(() -> new LossSpike.Config(6, 0.25, 0.2))
                .hasMessage("loss_spike.obvious must be > excess (0.25), got 0.2");
    }

    private static Incident only(Rehearsal run) {
        assertThat(run.opened()).hasSize(1);
        return run.opened().get(0);
    }
}
