package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MedianWindowTest {

    @Test
    void knowsNothingWhileEmpty() {
        MedianWindow window = new MedianWindow(5);

        assertThat(window.size()).isZero();
        assertThat(window.median()).isNaN();
        assertThat(window.medianDistance(0)).isNaN();
    }

    @Test
    void oneValueIsItsOwnMedian() {
        MedianWindow window = new MedianWindow(5);
        window.add(-3);

        assertThat(window.median()).isEqualTo(-3);
        assertThat(window.medianDistance(1)).isEqualTo(4);
    }

    @Test
    void twoHugeValuesDoNotOverflow() {
        MedianWindow window = new MedianWindow(2);
        window.add(Double.MAX_VALUE);
        window.add(Double.MAX_VALUE);

        assertThat(window.median()).isEqualTo(Double.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 20, 32})
    void agreesWithSortingEverythingEachTime(int length) {
        MedianWindow window = new MedianWindow(length);
        List<Double> all = new ArrayList<>();
        Random random = new Random(length);
        for (int i = 0; i < 500; i++) {
            // Rounded, so that values repeat.
            double value = Math.round(10 * random.nextGaussian()) / 4.0;
            window.add(value);
            all.add(value);
            double centre = random.nextGaussian();
            assertThat(window.median()).isEqualTo(median(newest(all, length)));
            assertThat(window.smallest(window.size() - 1)).isEqualTo(Collections.max(newest(all, length)));
            assertThat(window.medianDistance(centre))
                    .isCloseTo(
                            median(newest(all, length).stream()
                                    .map(one -> Math.abs(one - centre))
                                    .toList()),
                            within(1e-12));
        }
    }

    @Test
    void goesOnAsIfItHadNotBeenWrittenDown() {
        MedianWindow window = new MedianWindow(7);
        Random random = new Random(7);
        for (int i = 0; i < 10; i++) {
            window.add(random.nextDouble());
        }
        MedianWindow restored = Written.andRead(window, new MedianWindow(7));
        for (int i = 0; i < 20; i++) {
            double value = random.nextDouble();
            window.add(value);
            restored.add(value);
            assertThat(restored.median()).isEqualTo(window.median());
        }
    }

    @Test
    void startsAfreshWhenCleared() {
        MedianWindow window = new MedianWindow(3);
        window.add(1);
        window.add(2);
        window.clear();
        window.add(9);

        assertThat(window.size()).isEqualTo(1);
        assertThat(window.median()).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void refusesWhatIsNotFinite(double value) {
        assertThatThrownBy(() -> new MedianWindow(3).add(value)).hasMessage("value must be finite, got " + value);
    }

    @Test
    void refusesALengthWithoutAMiddle() {
        assertThatThrownBy(() -> new MedianWindow(1)).hasMessage("length must be >= 2 values, got 1");
    }

    private static List<Double> newest(List<Double> all, int count) {
        return all.subList(Math.max(0, all.size() - count), all.size());
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : sorted.get(half - 1) / 2 + sorted.get(half) / 2;
    }
}
