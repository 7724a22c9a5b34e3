package io.foreshock.detect.warmupinstability;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.judge.Play;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class WarmupInstabilityTest {
    private static final double RATE = 3e-3;

    private final Random random = new Random(3);
    private final Play play = Play.judgedBy("warmup_instability");

    private void rows(int rows, IntToDoubleFunction rate, IntToDoubleFunction loss, IntToDoubleFunction gradient) {
        for (int i = 0; i < rows; i++) {
            play.add(at(i).metric("lr", rate.applyAsDouble(i))
                    .metric("loss", loss.applyAsDouble(i) * (1 + 0.02 * random.nextGaussian()))
                    .metric("grad_norm", gradient.applyAsDouble(i) * Math.exp(0.15 * random.nextGaussian())));
        }
        play.end();
    }

    private static double falling(int row) {
        return 2 + 8 / Math.sqrt(1 + row);
    }

    @Test
    void aLossThatRisesAboveItsFirstAtFullRateAlarms() {
        rows(100, row -> RATE, row -> row < 4 ? 5 : 7, row -> 1);

        assertThat(play.only().severity()).isEqualTo(Severity.WARNING);
        assertThat(play.only().onsetStep()).isBetween(5L, 8L);
        assertThat(play.only().summary()).endsWith("at a learning rate of 0.00300 that was not warmed up");
    }

    @Test
    void aGradientManyTimesItsFirstAlarmsToo() {
        rows(400, row -> RATE, row -> 9, row -> row < 200 ? 1 : 20);

        assertThat(play.only().onsetStep()).isBetween(200L, 205L);
        assertThat(play.only().series()).isEqualTo("grad_norm");
    }

    @Test
    void withoutTroubleAMissingWarmUpIsNone() {
        rows(3_000, row -> RATE, WarmupInstabilityTest::falling, row -> 1);
        assertThat(play.told).isEmpty();
    }

    @Test
    void troubleAfterTheLossWasLearnedWellIsNotForWantOfOne() {
        rows(400, row -> RATE, row -> row < 200 ? falling(row) : 12, row -> row < 200 ? 1 : 20);
        assertThat(play.told).isEmpty();
    }

    @Test
    void troubleAfterAWarmUpIsNotForWantOfOne() {
        rows(400, row -> RATE * Math.min(1, (row + 1) / 50.0), row -> row < 4 ? 5 : 9, row -> row < 50 ? 1 : 30);
        assertThat(play.told).isEmpty();
    }

    @Test
    void troubleAfterTheFirstStepsIsNotItsOwn() {
        rows(3_000, row -> RATE, row -> row < 2_100 ? falling(row) : 30, row -> 1);
        assertThat(play.told).isEmpty();
    }

    @Test
    void fineTuningFromALowLossMayWanderAboveItsFirst() {
        rows(500, row -> RATE, row -> 0.3 + 0.03 * Math.sin(row / 9.0), row -> 1);
        assertThat(play.told).isEmpty();
    }

    @Test
    void aLogThatBeginsInTheMidstIsNotJudged() {
        for (int i = 0; i < 200; i++) {
            play.add(at(500 + i).metric("lr", RATE).metric("loss", i < 50 ? 2 : 9));
        }
        assertThat(play.end().told).isEmpty();
    }

    @Test
    void withoutARateItIsNotEvaluable() {
        play.add(at(0).metric("loss", 3)).add(at(1).metric("loss", 3)).end();
        assertThat(play.verdicts).containsEntry("warmup_instability", Verdict.NOT_EVALUABLE);
    }

    @Test
    void settingsHaveRanges() {
        assertThatThrownBy(() -> new WarmupInstability.Config(0, 1.25, 8))
                .hasMessage("warmup_instability.steps must be > 0 steps, got 0");
    }
}
