package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CorrelationTest {
    private final Correlation correlation = new Correlation();

    @Test
    void nothingAndOneValueHaveNone() {
        assertThat(correlation.coefficient()).isZero();
        correlation.add(1, 1);
        assertThat(correlation.coefficient()).isZero();
    }

    @Test
    void aLineIsOneAndItsMirrorMinusOne() {
        Correlation mirror = new Correlation();
        for (int i = 0; i < 50; i++) {
            correlation.add(1e6 + i, 3 * i - 7);
            mirror.add(i, -i);
        }

        assertThat(correlation.coefficient()).isCloseTo(1, within(1e-9));
        assertThat(mirror.coefficient()).isCloseTo(-1, within(1e-9));
    }

    @Test
    void threePointsAsByHand() {
        // Means 2 and 4; products of the distances from them 2 + 0 + 1, squares 1 + 0 + 1 and 4 + 1 + 1.
        correlation.add(1, 2);
        correlation.add(2, 5);
        correlation.add(3, 5);

        assertThat(correlation.coefficient()).isCloseTo(3 / Math.sqrt(2 * 6), within(1e-12));
    }

    @Test
    void aConstantHasNone() {
        correlation.add(1, 2);
        correlation.add(2, 2);

        assertThat(correlation.coefficient()).isZero();
    }
}
