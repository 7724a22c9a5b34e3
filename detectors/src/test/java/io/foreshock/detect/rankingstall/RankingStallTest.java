package io.foreshock.detect.rankingstall;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Verdict;
import io.foreshock.judge.Play;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Preference tuning with batches of so many pairs and a rate that has warmed up after 40 rows. */
class RankingStallTest {
    private final Play play = Play.judgedBy("ranking_stall");
    private final Random random = new Random(8);

    private Play run(int rows, int pairs, IntToDoubleFunction chance, IntToDoubleFunction rate) {
        for (int i = 0; i < rows; i++) {
            int right = 0;
            for (int pair = 0; pair < pairs; pair++) {
                right += i > 0 && random.nextDouble() < chance.applyAsDouble(i) ? 1 : 0;
            }
            play.add(at(i).metric("rewards_accuracy", right / (double) pairs).metric("lr", rate.applyAsDouble(i)));
        }
        return play.end();
    }

    private static double warmsUp(int row) {
        return 5e-7 * Math.min(1, (row + 1) / 40.0);
    }

    @Test
    void swappedLabelsAreFoundTwoHundredRowsAfterTheWarmUp() {
        run(450, 16, row -> 0.51, RankingStallTest::warmsUp);

        assertThat(play.only().detectedStep()).isEqualTo(238);
        assertThat(play.only().onsetStep()).isZero();
        assertThat(play.only().summary()).contains("hardly preferred");
    }

    @Test
    void beforeTheRateHasComeToRestItIsNotEvaluable() {
        run(400, 16, row -> 0.5, row -> 1e-9 * (row + 1));

        assertThat(play.told).isEmpty();
        assertThat(play.verdicts).containsEntry("ranking_stall", Verdict.NOT_EVALUABLE);
    }

    @Test
    void withoutARateItWaitsHalfAsLongAgain() {
        for (int i = 0; i < 400; i++) {
            play.add(at(i).metric("rewards_accuracy", 0.5 + 0.05 * random.nextGaussian()));
        }
        play.end();

        assertThat(play.only().detectedStep()).isBetween(300L, 340L);
    }

    @Test
    void fallFromItsBestIsFound() {
        run(600, 16, row -> row < 250 ? 0.8 : 0.5, RankingStallTest::warmsUp);

        assertThat(play.only().detectedStep()).isBetween(270L, 320L);
        assertThat(play.only().summary()).contains("no longer preferred");
    }

    @Test
    void oneSwappedLabelInFiveStaysQuiet() {
        assertThat(run(600, 16, row -> 0.5 + 0.28 * Math.min(1, row / 60.0), RankingStallTest::warmsUp).told)
                .isEmpty();
    }

    @Test
    void slowLearnerStaysQuiet() {
        assertThat(run(800, 8, row -> 0.7 - 0.2 * Math.exp(-row / 300.0), RankingStallTest::warmsUp).told)
                .isEmpty();
    }

    @Test
    void batchesOfTwoPairsStayQuiet() {
        assertThat(run(800, 2, row -> 0.68, RankingStallTest::warmsUp).told).isEmpty();
    }

    @Test
    void firstRowWhoseMarginsAreAllZeroDoesNotCount() {
        assertThat(run(300, 16, row -> 0.75, RankingStallTest::warmsUp).told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new RankingStall.Config(0.4, 0.2, 200))
                .hasMessage("ranking_stall.near_chance must be between 0.5 and 1, got 0.4");
    }
}
