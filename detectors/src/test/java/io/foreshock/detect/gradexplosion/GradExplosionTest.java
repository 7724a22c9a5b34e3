package io.foreshock.detect.gradexplosion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Rehearsal;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import org.junit.jupiter.api.Test;

class GradExplosionTest {

    private final Rehearsal run = new Rehearsal("grad_explosion");

    @Test
    void alarmsAtOnceOnAThousandfold() {
        run.healthy(500).rows(5, 1, 5_000).healthy(100);

        assertThat(only(run).severity()).isEqualTo(Severity.CRITICAL);
        assertThat(only(run).onsetStep()).isEqualTo(500);
        assertThat(only(run).detectedStep()).isEqualTo(500);
        assertThat(only(run).summary()).startsWith("Gradient norm explodes");
    }

    @Test
    void alarmsOnLastingGrowthWhileTheLossIsWorse() {
        run.healthy(500);
        for (int i = 0; i < 200; i++) {
            run.rows(1, 1 + Math.min(0.2, 0.005 * i), Math.exp(Math.min(i, 60) / 20.0));
        }
        assertThat(only(run).severity()).isEqualTo(Severity.WARNING);
        assertThat(only(run).onsetStep()).isLessThanOrEqualTo(500);
        assertThat(only(run).detectedStep()).isBetween(560L, 580L);
    }

    @Test
    void lastingGrowthWhileTheLossFallsIsHealthy() {
        for (int i = 0; i < 3_000; i++) {
            run.rows(1, 1, Math.exp(i / 1_000.0));
        }
        assertThat(run.opened()).isEmpty();
    }

    @Test
    void growthThatHasBeenToldForLongIsTheNewLevel() {
        run.healthy(500).rows(400, 1.3, 20);
        int told = run.alarms().size();

        assertThat(told).isPositive();
        assertThat(run.rows(200, 1.3, 20).alarms()).hasSize(told);
    }

    @Test
    void infiniteNormsAreAnothersBusiness() {
        for (int i = 0; i < 300; i++) {
            run.row(run.loss(), i % 50 == 49 ? Double.POSITIVE_INFINITY : run.gradient());
        }
        assertThat(run.opened()).isEmpty();
    }

    @Test
    void configRefusesWhatCannotBe() {
        assertThatThrownBy(() -> new GradExplosion.Config(1, 8, 0.03))
                .hasMessage("grad_explosion.at_once must be > 1, got 1.0");
        assertThatThrownBy(() -> new GradExplosion.Config(1_000, 1, 0.03))
                .hasMessage("grad_explosion.grown must be > 1 and <= atOnce (1000.0), got 1.0");
        assertThatThrownBy(() -> new GradExplosion.Config(1_000, 8, Double.NaN))
                .hasMessage("grad_explosion.loss_share must be > 0, got NaN");
    }

    private static Incident only(Rehearsal run) {
        assertThat(run.opened()).hasSize(1);
        return run.opened().get(0);
    }
}
