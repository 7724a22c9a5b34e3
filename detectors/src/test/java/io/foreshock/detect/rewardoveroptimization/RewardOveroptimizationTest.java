package io.foreshock.detect.rewardoveroptimization;

import static io.foreshock.detect.RewardRun.always;
import static io.foreshock.detect.RewardRun.rise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.foreshock.detect.RewardRun;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RewardOveroptimizationTest {
    private final RewardRun run = new RewardRun("reward_overoptimization");

    /** KL that grows by the square of the steps: its root by as much each step, up to 6.3 at step 1,000. */
    private static double kl(long step) {
        return 4e-5 * step * step;
    }

    /** The curve of the paper, with its peak at d = e, that is at a KL of 7.4 nats and step 430. */
    private static double gold(long step) {
        double d = Math.sqrt(kl(step));
        return d > 0 ? d * (2 - Math.log(d)) / Math.E : 0;
    }

    private RewardRun alongTheCurve() {
        return run.with(Signal.KL, RewardOveroptimizationTest::kl)
                .with(Signal.REWARD_MEAN, step -> 1.5 * Math.sqrt(kl(step)))
                .with(Signal.GOLD_REWARD_MEAN, RewardOveroptimizationTest::gold);
    }

    /** KL that grows by the square of the steps, and a reward on the line up to 9 nats at step 300, and hardly above it then. */
    private RewardRun bent() {
        return run.with(Signal.KL, step -> 1e-4 * step * step)
                .with(Signal.REWARD_MEAN, step -> 5 + 0.01 * Math.min((double) step, 300 + (step - 300) / 5.0));
    }

    @Test
    void withoutGoldAndKlItIsNotEvaluable() {
        run.with(Signal.REWARD_MEAN, rise(0, 1, 100, 30)).until(300);

        assertThat(run.play.verdicts).containsEntry("reward_overoptimization", Verdict.NOT_EVALUABLE);
        assertThat(run.play.signals.get(0).missing())
                .containsEntry("reward_overoptimization", List.of("gold_reward_mean or kl or kl_token"));
        assertThat(run.play.told).isEmpty();
    }

    @Test
    void withoutGoldAKlPerTokenNeedsTheLength() {
        run.with(Signal.REWARD_MEAN, rise(0, 1, 100, 30)).with(Signal.KL_TOKEN, always(0.01));
        run.until(50);
        assertThat(run.play.verdicts).containsEntry("reward_overoptimization", Verdict.NOT_EVALUABLE);

        run.with(Signal.RESPONSE_LENGTH_MEAN, always(200)).until(60);
        assertThat(run.play.verdicts).containsEntry("reward_overoptimization", Verdict.QUIET);
    }

    @Test
    void withoutGoldARewardThatLeavesItsLineIsInfoAndSaysWhatIsNotKnown() {
        bent().until(600);

        Incident told = run.play.only();
        assertThat(told.severity()).isEqualTo(Severity.INFO);
        assertThat(told.story().pages()).isFalse();
        assertThat(told.detectedStep()).isEqualTo(499);
        assertThat(told.onsetStep()).isEqualTo(289);
        assertThat(told.series()).isEqualTo("reward_mean");
        assertThat(told.summary())
                .isEqualTo(
                        "No gold reward is logged, so this is a sign and no proof: "
                                + "since step 289 KL grew from 6.85 to 24.2 nats while the reward gained only 0.335 per unit of sqrt(KL), against 0.976 before; log gold_reward_mean to be certain");
        assertThat(told.advice()).anyMatch(advice -> advice.contains("log one as gold_reward_mean"));
    }

    @Test
    void withoutGoldTheInfoIsOverOnceKlComesToRest() {
        bent().until(600);
        run.with(Signal.KL, step -> 36 + 0.5 * Math.sin((double) step)).until(1_000);

        assertThat(run.play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(run.play.last().step()).isEqualTo(982);
    }

    @Test
    void withoutGoldWhatWasSeenOutlastsARestart() {
        bent().until(300);
        run.play.restart();
        run.until(600);

        assertThat(run.play.only().detectedStep()).isEqualTo(499);
    }

    @Test
    void goldAloneDecidesWhereItIsLogged() {
        bent().with(Signal.GOLD_REWARD_MEAN, step -> 0.01 * Math.min(step, 600 - step))
                .until(600);

        assertThat(run.play.opened())
                .filteredOn(incident -> incident.severity() == Severity.INFO)
                .allMatch(incident -> incident.forecast() != null);
        assertThat(run.play.opened())
                .filteredOn(incident -> incident.severity() != Severity.INFO)
                .singleElement()
                .satisfies(warning -> {
                    assertThat(warning.severity()).isEqualTo(Severity.WARNING);
                    assertThat(warning.detectedStep()).isEqualTo(359);
                });
    }

    @Test
    void goldThatConfirmsLeavesNoInfo() {
        bent().with(Signal.GOLD_REWARD_MEAN, step -> 1 + step / 600.0).until(600);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void oneRowOfGoldIsEnoughToKeepTheWeakerRuleOut() {
        bent().until(200);
        run.with(Signal.GOLD_REWARD_MEAN, always(1)).until(201);
        run.without(Signal.GOLD_REWARD_MEAN).until(600);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void withoutGoldARewardOnItsLineStaysQuiet() {
        run.with(Signal.KL, step -> 1e-4 * step * step)
                .with(Signal.REWARD_MEAN, step -> 5 + 0.01 * step)
                .until(1_000);

        assertThat(run.play.verdicts).containsEntry("reward_overoptimization", Verdict.QUIET);
        assertThat(run.play.told).isEmpty();
    }

    @Test
    void withoutGoldASolvedTaskWhoseKlGoesOnStaysQuiet() {
        run.noise(0.01)
                .with(Signal.KL, step -> 1e-4 * step * step)
                .with(Signal.REWARD_MEAN, step -> Math.min(0.3 + 0.002 * step, 0.9))
                .until(800);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void withoutGoldAFirstNatThatBuysNothingStaysQuiet() {
        run.with(Signal.KL, step -> 1e-4 * step * step)
                .with(Signal.REWARD_MEAN, step -> 5 + 0.05 * Math.min(step, 50))
                .until(170);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void withoutGoldARewardThatFallsIsNoOveroptimization() {
        run.with(Signal.KL, step -> 1e-4 * step * step)
                .with(Signal.REWARD_MEAN, step -> 5 + 0.01 * Math.min(step, 600 - step))
                .until(600);

        assertThat(run.play.opened()).isEmpty();
    }

    @Test
    void peakIsForetoldAsInfoAndTheFallIsAWarning() {
        alongTheCurve().until(1_000);

        assertThat(run.play.opened()).hasSize(2);
        Incident ahead = run.play.opened().get(0);
        assertThat(ahead.severity()).isEqualTo(Severity.INFO);
        assertThat(ahead.detectedStep()).isLessThan(350);
        assertThat(Objects.requireNonNull(ahead.forecast()).quantity()).isEqualTo("kl");
        assertThat(ahead.forecast().level()).isCloseTo(Math.E * Math.E, within(3.0));
        assertThat(ahead.forecast().step()).isBetween(300L, 550L);
        Incident turned = run.play.opened().get(1);
        assertThat(turned.severity()).isEqualTo(Severity.WARNING);
        assertThat(turned.onsetStep()).isBetween(400L, 500L);
        assertThat(turned.detectedStep()).isBetween(500L, 720L);
        assertThat(turned.summary()).contains("The gold reward was best at step");
    }

    @Test
    void withoutKlTheFallIsFoundNonetheless() {
        run.with(Signal.REWARD_MEAN, rise(-0.4, 0.7, 250, 50))
                .with(
                        Signal.GOLD_REWARD_MEAN,
                        step -> -0.3
                                + 0.1 * Math.min(1, step / 150.0)
                                - rise(0, 1.2, 280, 40).applyAsDouble(step))
                .until(600);

        assertThat(run.play.only().detectedStep()).isBetween(180L, 260L);
        assertThat(run.play.last().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void goldEveryTwentiethStepIsEnough() {
        for (long step = 0; step < 1_000; step++) {
            StepSample.Builder sample = Play.at(step).metric("reward_mean", step / 500.0 + 0.02 * Math.sin(7.0 * step));
            if (step % 20 == 0) {
                sample.metric(
                        "gold_reward_mean", (step < 500 ? step : 1_000 - step) / 800.0 + 0.01 * Math.sin(1.0 * step));
            }
            run.play.add(sample);
        }
        run.play.end();

        assertThat(run.play.only().detectedStep()).isBetween(560L, 800L);
        assertThat(run.play.only().severity()).isEqualTo(Severity.WARNING);
    }

    @Test
    void goodRewardModelStaysQuiet() {
        run.noise(0.1)
                .with(Signal.KL, rise(0, 24, 180, 30))
                .with(Signal.REWARD_MEAN, rise(0.15, 1.25, 150, 35))
                .with(Signal.GOLD_REWARD_MEAN, rise(0.15, 1.02, 150, 35))
                .until(900);

        assertThat(run.play.opened()).noneMatch(incident -> incident.severity() != Severity.INFO);
    }

    @Test
    void penaltyUnderWhichBothRiseAndStayStaysQuiet() {
        run.noise(0.055)
                .with(Signal.KL, rise(0, 1.9, 200, 100))
                .with(Signal.REWARD_MEAN, rise(-0.3, 0.13, 150, 100))
                .with(Signal.GOLD_REWARD_MEAN, rise(-0.3, 0.17, 150, 100))
                .until(2_000);

        assertThat(run.play.opened()).noneMatch(incident -> incident.severity() != Severity.INFO);
    }

    @Test
    void bothFallingIsNoOveroptimization() {
        run.with(Signal.REWARD_MEAN, step -> step < 300 ? 0.8 : 0.2)
                .with(Signal.GOLD_REWARD_MEAN, step -> step < 300 ? 0.8 : 0.2)
                .until(600);

        assertThat(run.play.told).isEmpty();
    }

    @Test
    void curveFindsWhatItWasDrawnFrom() {
        GoldCurve curve = new GoldCurve();
        Random random = new Random(3);
        for (int i = 1; i <= 500; i++) {
            double d = i / 60.0;
            curve.add(d * d, -0.5 + d * (1.2 - 0.7 * Math.log(d)) + 0.05 * random.nextGaussian());
        }

        assertThat(curve.alpha()).isCloseTo(1.2, within(0.1));
        assertThat(curve.beta()).isCloseTo(0.7, within(5 * curve.betaError()));
        assertThat(Math.sqrt(curve.peak())).isCloseTo(Math.exp(1.2 / 0.7 - 1), within(0.2));
    }

    @Test
    void curveOfAConstantKlIsUndetermined() {
        GoldCurve curve = new GoldCurve();
        for (int i = 0; i < 100; i++) {
            curve.add(2, i);
        }

        assertThat(curve.betaError()).isInfinite();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new RewardOveroptimization.Config(0, 4, 3, 0.5, 4))
                .hasMessage("reward_overoptimization.fall must be between 0 and 1, got 0.0");
        assertThatThrownBy(() -> new RewardOveroptimization.Config(0.05, 1, 3, 0.5, 4))
                .hasMessage("reward_overoptimization.ahead must be > 1, got 1.0");
        assertThatThrownBy(() -> new RewardOveroptimization.Config(0.05, 4, 0, 0.5, 4))
                .hasMessage("reward_overoptimization.level must be > 0 nats a response, got 0.0");
        assertThatThrownBy(() -> new RewardOveroptimization.Config(0.05, 4, 3, 1, 4))
                .hasMessage("reward_overoptimization.kept must be between 0 and 1, got 1.0");
    }
}
