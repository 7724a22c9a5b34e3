package io.foreshock.board;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepRateTest {
    private final StepRate rate = new StepRate();

    @Test
    void oneRowSaysNothing() {
        assertThat(rate.perSecond()).isNaN();
        rate.add(1, 1_000);
        assertThat(rate.perSecond()).isNaN();
        assertThat(rate.gap()).isZero();
    }

    @Test
    void stepsNotRowsAreCounted() {
        rate.add(0, 0);
        rate.add(50, 10_000);
        rate.add(100, 20_000);
        assertThat(rate.perSecond()).isEqualTo(5);
        assertThat(rate.gap()).isEqualTo(10_000);
    }

    @Test
    void itFollowsTheLastRows() {
        for (int i = 0; i < 100; i++) {
            rate.add(i, 1_000L * i);
        }
        for (int i = 1; i <= 31; i++) {
            rate.add(99 + i, 99_000 + 500L * i);
        }
        assertThat(rate.perSecond()).isEqualTo(2);
        assertThat(rate.gap()).isEqualTo(500);
    }

    @Test
    void aResumeOrAClockThatGoesBackBeginsAnew() {
        rate.add(100, 1_000);
        rate.add(101, 2_000);
        rate.add(50, 10_000);
        assertThat(rate.perSecond()).isNaN();
        rate.add(51, 10_500);
        assertThat(rate.perSecond()).isEqualTo(2);
        rate.add(52, 9_000);
        assertThat(rate.perSecond()).isNaN();
        rate.add(53, -1);
        assertThat(rate.perSecond()).as("without a time").isNaN();
    }
}
