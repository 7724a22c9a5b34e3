package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.foreshock.state.Archive;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogTrendTest {
    private static final double TOLERANCE = 1e-9;
    private static final double MEMORY = 20;
    private final LogTrend trend = new LogTrend();

    @Test
    void nothingSeenIsNoGrowthOfUnknownError() {
        assertThat(trend.slope()).isZero();
        assertThat(trend.slopeError()).isInfinite();
        trend.add(MEMORY, 0, 5);
        assertThat(trend.slope()).isZero();
        assertThat(trend.at(17)).isCloseTo(5, within(TOLERANCE));
    }

    @Test
    void pureGrowthIsFoundExactlyWhateverTheStepsBetween() {
        long step = 1_000_000_000_000L;
        for (int i = 0; i < 300; i++) {
            step += 1 + i % 7;
            trend.add(MEMORY, (double) step, 3 * Math.exp(0.01 * (step - 1_000_000_000_000L)));
        }

        assertThat(trend.slope()).isCloseTo(0.01, within(1e-7));
        assertThat(trend.slopeError()).isLessThan(1e-6);
    }

    @Test
    void agreesWithWeightedLeastSquaresFromTheDefinition() {
        Random random = new Random(3);
        double[] y = random.doubles(80, -1, 1).toArray();
        for (int i = 0; i < y.length; i++) {
            trend.add(MEMORY, 5.0 * i, Math.exp(y[i]));
        }
        double w = 0;
        double mx = 0;
        double my = 0;
        for (int i = 0; i < y.length; i++) {
            double weight = Math.exp(-(y.length - 1 - i) / MEMORY);
            w += weight;
            mx += weight * 5 * i;
            my += weight * y[i];
        }
        double xx = 0;
        double xy = 0;
        for (int i = 0; i < y.length; i++) {
            double weight = Math.exp(-(y.length - 1 - i) / MEMORY);
            xx += weight * Math.pow(5 * i - mx / w, 2);
            xy += weight * (5 * i - mx / w) * (y[i] - my / w);
        }

        assertThat(trend.slope()).isCloseTo(xy / xx, within(TOLERANCE));
        assertThat(Math.log(trend.at(100))).isCloseTo(my / w + xy / xx * (100 - mx / w), within(TOLERANCE));
    }

    @Test
    void noiseWithoutGrowthIsSeldomThreeErrorsFromNone() {
        int far = 0;
        for (int seed = 0; seed < 1_000; seed++) {
            Random random = new Random(seed);
            LogTrend noise = new LogTrend();
            for (int i = 0; i < 100; i++) {
                noise.add(MEMORY, i, Math.exp(random.nextGaussian()));
            }
            far += Math.abs(noise.slope()) > 3 * noise.slopeError() ? 1 : 0;
        }

        assertThat(far).isLessThan(40);
    }

    @Test
    void aQuantityThatWandersHasALargerErrorThanOneThatJumpsAbout() {
        Random random = new Random(5);
        LogTrend wandering = new LogTrend();
        double level = 0;
        for (int i = 0; i < 200; i++) {
            level = 0.9 * level + Math.sqrt(1 - 0.81) * random.nextGaussian();
            wandering.add(MEMORY, i, Math.exp(level));
            trend.add(MEMORY, i, Math.exp(random.nextGaussian()));
        }

        assertThat(wandering.slopeError()).isGreaterThan(1.3 * trend.slopeError());
    }

    @Test
    void zeroAndNegativeValuesCountAsTheFloor() {
        for (int i = 0; i < 10; i++) {
            trend.add(MEMORY, i, i % 2 == 0 ? 0 : -3);
        }

        assertThat(trend.slope()).isZero();
        assertThat(trend.at(9)).isCloseTo(LogTrend.FLOOR, within(1e-15));
    }

    @Test
    void writtenDownAndReadBackItGoesOnTheSame() throws IOException {
        LogTrend other = new LogTrend();
        for (int i = 0; i < 50; i++) {
            trend.add(MEMORY, i, 1 + i % 5);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        trend.persist(Archive.writing(new DataOutputStream(bytes)));
        other.persist(Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()))));
        trend.add(MEMORY, 50, 9);
        other.add(MEMORY, 50, 9);

        assertThat(other.slope()).isEqualTo(trend.slope());
        assertThat(other.slopeError()).isEqualTo(trend.slopeError());
        assertThat(other.count()).isEqualTo(51);
    }
}
