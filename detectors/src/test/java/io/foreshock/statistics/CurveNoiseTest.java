package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CurveNoiseTest {
    private final CurveNoise noise = new CurveNoise();
    private final Random random = new Random(3);

    @Test
    void fewerThanFourValuesSayNothing() {
        for (double value : new double[] {1, 2, 4}) {
            noise.add(value);
            assertThat(noise.deviation()).isInfinite();
        }
        noise.add(4);
        assertThat(noise.deviation()).isFinite();
    }

    @Test
    void whatNeverMovedSaysNothing() {
        for (int i = 0; i < 50; i++) {
            noise.add(0.5);
        }

        assertThat(noise.deviation()).isInfinite();
    }

    @Test
    void itIsThatOfTheValuesHoweverSteepTheirTrend() {
        double sum = 0;
        for (int i = 0; i < 10_000; i++) {
            noise.add(0.1 * random.nextGaussian() - 3 * i);
            sum += i >= 100 ? noise.deviation() / 9_900 : 0;
        }

        // Widened by a fifth, its own standard error.
        assertThat(sum).isCloseTo(0.12, within(0.01));
    }

    @Test
    void aJumpLeavesItAlone() {
        for (int i = 0; i < 60; i++) {
            noise.add(0.1 * random.nextGaussian());
        }
        double calm = noise.deviation();
        noise.add(100);

        assertThat(noise.deviation()).isCloseTo(calm, within(0.05));
    }

    @Test
    void itIsNeverFinerThanTheSmallestStep() {
        for (int i = 0; i < 60; i++) {
            noise.add(i % 20 == 0 ? 0.52 : 0.5);
        }

        assertThat(noise.deviation()).isCloseTo(0.02, within(1e-9));
    }

    @Test
    void theLuckOfTheBestIsThatOfNormalValues() {
        for (int looks : new int[] {10, 100, 400}) {
            double sum = 0;
            for (int run = 0; run < 2_000; run++) {
                double best = 0;
                for (int i = 0; i < looks; i++) {
                    best = Math.max(best, random.nextGaussian());
                }
                sum += best / 2_000;
            }
            assertThat(CurveNoise.luckOf(looks)).isCloseTo(sum, within(0.2));
            assertThat(CurveNoise.largestOf(looks)).isGreaterThan(sum);
        }
    }

    @Test
    void writtenAndReadItGoesOn() {
        for (int i = 0; i < 40; i++) {
            noise.add(random.nextGaussian());
        }
        CurveNoise read = Written.andRead(noise, new CurveNoise());
        noise.add(7);
        read.add(7);
        noise.add(3);
        read.add(3);

        assertThat(read.deviation()).isEqualTo(noise.deviation());
        assertThat(read.count()).isEqualTo(42);
    }
}
