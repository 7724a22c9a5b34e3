package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RunningMeanTest {
    private static final double TOLERANCE = 1e-12;
    private final RunningMean mean = new RunningMean();

    @Test
    void startsAsThePlainAverage() {
        assertThat(mean.mean()).isZero();
        assertThat(mean.add(4, 10)).isEqualTo(4);
        assertThat(mean.add(2, 10)).isEqualTo(3);
        assertThat(mean.add(0, 10)).isCloseTo(2, within(TOLERANCE));
    }

    @Test
    void forgetsOnceTheSpanIsFull() {
        for (int i = 0; i < 10; i++) {
            mean.add(1, 10);
        }
        for (int i = 0; i < 20; i++) {
            mean.add(0, 10);
        }

        assertThat(mean.mean()).isCloseTo(Math.pow(0.9, 20), within(TOLERANCE));
        assertThat(mean.count()).isEqualTo(30);
    }

    @Test
    void batchNoiseIsTheDeviationOfNoiseAndBlindToATrend() {
        Random random = new Random(11);
        BatchNoise flat = new BatchNoise();
        BatchNoise rising = new BatchNoise();
        for (int i = 0; i < 4_000; i++) {
            double noise = 0.3 * random.nextGaussian();
            flat.add(noise, 1_000);
            rising.add(noise + 0.02 * i, 1_000);
        }

        assertThat(flat.deviation()).isCloseTo(0.3, within(0.02));
        assertThat(rising.deviation()).isCloseTo(flat.deviation(), within(0.005));
    }

    @Test
    void batchNoiseOfNothingAndOfOneValueIsNone() {
        BatchNoise noise = new BatchNoise();
        assertThat(noise.deviation()).isZero();
        noise.add(7, 60);
        assertThat(noise.deviation()).isZero();
    }
}
