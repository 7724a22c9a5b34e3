package io.foreshock.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.telemetry.StepSample;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnsTest {
    @ParameterizedTest
    @CsvSource({
        "[2025-03-01 12:00:03] iteration 1/ 2 |, 1740830403000",
        "'[titan] 2025-03-01 12:00:03,250 - root', 1740830403250",
        "2025-03-01T12:00:03.123456Z, 1740830403123",
        "2025-03-01 12:00:03.5, 1740830403500",
        "[2025-03-01T20:00:03+08:00] iteration, 1740830403000",
        "2025-03-01 07:30:03-0430, 1740830403000",
    })
    void datesWithoutAZoneAreTakenAsUtc(String text, long millis) {
        assertThat(Columns.millis(text)).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "12:00:03", "2025-13-01 12:00:03", "2025-02-30 12:00:03", "1969-01-01 00:00:00", "2101-01-01 00:00:00"})
    void noDates(String text) {
        assertThat(Columns.millis(text)).isEqualTo(StepSample.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "1763870000.123, 1763870000123", "1763870000123, 1763870000123", "12.5, -1", "1e10, -1", "1e15, -1", "9999999999, -1",
        "NaN, -1"
    })
    void secondsAndMilliseconds(double number, long millis) {
        assertThat(Columns.millis(number)).isEqualTo(millis);
    }
}
