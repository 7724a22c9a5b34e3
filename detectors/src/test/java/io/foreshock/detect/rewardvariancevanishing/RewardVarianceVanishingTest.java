package io.foreshock.detect.rewardvariancevanishing;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Runs are drawn from a small model of reinforcement learning: prompts with a chance of success each, rewards 0 or 1. */
class RewardVarianceVanishingTest {
    private static final int PROMPTS = 40;
    private static final int BATCH = 16;
    private static final int SAMPLES = 8;
    private final Play play = Play.judgedBy("reward_variance_vanishing");
    private final Random random = new Random(7);
    private final double[] chance = new double[PROMPTS];

    private enum Log {
        ALL,
        WITHOUT_SHARE,
        SHARE_ONLY
    }

    private StepSample.Builder batch(long step, Log log) {
        return batch(step, log, BATCH, 1);
    }

    private StepSample.Builder batch(long step, Log log, int prompts, double paid) {
        double reward = 0;
        double deviation = 0;
        double same = 0;
        for (int i = 0; i < prompts; i++) {
            double p = chance[random.nextInt(PROMPTS)];
            int right = 0;
            for (int k = 0; k < SAMPLES; k++) {
                right += random.nextDouble() < p ? 1 : 0;
            }
            double mean = right / (double) SAMPLES;
            reward += paid * mean / prompts;
            deviation += paid * Math.sqrt(mean * (1 - mean)) / prompts;
            same += right == 0 || right == SAMPLES ? 1.0 / prompts : 0;
        }
        StepSample.Builder sample = at(step).metric("reward_mean", Math.min(reward, paid));
        if (log != Log.SHARE_ONLY) {
            sample.metric("reward_std", deviation);
        }
        if (log != Log.WITHOUT_SHARE) {
            sample.metric("frac_reward_zero_std", same);
        }
        return sample;
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Every prompt is learned, the hard ones later. */
    private void learns(long step) {
        for (int i = 0; i < PROMPTS; i++) {
            chance[i] = logistic((step - 4L * i) / 15.0);
        }
    }

    /** Supervised on the answers beforehand: it knows most of them from the first step on. */
    private void learnsTheRest(long step) {
        for (int i = 0; i < PROMPTS; i++) {
            chance[i] = logistic(2.5 + (step - 2L * i) / 15.0);
        }
    }

    /** The policy becomes sure of itself from step 100 on: right on a third of the prompts, wrong on the others. */
    private void collapses(long step) {
        for (int i = 0; i < PROMPTS; i++) {
            double sure = Math.max(0, (step - 100) / 10.0);
            chance[i] = logistic((i % 3 == 0 ? 1 : -1) * sure);
        }
    }

    private Play run(int steps, int prompts, double paid, Consumer<Long> course) {
        for (long step = 0; step < steps; step++) {
            course.accept(step);
            play.add(batch(step, Log.ALL, prompts, paid));
        }
        return play.end();
    }

    private Play run(int steps, int every, Log log, Consumer<Long> course) {
        for (long step = 0; step < steps; step += every) {
            course.accept(step);
            play.add(batch(step, log));
        }
        return play.end();
    }

    @Test
    void withoutRewardOrSpreadItIsNotEvaluable() {
        for (int i = 0; i < 50; i++) {
            play.add(at(i).metric("reward_mean", 0.5));
        }

        assertThat(play.verdicts).containsEntry("reward_variance_vanishing", Verdict.NOT_EVALUABLE);
    }

    @Test
    void eitherMeasureOfSpreadMakesItEvaluable() {
        play.add(at(0).metric("reward_mean", 0.5).metric("frac_reward_zero_std", 0.1));
        play.add(at(1).metric("reward_mean", 0.5).metric("frac_reward_zero_std", 0.1))
                .end();

        assertThat(play.verdicts).containsEntry("reward_variance_vanishing", Verdict.QUIET);
    }

    @Test
    void solvedTaskStaysQuiet() {
        assertThat(run(1_000, 1, Log.ALL, this::learns).told).isEmpty();
    }

    @Test
    void solvedTaskLoggedEveryFifthStepStaysQuiet() {
        assertThat(run(1_000, 5, Log.ALL, this::learns).told).isEmpty();
    }

    @Test
    void solvedTaskWithFourPromptsABatchStaysQuiet() {
        assertThat(run(1_000, 4, 1, this::learns).told).isEmpty();
    }

    @Test
    void policyThatStartsWellAndIsSolvedStaysQuiet() {
        assertThat(run(1_000, 8, 1, this::learnsTheRest).told).isEmpty();
    }

    @Test
    void policyThatStartsWellStaysQuietWhateverRightAnswersArePaid() {
        assertThat(run(1_000, 8, 5, this::learnsTheRest).told).isEmpty();
    }

    @Test
    void policyThatStartsWellStaysQuietEveryFifthStep() {
        assertThat(run(1_500, 5, Log.ALL, this::learnsTheRest).told).isEmpty();
    }

    @Test
    void collapseIsFoundHoweverManyPromptsABatch() {
        run(400, 1_000, 1, this::collapses);

        assertThat(play.only().detectedStep()).isBetween(120L, 160L);
        assertThat(play.only().summary()).contains("where 0.0 is worst and 1.0 is best");
    }

    @Test
    void collapseIsFoundWhereTheRangeOfTheRewardIsUnknown() {
        run(400, 8, 5, this::collapses);

        assertThat(play.only().detectedStep()).isBetween(120L, 160L);
        assertThat(play.only().summary()).contains("noise from batch to batch");
    }

    @Test
    void runThatStartsSolvedAndVariesStaysQuiet() {
        for (int i = 0; i < 100; i++) {
            play.add(at(i).metric("reward_mean", 0.97 + 0.005 * random.nextGaussian())
                    .metric("reward_std", 0)
                    .metric("frac_reward_zero_std", 1));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void collapseIsFoundSoonAfterTheSpreadIsGone() {
        run(400, 1, Log.ALL, this::collapses);

        // At step 130 a sample differs from its prompt's usual one with a chance of 1 in 20.
        assertThat(play.only().detectedStep()).isBetween(125L, 160L);
        assertThat(play.only().onsetStep()).isBetween(105L, 140L);
        assertThat(play.only().series()).isEqualTo("reward_std");
        assertThat(play.only().summary()).contains("% of its highest").contains("too few prompts are solved");
    }

    @Test
    void collapseIsFoundFromEitherMeasureAlone() {
        assertThat(run(400, 1, Log.WITHOUT_SHARE, this::collapses).opened()).hasSize(1);
        RewardVarianceVanishingTest other = new RewardVarianceVanishingTest();
        other.run(400, 1, Log.SHARE_ONLY, other::collapses);
        assertThat(other.play.only().series()).isEqualTo("frac_reward_zero_std");
    }

    @Test
    void collapseIsFoundInALogOfEveryFifthStep() {
        run(600, 5, Log.ALL, this::collapses);

        assertThat(play.only().detectedStep()).isLessThan(300);
    }

    @Test
    void policyThatNeverSolvesAPromptIsFoundAtStep19() {
        for (int i = 0; i < 100; i++) {
            play.add(at(i).metric("reward_mean", 0).metric("reward_std", 0).metric("frac_reward_zero_std", 1));
        }
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(19);
        assertThat(play.only().onsetStep()).isZero();
        assertThat(play.only().severity()).isEqualTo(Severity.CRITICAL);
        assertThat(play.only().summary()).contains("never did");
    }

    @Test
    void runThatStartsSolvedStaysQuiet() {
        for (int i = 0; i < 100; i++) {
            play.add(at(i).metric("reward_mean", 1).metric("reward_std", 0).metric("frac_reward_zero_std", 1));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void goldRewardThatRisesWithTheProxyAllowsAnythingToVanish() {
        for (long step = 0; step < 600; step++) {
            double level = 3 * logistic((step - 150) / 40.0);
            double noise = 0.5 * random.nextGaussian();
            play.add(at(step).metric("reward_mean", level + noise)
                    .metric("gold_reward_mean", level + 0.3 * random.nextGaussian())
                    .metric("reward_std", 0.5 * logistic((250 - step) / 20.0))
                    .metric("frac_reward_zero_std", logistic((step - 250) / 20.0)));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void rewardThatFallsAsTheSpreadVanishesIsFound() {
        for (long step = 0; step < 600; step++) {
            double reward = step < 300 ? 0.9 * logistic((step - 80) / 20.0) : 0.2;
            play.add(at(step).metric("reward_mean", reward + 0.01 * random.nextGaussian())
                    .metric("reward_std", step < 300 ? 0.3 : 0.0));
        }
        play.end();

        assertThat(play.only().detectedStep()).isBetween(310L, 345L);
    }

    @Test
    void noiseOnTheRewardStaysQuiet() {
        for (long step = 0; step < 600; step++) {
            play.add(at(step).metric("reward_mean", logistic((step - 150) / 40.0) + 0.05 * random.nextGaussian())
                    .metric("reward_std", 0.3 + 0.03 * random.nextGaussian())
                    .metric("frac_reward_zero_std", 0));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void nanAndInfinityLeaveTheMeansAlone() {
        for (long step = 0; step < 1_000; step++) {
            learns(step);
            if (step % 11 == 5) {
                play.add(at(step).metric("reward_mean", Double.NaN).metric("reward_std", Double.POSITIVE_INFINITY));
            } else {
                play.add(batch(step, Log.WITHOUT_SHARE));
            }
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void restoredHalfWayItSaysTheSame() {
        run(125, 1, Log.ALL, this::collapses);
        play.restart();
        for (long step = 125; step < 400; step++) {
            collapses(step);
            play.add(batch(step, Log.ALL));
        }
        RewardVarianceVanishingTest other = new RewardVarianceVanishingTest();
        other.run(125, 1, Log.ALL, other::collapses);
        for (long step = 125; step < 400; step++) {
            other.collapses(step);
            other.play.add(other.batch(step, Log.ALL));
        }

        assertThat(play.told).isEqualTo(other.play.told).isNotEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new RewardVarianceVanishing.Config(0, 1, 1.82, 0.3, 0.98, 4))
                .hasMessage("reward_variance_vanishing.solved must be between 0 and 1, got 1.82");
        assertThatThrownBy(() -> new RewardVarianceVanishing.Config(0, 1, 0.82, 0.3, 0.98, 0))
                .hasMessage("reward_variance_vanishing.hot_rows must be >= 1 row, got 0");
        assertThatThrownBy(() -> new RewardVarianceVanishing.Config(1, 1, 0.82, 0.3, 0.98, 4))
                .hasMessage("reward_variance_vanishing.best must be a finite reward > worst (1.0), got 1.0");
    }
}
