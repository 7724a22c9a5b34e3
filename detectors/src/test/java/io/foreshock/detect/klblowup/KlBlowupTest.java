package io.foreshock.detect.klblowup;

import static io.foreshock.detect.RewardRun.always;
import static io.foreshock.detect.RewardRun.rise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.RewardRun;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.telemetry.Signal;
import org.junit.jupiter.api.Test;

class KlBlowupTest {
    private final RewardRun run = new RewardRun("kl_blowup");

    @Test
    void withoutKlItIsNotEvaluable() {
        run.with(Signal.REWARD_MEAN, always(0.5)).until(50);

        assertThat(run.play.verdicts).containsEntry("kl_blowup", Verdict.NOT_EVALUABLE);
    }

    @Test
    void klPerTokenNeedsTheLength() {
        run.with(Signal.REWARD_MEAN, always(0.5)).with(Signal.KL_TOKEN, always(0.01));
        run.until(50);
        assertThat(run.play.verdicts).containsEntry("kl_blowup", Verdict.NOT_EVALUABLE);

        run.with(Signal.RESPONSE_LENGTH_MEAN, always(200)).until(60);
        assertThat(run.play.verdicts).containsEntry("kl_blowup", Verdict.QUIET);
    }

    @Test
    void klThatRunsWhileGoldDoesNotFollowTheRewardIsFound() {
        run.with(Signal.KL, rise(0, 25, 200, 20))
                .with(Signal.REWARD_MEAN, rise(-0.3, 0.7, 200, 30))
                .with(Signal.GOLD_REWARD_MEAN, rise(-0.3, -0.2, 100, 30))
                .until(500);

        assertThat(run.play.only().detectedStep()).isBetween(150L, 180L);
        assertThat(run.play.only().severity()).isEqualTo(Severity.WARNING);
        assertThat(run.play.only().summary()).contains("nats a response").contains("gold reward went from");
    }

    @Test
    void klPerTokenIsJudgedByTheResponse() {
        run.with(Signal.KL_TOKEN, rise(0, 0.1, 200, 20))
                .with(Signal.RESPONSE_LENGTH_MEAN, always(250))
                .with(Signal.REWARD_MEAN, rise(-0.3, 0.7, 200, 30))
                .with(Signal.GOLD_REWARD_MEAN, rise(-0.3, -0.2, 100, 30))
                .until(500);

        assertThat(run.play.only().detectedStep()).isBetween(150L, 180L);
    }

    @Test
    void jumpOfTheRateThatCostsTheRewardIsFoundWithinTenRows() {
        run.with(Signal.KL, step -> step < 300 ? 7.0 * step / 300 : 14)
                .with(Signal.REWARD_MEAN, step -> step < 300 ? 0.15 + 0.25 * step / 300 : 0.15)
                .until(400);

        assertThat(run.play.only().detectedStep()).isBetween(303L, 310L);
        assertThat(run.play.only().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void klThatBuysNothingMoreOfAnUnknownRewardIsFound() {
        run.noise(0.02)
                .with(Signal.KL, step -> 2 + 0.0006 * step * step)
                .with(Signal.REWARD_MEAN, rise(1.5, 4.1, 30, 10))
                .until(200);

        assertThat(run.play.only().detectedStep()).isBetween(100L, 180L);
    }

    @Test
    void goodRewardModelStaysQuietUpTo24Nats() {
        run.with(Signal.KL, rise(0, 24, 180, 30))
                .with(Signal.REWARD_MEAN, rise(0.15, 1.25, 150, 35))
                .with(Signal.GOLD_REWARD_MEAN, rise(0.15, 1.02, 150, 35))
                .until(800);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void goldOnAScaleOfItsOwnConfirmsAsWell() {
        // A win rate: a quarter of the reward's scale, and of its noise.
        run.goldScale(0.25)
                .with(Signal.KL, rise(0, 24, 180, 30))
                .with(Signal.REWARD_MEAN, rise(0.1, 1.3, 150, 35))
                .with(Signal.GOLD_REWARD_MEAN, rise(0.4, 0.7, 150, 35))
                .until(800);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void penaltyThatHoldsKlAtAStableLevelStaysQuiet() {
        run.with(Signal.KL, rise(0, 9, 100, 25))
                .with(Signal.REWARD_MEAN, rise(-0.3, 0.15, 150, 60))
                .until(900);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void learnerWithoutGoldStaysQuietWhileTheRewardRises() {
        run.with(Signal.KL, rise(0, 13, 300, 80))
                .with(Signal.REWARD_MEAN, rise(0.13, 0.65, 300, 80))
                .until(1_000);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void smallKlMayGrowAsFastAsItLikes() {
        run.with(Signal.KL, step -> 0.001 * Math.exp(step / 40.0))
                .with(Signal.REWARD_MEAN, always(0.2))
                .until(310);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void nanAndInfinityAreNotSeen() {
        run.with(Signal.KL, step -> step % 7 == 3 ? Double.NaN : 0.5)
                .with(Signal.REWARD_MEAN, step -> step % 11 == 5 ? Double.POSITIVE_INFINITY : 0.5)
                .until(300);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new KlBlowup.Config(0, 0.1, 0.3, 4))
                .hasMessage("kl_blowup.level must be > 0 nats a response, got 0.0");
        assertThatThrownBy(() -> new KlBlowup.Config(3, 0.1, 1.3, 4))
                .hasMessage("kl_blowup.kept must be between 0 and 1, got 1.3");
    }
}
