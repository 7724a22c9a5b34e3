package io.foreshock.detect.lengthcap;

import static io.foreshock.detect.RewardRun.always;
import static io.foreshock.detect.RewardRun.rise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.RewardRun;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.telemetry.Signal;
import org.junit.jupiter.api.Test;

class LengthCapTest {
    private final RewardRun run = new RewardRun("length_cap");

    @Test
    void withoutTheShareThatIsCutItIsNotEvaluable() {
        run.with(Signal.REWARD_MEAN, always(0.5))
                .with(Signal.REWARD_STD, always(0.2))
                .until(50);

        assertThat(run.play.verdicts).containsEntry("length_cap", Verdict.NOT_EVALUABLE);
    }

    @Test
    void capThatIsLoweredIsFoundWithinTenRows() {
        run.with(Signal.CLIPPED_RATIO, step -> step < 300 ? 0.02 : 0.97)
                .with(Signal.REWARD_MEAN, step -> step < 300 ? 0.7 : 0.04)
                .with(Signal.REWARD_STD, step -> step < 300 ? 0.1 : 0.004)
                .with(Signal.FRAC_REWARD_ZERO_STD, step -> step < 300 ? 0.3 : 0.95)
                .until(400);

        assertThat(run.play.only().detectedStep()).isBetween(303L, 313L);
        assertThat(run.play.only().onsetStep()).isBetween(299L, 306L);
        assertThat(run.play.only().severity()).isEqualTo(Severity.CRITICAL);
        assertThat(run.play.only().summary()).contains("cuts 9");
    }

    @Test
    void capFromTheStartIsFoundFromEitherMeasureOfSpread() {
        run.noise(0)
                .with(Signal.CLIPPED_RATIO, always(1))
                .with(Signal.REWARD_MEAN, always(0))
                .with(Signal.FRAC_REWARD_ZERO_STD, always(1))
                .until(50);
        assertThat(run.play.only().detectedStep()).isEqualTo(10);
        assertThat(run.play.only().onsetStep()).isZero();

        RewardRun other = new RewardRun("length_cap")
                .noise(0)
                .with(Signal.CLIPPED_RATIO, always(1))
                .with(Signal.REWARD_MEAN, always(0))
                .with(Signal.REWARD_STD, always(0));
        assertThat(other.until(50).only().detectedStep()).isEqualTo(10);
    }

    @Test
    void itIsOverSixtyRowsAfterThePolicyLearnedToBeShort() {
        run.with(Signal.CLIPPED_RATIO, rise(0.98, 0.01, 100, 8))
                .with(Signal.REWARD_MEAN, rise(0.03, 0.6, 100, 8))
                .with(Signal.REWARD_STD, rise(0.002, 0.1, 100, 8))
                .with(Signal.FRAC_REWARD_ZERO_STD, rise(0.95, 0.2, 100, 8))
                .until(300);

        assertThat(run.play.last().step()).isBetween(140L, 170L);
    }

    @Test
    void longestAnswerThatIsTheBestOneStaysQuiet() {
        run.noise(0.13)
                .with(Signal.CLIPPED_RATIO, rise(0.2, 1, 100, 20))
                .with(Signal.REWARD_MEAN, rise(0.5, 2.6, 250, 80))
                .with(Signal.REWARD_STD, rise(0.5, 0.01, 400, 60))
                .with(Signal.FRAC_REWARD_ZERO_STD, rise(0, 0.88, 500, 60))
                .until(800);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void responsesThatAreCutWhileTheirRewardsDifferStayQuiet() {
        run.with(Signal.CLIPPED_RATIO, always(1))
                .with(Signal.REWARD_MEAN, always(0.3))
                .with(Signal.REWARD_STD, always(0.4))
                .with(Signal.FRAC_REWARD_ZERO_STD, always(0.1))
                .until(400);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void halfOfTheResponsesCutAtFirstStaysQuiet() {
        run.with(Signal.CLIPPED_RATIO, rise(0.5, 0, 100, 20))
                .with(Signal.REWARD_MEAN, rise(0.3, 0.95, 150, 40))
                .with(Signal.REWARD_STD, rise(0.25, 0.01, 200, 40))
                .with(Signal.FRAC_REWARD_ZERO_STD, rise(0.3, 0.95, 200, 40))
                .until(600);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new LengthCap.Config(1.2, 0.8, 0, 1, 0.82, 3))
                .hasMessage("length_cap.cut must be between 0 and 1, got 1.2");
        assertThatThrownBy(() -> new LengthCap.Config(0.85, 0.8, 0, 1, 0.82, 0))
                .hasMessage("length_cap.hot_rows must be >= 1 row, got 0");
    }
}
