package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RunMedianTest {
    private final RunMedian median = new RunMedian();

    @Test
    void isNotANumberBeforeTheFirstValue() {
        assertThat(median.median()).isNaN();
    }

    @Test
    void isTheMedianWhileEachValueIsABlock() {
        for (double value : new double[] {5, 1, 4, 2}) {
            median.add(value);
        }

        assertThat(median.median()).isEqualTo(3);
    }

    @Test
    void staysAtTheUsualLevelOfNoise() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            median.add(7 + random.nextGaussian());
        }

        assertThat(median.median()).isEqualTo(7, within(0.05));
        assertThat(median.count()).isEqualTo(10_000);
    }

    @Test
    void neitherTheFirstDescentNorAnExcursionMovesIt() {
        for (int i = 0; i < 1_000; i++) {
            boolean away = i < 200 || (i >= 600 && i < 800);
            median.add(away ? 100 : 1);
        }

        assertThat(median.median()).isEqualTo(1);
    }

    @Test
    void aPowerOfTheStepStaysAtAFixedRatio() {
        for (int i = 1; i <= 1_000; i++) {
            median.add(-Math.log(i));
        }
        double early = median.median() + Math.log(1_000);
        for (int i = 1_001; i <= 100_000; i++) {
            median.add(-Math.log(i));
        }

        assertThat(early).isEqualTo(Math.log(2), within(0.1));
        assertThat(median.median() + Math.log(100_000)).isEqualTo(Math.log(2), within(0.1));
    }

    @Test
    void goesOnAsIfItHadNotBeenWrittenDown() {
        RunMedian restored = new RunMedian();
        for (int i = 0; i < 777; i++) {
            median.add(i % 13);
        }
        Written.andRead(median, restored);
        for (int i = 0; i < 777; i++) {
            median.add(i % 17);
            restored.add(i % 17);
            assertThat(restored.median()).isEqualTo(median.median());
        }
    }

    @Test
    void refusesWhatIsNotFinite() {
        assertThatThrownBy(() -> median.add(Double.NaN)).hasMessage("value must be finite, got NaN");
    }
}
