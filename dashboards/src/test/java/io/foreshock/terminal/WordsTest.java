package io.foreshock.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "57.2349, 57.23",
        "-0.00031, -0.00031",
        "0.0000123456, 1.235e-5",
        "1240, '1,240'",
        "123456, '123,500'",
        "12345678, 1.235e7",
        "NaN, NaN",
        "-Infinity, -Infinity",
    })
    void fourDigitsAreEnough(double value, String text) {
        assertThat(Words.number(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "'', 2", "s, 2 s", "nats, 2 nats"})
    void aPureNumberHasNoUnit(String unit, String text) {
        assertThat(Words.number(2, unit)).isEqualTo(text);
    }
}
