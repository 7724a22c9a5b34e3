package io.foreshock.detect.likelihooddisplacement;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Verdict;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * DPO at beta 0.1: chosen answers of -200 nats that drift by so many nats in 600 rows, rejected ones that fall by 20 more;
 * batches of eight differ by 14 nats in how likely their answers are.
 */
class LikelihoodDisplacementTest {
    private static final double BETA = 0.1;
    private final Play play = Play.judgedBy("likelihood_displacement");
    private final Random random = new Random(2);

    private enum Log {
        ALL,
        REWARDS,
        LIKELIHOODS
    }

    private Play run(double drift, double noise, Log log) {
        for (int i = 0; i < 600; i++) {
            play.add(row(i, drift, noise, log));
        }
        return play.end();
    }

    private StepSample.Builder row(int i, double drift, double noise, Log log) {
        double learned = 1 - Math.exp(-i / 150.0);
        double chosen = learned * (drift + 5 * random.nextGaussian() / Math.sqrt(8));
        double rejected = chosen - learned * (20 + 5 * random.nextGaussian() / Math.sqrt(8));
        double batch = noise * random.nextGaussian();
        StepSample.Builder sample = at(i).metric("loss", 0.69 - 0.3 * learned);
        if (log != Log.REWARDS) {
            sample.metric("logps_chosen", -200 + chosen + batch).metric("logps_rejected", -230 + rejected + batch);
        }
        if (log != Log.LIKELIHOODS) {
            sample.metric("rewards_chosen", BETA * chosen)
                    .metric("rewards_rejected", BETA * rejected)
                    .metric("rewards_margin", BETA * (chosen - rejected));
        }
        return sample;
    }

    @Test
    void withoutEitherItIsNotEvaluable() {
        for (int i = 0; i < 50; i++) {
            play.add(at(i).metric("loss", 0.6).metric("rewards_accuracy", 0.7));
        }

        assertThat(play.end().told).isEmpty();
        assertThat(play.verdicts).containsEntry("likelihood_displacement", Verdict.NOT_EVALUABLE);
    }

    @Test
    void chosenAnswersThatFallWithTheRejectedOnesAreFound() {
        run(-40, 2, Log.ALL);

        // They have lost 5 % of 200 nats at step 43.
        assertThat(play.only().detectedStep()).isBetween(40L, 75L);
        assertThat(play.only().series()).isEqualTo("logps_chosen");
        assertThat(play.only().summary()).contains("become less likely").contains("margin gained");
    }

    @Test
    void rewardsAloneAreEnough() {
        run(-40, 2, Log.REWARDS);

        assertThat(play.only().detectedStep()).isBetween(25L, 60L);
        assertThat(play.only().series()).isEqualTo("rewards_chosen");
    }

    @Test
    void likelihoodsAloneAreFoundAtTwiceTheFall() {
        run(-40, 2, Log.LIKELIHOODS);

        assertThat(play.only().detectedStep()).isBetween(95L, 140L);
        assertThat(play.only().threshold()).isBetween(-225.0, -217.0);
    }

    @Test
    void marginThatGrowsByTheRejectedAnswersAloneStaysQuiet() {
        assertThat(run(0, 14, Log.ALL).told).isEmpty();
    }

    @Test
    void batchesThatDifferInLikelihoodStayQuietWithoutRewards() {
        assertThat(run(0, 14, Log.LIKELIHOODS).told).isEmpty();
    }

    @Test
    void slipOfAFewNatsStaysQuiet() {
        assertThat(run(-4, 2, Log.ALL).told).isEmpty();
    }

    @Test
    void supervisedTermThatLiftsTheChosenAnswersStaysQuiet() {
        assertThat(run(10, 2, Log.ALL).told).isEmpty();
    }

    @Test
    void slowRateStaysQuiet() {
        for (int i = 0; i < 600; i++) {
            play.add(
                    row(i / 30, -10, 14, Log.ALL).build().step() == 0
                            ? row(0, 0, 14, Log.ALL)
                            : at(i).metric("rewards_chosen", -1e-5 * i)
                                    .metric("rewards_margin", 1e-4 * i)
                                    .metric("logps_chosen", -200 + 14 * random.nextGaussian()));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void rewardsWithoutAReferenceAreMeasuredFromWhereTheyBegin() {
        // SimPO and CPO log beta times the log-probability itself.
        for (int i = 0; i < 600; i++) {
            double noise = 0.05 * random.nextGaussian();
            play.add(at(i).metric("rewards_chosen", -2 + noise).metric("rewards_margin", 0.5 + 0.002 * i + noise));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void nanAndInfinityEnterNothing() {
        for (int i = 0; i < 600; i++) {
            play.add(
                    i % 9 == 4
                            ? at(i).metric("logps_chosen", Double.NEGATIVE_INFINITY)
                                    .metric("rewards_chosen", Double.NaN)
                            : row(i, 0, 5, Log.ALL));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new LikelihoodDisplacement.Config(0.35, 0.05, 3, 2, 3))
                .hasMessage("likelihood_displacement.rows must be >= 3 rows, got 2");
    }
}
