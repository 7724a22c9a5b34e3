package io.foreshock.detect.gradnormspike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Rehearsal;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class GradNormSpikeTest {

    private final Rehearsal run = new Rehearsal("grad_norm_spike");

    @Nested
    class Alarms {

        @Test
        void onALonePeakThatIsLarge() {
            run.healthy(1_000).rows(1, 1, 14).healthy(100);

            assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(run).onsetStep()).isEqualTo(1_000);
            assertThat(only(run).detectedStep()).isEqualTo(1_000);
            assertThat(only(run).value()).isGreaterThan(only(run).threshold());
            assertThat(only(run).summary()).endsWith("since step 1,000; the loss is not raised");
        }

        @Test
        void onASmallerOneThatTheLossGoesAlongWith() {
            run.healthy(1_000).rows(3, 1.5, 4).healthy(100);

            assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(run).summary()).endsWith("and the loss is raised too");
        }
    }

    @Test
    void tellsOfALonePeakForInformation() {
        run.healthy(1_000).rows(1, 1, 5).healthy(100);

        assertThat(only(run).severity()).isEqualTo(Severity.INFO);
        assertThat(only(run).threshold()).isGreaterThan(only(run).value());
    }

    @Test
    void halfThePeakIsEnoughAfterAResume() {
        run.healthy(1_000).resumeAt(990).healthy(10).rows(1, 1, 5).healthy(100);

        assertThat(run.alarms()).hasSize(1);
        assertThat(run.alarms().get(0).detectedStep()).isEqualTo(1_000);
    }

    @Test
    void aSolvedTaskMayJumpFarBelowTheNormItLearnedWith() {
        run.healthy(200);
        for (int i = 0; i < 100; i++) {
            run.row(1e-6, 1e-5);
        }
        run.row(1e-6, 1e-2).row(1e-6, 1e-5);

        assertThat(run.alarms()).isEmpty();
    }

    @Nested
    class OnASolvedTask {
        /** What is left of loss and norm when there is nothing left to learn. */
        private static final double LOSS = 3e-8;

        private static final double NORM = 2e-5;

        @Test
        void alarmsWhenLossAndNormTakeOffTogetherRowByRow() {
            run.healthy(200).rows(100, LOSS, NORM);
            run.rows(1, 1.1 * LOSS, 1.5 * NORM).rows(1, 1.2 * LOSS, 2.2 * NORM).rows(1, 1.7 * LOSS, 6 * NORM);
            run.rows(1, 6 * LOSS, 40 * NORM).rows(1, 1e3 * LOSS, 3e3 * NORM);

            assertThat(run.alarms()).hasSize(1);
            assertThat(run.alarms().get(0).severity()).isEqualTo(Severity.WARNING);
            assertThat(run.alarms().get(0).detectedStep()).isEqualTo(302);
            assertThat(run.alarms().get(0).summary()).endsWith("since step 301 and the loss is raised too");
        }

        @Test
        void aHardBatchLiftsBothButOnlyOnce() {
            run.healthy(200);
            for (int i = 0; i < 20; i++) {
                run.rows(20, LOSS, NORM).rows(1, 50 * LOSS, 40 * NORM);
            }
            assertThat(run.alarms()).isEmpty();
        }

        @Test
        void aNormThatGrowsByItselfMovesNothing() {
            run.healthy(200).rows(100, LOSS, NORM);
            run.rows(1, LOSS, 2 * NORM).rows(1, LOSS, 6 * NORM).rows(1, LOSS, 20 * NORM);
            run.rows(1, LOSS, 60 * NORM);

            assertThat(run.alarms()).isEmpty();
        }

        @Test
        void aWaveOfBothStaysWithinItsNoise() {
            run.healthy(200);
            for (int i = 0; i < 2_000; i++) {
                double wave = Math.exp(0.4 * Math.sin(i / 40.0));
                run.row(3e-7 * wave, 1e-5 * wave);
            }
            assertThat(run.alarms()).isEmpty();
        }
    }

    @Nested
    class StaysQuietOn {

        @Test
        void aHealthyRun() {
            assertThat(run.healthy(5_000).opened()).isEmpty();
        }

        @Test
        void anInfiniteNormUnderALossScale() {
            assertThat(run.healthy(500)
                            .row(run.loss(), Double.POSITIVE_INFINITY)
                            .healthy(500)
                            .opened())
                    .isEmpty();
        }

        @Test
        void slowGrowth() {
            for (int i = 0; i < 2_000; i++) {
                run.rows(1, 1, Math.exp(i / 500.0));
            }
            assertThat(run.opened()).isEmpty();
        }

        @Test
        void normsOfZeroAndAConstant() {
            for (int i = 0; i < 200; i++) {
                run.row(run.loss(), i < 100 ? 0 : 1);
            }
            assertThat(run.opened()).isEmpty();
        }
    }

    @Test
    void configRefusesWhatCannotBe() {
        assertThatThrownBy(() -> new GradNormSpike.Config(0, 8, 2.5, 4, 0.2))
                .hasMessage("grad_norm_spike.sigmas must be > 0 standard deviations, got 0.0");
        assertThatThrownBy(() -> new GradNormSpike.Config(4.5, 1, 2.5, 4, 0.2))
                .hasMessage("grad_norm_spike.alone must be > 1, got 1.0");
        assertThatThrownBy(() -> new GradNormSpike.Config(4.5, 8, 9, 4, 0.2))
                .hasMessage("grad_norm_spike.with_loss must be > 1 and <= alone (8.0), got 9.0");
        assertThatThrownBy(() -> new GradNormSpike.Config(4.5, 8, 2.5, -4, 0.2))
                .hasMessage("grad_norm_spike.loss_sigmas must be > 0 standard deviations, got -4.0");
        assertThatThrownBy(() -> new GradNormSpike.Config(4.5, 8, 2.5, 4, 0))
                .hasMessage("grad_norm_spike.loss_excess must be > 0, got 0.0");
    }

    private static Incident only(Rehearsal run) {
        assertThat(run.opened()).hasSize(1);
        return run.opened().get(0);
    }
}
