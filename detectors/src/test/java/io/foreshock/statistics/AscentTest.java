package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class AscentTest {
    private final Ascent ascent = new Ascent();
    private final Random random = new Random(5);

    /** Rows whose quantity follows the course, with ten per cent of noise. */
    private AscentTest follow(int from, int to, int stride, DoubleUnaryOperator course) {
        for (int row = from; row < to; row++) {
            ascent.add((long) row * stride, Math.log(course.applyAsDouble(row)) + 0.1 * random.nextGaussian());
        }
        return this;
    }

    @Test
    void nothingSeenIsNotSure() {
        assertThat(ascent.sure()).isFalse();
        assertThat(ascent.rise()).isZero();
        assertThat(ascent.steepness()).isZero();
        assertThat(ascent.near(1)).isFalse();
        assertThat(ascent.forecast("x", 2, Math.log(2))).isNull();
    }

    @Test
    void powerLawIsAsSteepAsItsExponentWhateverTheCadence() {
        for (int stride : new int[] {1, 50}) {
            AscentTest fresh = new AscentTest().follow(0, 2_000, stride, row -> Math.pow(1 + row, 2));

            assertThat(fresh.ascent.steepness()).as("stride %d", stride).isBetween(1.5, 2.5);
        }
    }

    @Test
    void exponentialGrowthBecomesSteeperWithAge() {
        follow(0, 200, 1, row -> Math.exp(0.02 * row));
        double young = ascent.steepness();
        follow(200, 400, 1, row -> Math.exp(0.02 * row));

        assertThat(ascent.sure()).isTrue();
        assertThat(young).isBetween(2.5, 4.5);
        assertThat(ascent.steepness()).isBetween(6.0, 9.0);
        assertThat(ascent.doubling()).isBetween(30L, 42L);
        assertThat(ascent.rise()).isCloseTo(0.02 * 360, within(0.5));
    }

    @Test
    void noiseIsSeldomSure() {
        int sure = 0;
        for (int row = 0; row < 10_000; row++) {
            ascent.add(row, random.nextGaussian());
            sure += ascent.sure() ? 1 : 0;
        }

        assertThat(sure).isLessThan(20);
    }

    @Test
    void shockAtRestIsSoonForgotten() {
        follow(0, 300, 1, row -> 5);
        follow(300, 340, 1, row -> 50);
        assertThat(ascent.rise()).isGreaterThan(2);
        int sure = 0;
        for (int row = 340; row < 600; row++) {
            follow(row, row + 1, 1, at -> 50);
            sure += ascent.sure() ? 1 : 0;
        }

        assertThat(sure).isLessThan(10);
    }

    @Test
    void forecastHoldsTheTruth() {
        follow(0, 300, 10, row -> Math.exp(0.02 * row));

        // exp(8) at row 400, step 4,000.
        Forecast forecast = ascent.forecast("x", Math.exp(8), 8);
        assertThat(forecast).isNotNull();
        assertThat(forecast.low()).isLessThan(4_000);
        assertThat(forecast.high()).isGreaterThan(4_000);
        assertThat(ascent.near(8)).isTrue();
        assertThat(ascent.near(12)).isFalse();
        assertThat(ascent.forecast("x", 1, 0)).as("passed already").isNull();
    }

    @Test
    void goesOnAsIfItHadNotBeenWrittenDown() {
        follow(0, 90, 1, row -> 1 + row);
        Ascent read = Written.andRead(ascent, new Ascent());
        read.add(90, 5);
        ascent.add(90, 5);

        assertThat(read.level()).isEqualTo(ascent.level());
        assertThat(read.steepness()).isEqualTo(ascent.steepness());
        assertThat(read.rise()).isEqualTo(ascent.rise());
    }
}
