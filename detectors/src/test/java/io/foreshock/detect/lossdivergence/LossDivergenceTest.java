package io.foreshock.detect.lossdivergence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Rehearsal;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LossDivergenceTest {

    private final Rehearsal run = new Rehearsal("loss_divergence");

    @Nested
    class Alarms {

        @Test
        void onALossThatRunsAway() {
            run.healthy(500);
            for (int i = 1; i <= 10; i++) {
                run.rows(1, Math.pow(2, i), 1);
            }
            assertThat(only(run).severity()).isEqualTo(Severity.CRITICAL);
            assertThat(only(run).onsetStep()).isEqualTo(500);
            assertThat(only(run).detectedStep()).isEqualTo(502);
            assertThat(only(run).summary()).startsWith("Loss runs away").endsWith("before step 500");
        }

        @Test
        void onADepartureThatStays() {
            run.healthy(500).rows(3, 1.8, 8).rows(200, 1.4, 1);

            assertThat(run.alarms().get(0).severity()).isEqualTo(Severity.CRITICAL);
            assertThat(run.alarms().get(0).onsetStep()).isEqualTo(500);
            assertThat(run.alarms().get(0).detectedStep()).isEqualTo(531);
            assertThat(run.alarms().get(0).summary()).contains("has not come back for 32 rows");
        }

        @Test
        void onASlowRise() {
            run.healthy(500);
            double turn = run.loss();
            for (int i = 0; i < 300; i++) {
                run.row(turn * (1 + 0.001 * i) + 0.02 * (run.gradient() - 0.5), run.gradient());
            }
            assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
            assertThat(only(run).onsetStep()).isBetween(470L, 560L);
            assertThat(only(run).detectedStep()).isBetween(570L, 640L);
            assertThat(only(run).summary()).startsWith("Loss has been rising since step");
        }

        @Test
        void onALossThatIsWorseThanAtTheStart() {
            for (int i = 0; i < 200; i++) {
                run.row(6.9 + 0.1 * (1 - Math.exp(-i / 10.0)) + 0.005 * run.gradient(), run.gradient());
            }
            assertThat(only(run).summary()).startsWith("Loss has only been worse than at the start");
        }
    }

    @Nested
    class StaysQuietOn {

        @Test
        void aHealthyRun() {
            assertThat(run.healthy(5_000).opened()).isEmpty();
        }

        @Test
        void aSpikeThatComesBack() {
            assertThat(run.healthy(500).rows(8, 1.8, 8).healthy(500).opened()).isEmpty();
        }

        @Test
        void aChangeOfData() {
            run.healthy(500);
            for (int i = 0; i < 500; i++) {
                run.rows(1, 1 + 0.4 * Math.exp(-i / 100.0), 1);
            }
            assertThat(run.opened()).isEmpty();
        }

        @Test
        void aLearningRateDrop() {
            assertThat(run.healthy(500).rate(3e-5).rows(500, 0.85, 0.7).opened())
                    .isEmpty();
        }

        @Test
        void aRestartOfTheRateThatCostsATenth() {
            assertThat(run.rate(1e-4).rows(500, 0.9, 1).rate(1e-3).healthy(500).opened())
                    .isEmpty();
        }

        @Test
        void aCleanResume() {
            assertThat(run.healthy(1_000).resumeAt(900).healthy(500).opened()).isEmpty();
        }

        @Test
        void aWarmUpHillThatIsOvercome() {
            for (int i = 0; i < 600; i++) {
                run.row(i < 25 ? 9 + i / 50.0 : 9.5 - i / 200.0, 1 + run.gradient());
            }
            assertThat(run.opened()).isEmpty();
        }

        @Test
        void aFittedTaskThatWanders() {
            for (int i = 0; i < 1_000; i++) {
                run.row(5 * Math.exp(-0.05 * Math.min(i, 300)) * (i < 300 ? 1 : 1 + i / 50.0), 1e-4);
            }
            assertThat(run.opened()).isEmpty();
        }
    }

    @Test
    void configRefusesWhatCannotBe() {
        assertThatThrownBy(() -> new LossDivergence.Config(1, 0.2, 0.03, 6, 32))
                .hasMessage("loss_divergence.running must be > 1, got 1.0");
        assertThatThrownBy(() -> new LossDivergence.Config(5, 0, 0.03, 6, 32))
                .hasMessage("loss_divergence.stayed must be > 0, got 0.0");
        assertThatThrownBy(() -> new LossDivergence.Config(5, 0.2, -1, 6, 32))
                .hasMessage("loss_divergence.share must be > 0, got -1.0");
        assertThatThrownBy(() -> new LossDivergence.Config(5, 0.2, 0.03, 0, 32))
                .hasMessage("loss_divergence.errors must be > 0 standard errors, got 0.0");
        assertThatThrownBy(() -> new LossDivergence.Config(5, 0.2, 0.03, 6, 96))
                .hasMessage("loss_divergence.persist must be 1 to 95 rows, got 96");
    }

    private static Incident only(Rehearsal run) {
        assertThat(run.opened()).hasSize(1);
        return run.opened().get(0);
    }
}
