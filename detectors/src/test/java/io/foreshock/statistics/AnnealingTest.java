package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AnnealingTest {
    /** The sums of the paper, term by term, for λ = 0.999: the slow reference. */
    @Test
    void countsAsThePaperDoes() {
        Annealing annealing = new Annealing();
        double s1 = 0;
        double momentum = 0;
        double s2 = 0;
        double before = 1;
        for (int i = 0; i < 3_000; i++) {
            double rate = i < 1_000 ? 1 : 1 - (i - 1_000) / 2_500.0;
            s1 += rate;
            momentum = 0.999 * momentum + (before - rate);
            s2 += momentum;
            before = rate;
            annealing.advance(i, rate);
        }
        assertThat(annealing.s1()).isCloseTo(s1, within(1e-9));
        assertThat(annealing.annealed(1)).isCloseTo(s2 * 0.001, within(1e-9));
    }

    @Test
    void aSparseLogGivesTheSame() {
        Annealing dense = new Annealing();
        Annealing sparse = new Annealing();
        for (int i = 0; i <= 3_000; i++) {
            double rate = i <= 1_000 ? 1 : 1 - (i - 1_000) / 2_500.0;
            dense.advance(i, rate);
            if (i % 100 == 0) {
                sparse.advance(i, rate);
            }
        }
        assertThat(sparse.s1()).isCloseTo(dense.s1(), within(1e-6 * dense.s1()));
        for (int k = 0; k < 3; k++) {
            assertThat(sparse.annealed(k)).isCloseTo(dense.annealed(k), within(1e-6));
        }
    }

    @Test
    void aSlowDecayToZeroIsWorthOne() {
        Annealing annealing = new Annealing();
        for (int i = 0; i <= 100_000; i++) {
            annealing.advance(i, 3e-4 * (1 - i / 100_000.0));
        }
        for (int k = 0; k < 2; k++) {
            assertThat(annealing.annealed(k)).isCloseTo(1, within(0.02));
        }
    }
}
