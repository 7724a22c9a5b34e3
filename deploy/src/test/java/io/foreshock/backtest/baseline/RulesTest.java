package io.foreshock.backtest.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Each rule on a series that it was made for: the values at which it fires are exact. */
class RulesTest {
    /** Indexes at which the rule fires, over a series of this length. */
    private static List<Integer> fires(Rule rule, int length, IntToDoubleFunction series) {
        List<Integer> at = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            if (rule.fires(series.applyAsDouble(i))) {
                at.add(i);
            }
        }
        return at;
    }

    /** 1 and 1.02 in turn: mean 1.01, deviation 0.01. */
    private static double calm(int i) {
        return i % 2 == 0 ? 1 : 1.02;
    }

    @Test
    void lightningFiresAtThreeTimesTheMeanAndForgetsWhatItFiredAt() {
        assertThat(fires(Rules.lightning(), 40, i -> i == 20 || i == 21 ? 3.1 : i == 30 ? 2.9 : calm(i)))
                .containsExactly(20, 21);
        assertThat(fires(Rules.lightning(), 3, i -> i == 1 ? Double.NaN : 1)).containsExactly(1);
    }

    @Test
    void killLossSpikeWaitsForFiveInARow() {
        assertThat(fires(Rules.killLossSpike(), 200, i -> i >= 150 && i < 156 ? 2.5 : calm(i)))
                .containsExactly(154, 155);
        assertThat(fires(Rules.killLossSpike(), 200, i -> i >= 150 && i < 154 ? 2.5 : calm(i)))
                .isEmpty();
    }

    @Test
    void killLossSpikeNoticesALossThatStaysAboveWhereItBegan() {
        assertThat(fires(Rules.killLossSpike(), 300, i -> i < 200 ? calm(i) : 1.5))
                .first()
                .isEqualTo(250);
    }

    @Test
    void cusumAddsUpASmallShift() {
        // Each value is 2.3 robust deviations up: 1.3 beyond the slack, so the fifth reaches 6.
        assertThat(fires(Rules.cusum(), 110, i -> i < 100 ? 0.99 + i % 3 * 0.01 : 1 + 2.3 * 1.4826 * 0.01))
                .first()
                .isEqualTo(104);
    }

    @Test
    void percentileFiresAboveTheTopOfItsWindow() {
        assertThat(fires(Rules.percentile(), 100, i -> i == 60 ? 1.5 : calm(i))).containsExactly(60);
    }

    @Test
    void durableCrossingWantsThreeInARow() {
        assertThat(fires(Rules.durableCrossing(), 100, i -> i >= 50 && i < 54 ? 2 : i == 70 ? 2 : calm(i)))
                .containsExactly(52, 53);
    }

    @Test
    void zclipTakesTheSpikeInClipped() {
        assertThat(fires(Rules.zclip(), 60, i -> i == 40 ? 5 : calm(i))).containsExactly(40);
    }

    @Test
    void megatronFiresAtTenTimesTheFirstHundred() {
        assertThat(fires(Rules.megatron(), 200, i -> i == 50 || i == 150 ? 10.3 : i == 160 ? 102 : 1))
                .as("the spike at 50 is part of what it compares with")
                .isEmpty();
        assertThat(fires(Rules.megatron(), 200, i -> i == 150 ? 10.3 : 1)).containsExactly(150);
    }

    @Test
    void sigmasWaitForTheirWindow() {
        assertThat(fires(Rules.sigmas(128, 128, 6, 0, false), 300, i -> i == 100 || i == 200 ? 1.5 : calm(i)))
                .containsExactly(200);
    }

    @Test
    void sigmasWithTheValueInsideAreBounded() {
        assertThat(fires(Rules.sigmas(128, 128, 11.3, 0, true), 300, i -> i == 200 ? 1e9 : calm(i)))
                .as("(N-1)/sqrt(N) = 11.2 for N = 128")
                .isEmpty();
    }

    @Test
    void delayedMeanComparesWithLongAgo() {
        assertThat(fires(Rules.delayedMean(), 1200, i -> i == 300 || i == 1100 ? 8 : 1))
                .containsExactly(1100);
    }

    @Test
    void stabilityGuardFiresAtTenTimesItsMean() {
        assertThat(fires(Rules.stabilityGuard(), 50, i -> i == 5 || i == 30 ? 20 : 1))
                .containsExactly(30);
    }

    @Test
    void pytscopeLooksAtTwelve() {
        assertThat(fires(Rules.pytscope(), 30, i -> i == 20 ? 1.2 : calm(i))).containsExactly(20);
        assertThat(fires(Rules.pytscope(), 30, i -> i == 20 ? 1.6 : 1)).containsExactly(20);
    }

    @Test
    void notDecreasingLooksEveryTenRows() {
        assertThat(fires(Rules.notDecreasing(), 41, i -> i < 20 ? 5 - 0.1 * i : 3.5))
                .containsExactly(30, 40);
    }

    @Test
    void stalledAfterHalfAnHour() {
        assertThat(fires(Rules.stalled(), 4, i -> i == 3 ? 2_000_000 : 1_000 * i))
                .containsExactly(3);
    }

    @Test
    void aboveCountsInARowAfterItsWarmUp() {
        assertThat(fires(Rules.above(0.85, 3, 30), 50, i -> i < 20 || i > 40 ? 0.9 : 0.5))
                .containsExactly(43, 44, 45, 46, 47, 48, 49);
    }
}
