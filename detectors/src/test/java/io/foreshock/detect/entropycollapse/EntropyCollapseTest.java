package io.foreshock.detect.entropycollapse;

import static io.foreshock.detect.RewardRun.always;
import static io.foreshock.detect.RewardRun.rise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.RewardRun;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.telemetry.Signal;
import org.junit.jupiter.api.Test;

class EntropyCollapseTest {
    private final RewardRun run = new RewardRun("entropy_collapse");

    @Test
    void withoutEntropyItIsNotEvaluable() {
        run.with(Signal.REWARD_MEAN, always(0.5)).until(50);

        assertThat(run.play.verdicts).containsEntry("entropy_collapse", Verdict.NOT_EVALUABLE);
    }

    @Test
    void entropySpentForAFewRightAnswersIsFound() {
        run.with(Signal.ENTROPY, rise(2.5, 0.02, 80, 15))
                .with(Signal.REWARD_MEAN, rise(0.13, 0.4, 80, 20))
                .with(Signal.REWARD_STD, rise(0.12, 0.003, 80, 20))
                .until(400);

        assertThat(run.play.only().detectedStep()).isBetween(95L, 115L);
        assertThat(run.play.only().onsetStep()).isBetween(60L, 90L);
        assertThat(run.play.only().summary()).contains("where 0.0 is worst and 1.0 is best");
        assertThat(run.play.last().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void entropySpentIsFoundWithoutAnySpreadInTheLog() {
        run.with(Signal.ENTROPY, rise(2.5, 0.02, 80, 15))
                .with(Signal.REWARD_MEAN, rise(0.13, 0.3, 80, 20))
                .until(400);

        assertThat(run.play.only().detectedStep()).isBetween(95L, 125L);
    }

    @Test
    void everyFifthStepFindsItToo() {
        run.every(5)
                .with(Signal.ENTROPY, rise(2.5, 0.02, 80, 15))
                .with(Signal.REWARD_MEAN, rise(0.13, 0.4, 80, 20))
                .with(Signal.REWARD_STD, rise(0.12, 0.003, 80, 20))
                .until(800);

        assertThat(run.play.only().detectedStep()).isBetween(95L, 160L);
    }

    @Test
    void entropyOfAPolicyThatGoldRefutesIsFoundAtHalf() {
        run.with(Signal.ENTROPY, rise(2.7, 0.5, 300, 40))
                .with(Signal.REWARD_MEAN, rise(-0.4, 0.7, 250, 50))
                .with(Signal.GOLD_REWARD_MEAN, rise(-0.4, -1.4, 280, 50))
                .until(700);

        assertThat(run.play.only().detectedStep()).isBetween(300L, 345L);
        assertThat(run.play.only().summary()).contains("gold reward went from");
    }

    @Test
    void batchesOfAnUnknownRewardThatDifferTell() {
        run.noise(6)
                .with(Signal.ENTROPY, rise(2, 0.05, 60, 10))
                .with(Signal.REWARD_MEAN, rise(-378, -348, 60, 15))
                .with(Signal.REWARD_STD, rise(20, 0.2, 60, 12))
                .until(300);

        assertThat(run.play.only().detectedStep()).isBetween(80L, 160L);
        assertThat(run.play.only().summary()).contains("noise from batch to batch");
    }

    @Test
    void explosionIsFound() {
        run.with(Signal.ENTROPY, rise(0.6, 2.07, 50, 8))
                .with(Signal.REWARD_MEAN, rise(0.77, 0.03, 50, 8))
                .until(300);

        assertThat(run.play.only().detectedStep()).isBetween(45L, 70L);
        assertThat(run.play.only().summary()).contains("explodes");
    }

    @Test
    void policyThatLosesAllItKnewIsFound() {
        run.with(Signal.ENTROPY, step -> step < 300 ? 2.3 - step / 300.0 : 0.001)
                .with(Signal.REWARD_MEAN, step -> step < 300 ? 0.15 + 0.7 * step / 300 : 0.5)
                .until(400);

        assertThat(run.play.only().detectedStep()).isBetween(307L, 325L);
    }

    @Test
    void solvedTaskAtTwoPercentOfItsEntropyStaysQuiet() {
        run.with(Signal.ENTROPY, rise(1.4, 0.03, 80, 25))
                .with(Signal.REWARD_MEAN, rise(0.2, 0.97, 80, 25))
                .with(Signal.REWARD_STD, rise(0.35, 0.004, 100, 25))
                .until(700);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void learnerThatStillHasSpreadAtATenthOfItsEntropyStaysQuiet() {
        run.with(Signal.ENTROPY, rise(2.5, 0.25, 350, 100))
                .with(Signal.REWARD_MEAN, rise(0.08, 0.66, 350, 120))
                .with(Signal.REWARD_STD, rise(0.13, 0.04, 600, 120))
                .until(900);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void goodRewardModelMayEndWithNoEntropyAtAll() {
        run.with(Signal.ENTROPY, rise(2.5, 0.008, 180, 35))
                .with(Signal.REWARD_MEAN, rise(0.15, 1.25, 150, 35))
                .with(Signal.GOLD_REWARD_MEAN, rise(0.15, 1.02, 150, 35))
                .noise(0.1)
                .until(900);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void noiseAddedToTheRewardStaysQuiet() {
        run.noise(0.11)
                .with(Signal.ENTROPY, rise(2, 0.02, 120, 50))
                .with(Signal.REWARD_MEAN, rise(0.1, 0.95, 120, 40))
                .with(Signal.REWARD_STD, always(0.6))
                .until(1_200);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void changeOfPromptsThatTakesKlWithItStaysQuiet() {
        run.with(Signal.ENTROPY, step -> step < 300 ? 0.9 : 0.1)
                .with(Signal.REWARD_MEAN, step -> step < 300 ? 0.6 : 0.2)
                .with(Signal.KL, step -> step < 300 ? 7 : 0.3)
                .until(600);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void policySureOfItselfThatMeetsNewPromptsHasNotExploded() {
        run.noise(0.002)
                .with(Signal.ENTROPY, step -> step < 300 ? 0.008 : 0.09)
                .with(Signal.REWARD_MEAN, step -> step < 300 ? 0.997 : 0.003)
                .until(600);

        assertThat(run.play.opened()).noneMatch(incident -> incident.summary().contains("explodes"));
    }

    @Test
    void nanAndInfinityAreNotSeen() {
        run.with(Signal.ENTROPY, step -> step % 7 == 3 ? Double.NaN : 2)
                .with(Signal.REWARD_MEAN, step -> step % 11 == 5 ? Double.NEGATIVE_INFINITY : 0.5)
                .until(300);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new EntropyCollapse.Config(0.3, 1.5, 0, 1, 0.82, 0.12, 1.1, 8))
                .hasMessage("entropy_collapse.refuted must be between 0 and 1, got 1.5");
        assertThatThrownBy(() -> new EntropyCollapse.Config(0.3, 0.5, 1, 1, 0.82, 0.12, 1.1, 8))
                .hasMessage("entropy_collapse.best must be a finite reward > worst (1.0), got 1.0");
    }
}
