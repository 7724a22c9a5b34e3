package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ForecastTest {
    private static final double WAY = Math.log(2);

    @Test
    void aSureAndSteadyPaceHasNoInterval() {
        assertThat(Forecast.ofGrowth("x", 100, 1_000, WAY, WAY / 50, 0, 0))
                .isEqualTo(new Forecast("x", 100, 1_050, 1_050, 1_050));
    }

    @Test
    void aPaceThatDriftsMakesAnIntervalOfEqualFactors() {
        // exp(1.64 x 0.6) = 2.675
        assertThat(Forecast.ofGrowth("x", 100, 1_000, WAY, WAY / 100, 0, 0.6))
                .isEqualTo(new Forecast("x", 100, 1_100, 1_037, 1_268));
    }

    @Test
    void anUnsurePaceMayNeverArrive() {
        Forecast forecast = Forecast.ofGrowth("x", 100, 1_000, WAY, WAY / 100, WAY / 120, 0);

        assertThat(forecast.high()).isEqualTo(Long.MAX_VALUE);
        assertThat(forecast.low()).isBetween(1_000L, 1_100L);
    }

    @Test
    void nextToNoPaceDoesNotOverflow() {
        Forecast forecast = Forecast.ofGrowth("x", 100, 1_000, WAY, 1e-300, 0, 0.6);

        assertThat(forecast.step()).isEqualTo(1_000_000_001_000L);
        assertThat(forecast.high()).isEqualTo(Long.MAX_VALUE);
    }
}
