package io.foreshock.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {
    @ParameterizedTest
    @CsvSource({
        "1, 1", "-2.5, -2.5", "+3, 3", ".5, 0.5", "5., 5", "3.0E-04, 3e-4", "1e400, Infinity", "' 7 ', 7", "nan, NaN",
        "NAN, NaN", "-nan, NaN", "inf, Infinity", "-INF, -Infinity", "Infinity, Infinity"
    })
    void numbers(String text, Double value) {
        assertThat(Numbers.of(text)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "1d", "0x10", "1_000", "1,000", "e5", "-", ".", "1.2.3", "nano", "info", "tensor(2.5)"})
    void noNumbers(String text) {
        assertThat(Numbers.of(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "12.3%, 12.3", "120.45ms, 120.45", "'5,234  ', 5234", "'1,191.20', 1191.2", "34.01GiB(43.05%), 34.01",
        "7.1 (+0.12z), 7.1", "nanms, NaN", "inf, Infinity", "' 2.3E+00 ', 2.3", "-0.5, -0.5"
    })
    void whatFollowsIsNotLookedAt(String text, Double value) {
        assertThat(Numbers.leading(text)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GiB", "info", "nano", "(12)", "N/A"})
    void noLeadingNumber(String text) {
        assertThat(Numbers.leading(text)).isNull();
    }

    @Test
    void steps() {
        assertThat(Numbers.step(7)).isEqualTo(7);
        assertThat(Numbers.step(1.2e3)).isEqualTo(1200);
        assertThat(Numbers.step(0x1p53)).isEqualTo(1L << 53);
        assertThat(new double[] {-1, 1.5, 0x1p54, Double.NaN, Double.POSITIVE_INFINITY})
                .satisfies(bad -> {
                    for (double step : bad) {
                        assertThat(Numbers.step(step)).isEqualTo(-1);
                    }
                });
    }
}
