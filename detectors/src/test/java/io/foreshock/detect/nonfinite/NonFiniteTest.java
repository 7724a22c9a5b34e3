package io.foreshock.detect.nonfinite;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import org.junit.jupiter.api.Test;

class NonFiniteTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;
    private final Play play = Play.judgedBy("non_finite");
    private long step;

    private NonFiniteTest healthy(int rows) {
        for (int i = 0; i < rows; i++) {
            row(2 + 1.0 / (1 + step), 0.5 + 0.01 * (step % 7));
        }
        return this;
    }

    private NonFiniteTest row(double loss, double gradient) {
        play.add(at(step++).metric("loss", loss).metric("grad_norm", gradient));
        return this;
    }

    private NonFiniteTest scaled(double gradient, int skipped) {
        play.add(at(step).metric("loss", 2 + 1.0 / (1 + step++))
                .metric("grad_norm", gradient)
                .metric("loss_scale", 65_536)
                .metric("skipped_step", skipped));
        return this;
    }

    @Test
    void nothingAndOneRowStayQuiet() {
        play.end();
        row(2, 1);
        play.end();

        assertThat(play.told).isEmpty();
        assertThat(play.verdicts).containsEntry("non_finite", Verdict.QUIET);
    }

    @Test
    void nanLossAt300IsCriticalAt300AndLasts() {
        healthy(300).row(NAN, NAN);
        for (int i = 0; i < 200; i++) {
            row(NAN, NAN);
        }
        play.end();

        Incident incident = play.only();
        assertThat(incident.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(incident.onsetStep()).isEqualTo(300);
        assertThat(incident.detectedStep()).isEqualTo(300);
        assertThat(incident.series()).isEqualTo("loss");
        assertThat(incident.value()).isNaN();
        assertThat(incident.summary()).isEqualTo("loss is NaN since step 300");
        assertThat(play.last().status()).isNotEqualTo(Status.RESOLVED);
    }

    @Test
    void nanLossInTheVeryFirstRowIsTold() {
        row(NAN, NAN).healthy(3);
        play.end();

        assertThat(play.only().detectedStep()).isZero();
    }

    @Test
    void lossThatFallsSilentAfterInfinityStaysOpen() {
        healthy(73).row(INF, INF);
        for (int i = 0; i < 90; i++) {
            play.add(at(step++).metric("lr", 1e-3));
        }
        play.end();

        assertThat(play.only().summary()).isEqualTo("loss is Infinity since step 73");
        assertThat(play.last().status()).isEqualTo(Status.OPEN);
    }

    @Test
    void gradientThatFallsSilentAfterOneInfinityIsFound() {
        for (; step < 73; step++) {
            play.add(at(step).metric("grad_norm", 1).metric("lr", 1e-3));
        }
        play.add(at(step++).metric("grad_norm", INF).metric("lr", 1e-3));
        for (int i = 0; i < 20; i++) {
            play.add(at(step++).metric("lr", 1e-3));
        }
        play.end();

        assertThat(play.only().onsetStep()).isEqualTo(73);
        assertThat(play.only().detectedStep()).isEqualTo(76);
    }

    @Test
    void sparseMetricWhoseLastValueWasNanIsWaitedFor() {
        for (; step < 400; step++) {
            StepSample.Builder row = at(step).metric("loss", 2 + 0.01 * (step % 3));
            if (step % 50 == 0) {
                row.metric("eval_loss", step == 350 ? NAN : 2);
            }
            play.add(row);
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void oneNanLossThatPassesIsResolvedTenRowsLater() {
        healthy(100).row(NAN, NAN).healthy(30);
        play.end();

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(110);
    }

    @Test
    void lossScaleBackOffStaysQuiet() {
        for (int i = 0; i < 600; i++) {
            boolean overflows = i % 60 == 0 || i == 301;
            scaled(overflows ? INF : 0.5, overflows ? 1 : 0);
        }
        play.end();

        assertThat(play.told).isEmpty();
    }

    @Test
    void lossScaleThatLooksForItsSizeAtTheStartStaysQuiet() {
        for (int i = 0; i < 18; i++) {
            scaled(INF, 1);
        }
        for (int i = 0; i < 200; i++) {
            scaled(i % 100 == 50 ? INF : 0.5, i % 100 == 50 ? 1 : 0);
        }
        play.end();

        assertThat(play.told).isEmpty();
    }

    @Test
    void eighthSkippedStepInARowIsAWarning() {
        for (int i = 0; i < 100; i++) {
            scaled(0.5, 0);
        }
        for (int i = 0; i < 8; i++) {
            scaled(INF, 1);
        }
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(107);
        assertThat(play.only().onsetStep()).isEqualTo(100);
        assertThat(play.only().severity()).isEqualTo(Severity.WARNING);
    }

    @Test
    void lossScalerThatOverflowsEverySecondStepIsFound() {
        for (int i = 0; i < 100; i++) {
            scaled(0.5, 0);
        }
        for (int i = 0; i < 60; i++) {
            scaled(i % 2 == 0 ? INF : 0.5, i % 2 == 0 ? 1 : 0);
        }
        play.end();

        assertThat(play.opened()).isNotEmpty();
        assertThat(play.opened().get(0).detectedStep()).isBetween(110L, 125L);
    }

    @Test
    void fourthInfiniteGradientInARowIsFound() {
        healthy(100);
        for (int i = 0; i < 4; i++) {
            row(2.1 + 0.01 * i, INF);
        }
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(103);
        assertThat(play.only().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void infiniteGradientThatTheOptimizerTookIsFoundAtOnce() {
        for (; step < 299; ) {
            play.add(at(step++).metric("loss", 2.1).metric("grad_norm", 0.6).metric("update_ratio", 0.004));
        }
        play.add(at(step++).metric("loss", 2.3).metric("grad_norm", INF).metric("update_ratio", NAN));
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(299);
        assertThat(play.only().series()).isEqualTo("update_ratio");
    }

    @Test
    void trainerThatHidesNanShowsItsFrozenLoss() {
        // The Hugging Face trainer replaces NaN losses: what is left is a loss of 0 beside a gradient of NaN.
        healthy(100).row(0, NAN).row(0, NAN);
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(101);
        assertThat(play.only().severity()).isEqualTo(Severity.CRITICAL);
    }

    @Test
    void metricThatNeverHadAValueStaysQuiet() {
        for (int i = 0; i < 500; i++) {
            play.add(at(i).metric("loss", 2 - 0.001 * i)
                    .metric("num-zeros", NAN)
                    .metric("step_time", NAN)
                    .metric("grad_norm", NAN)
                    .metric("reward_std", NAN));
        }
        play.end();

        assertThat(play.told).isEmpty();
    }

    @Test
    void paddedRowsStayQuiet() {
        for (int i = 0; i < 300; i++) {
            double value = i > 200 && i < 230 ? NAN : 1;
            play.add(at(i).metric("loss", 2 * value).metric("mem-allocated-bytes", 1e9 * value));
        }
        play.end();

        assertThat(play.told).isEmpty();
    }

    @Test
    void timingThatIsAlwaysNanDoesNotMakeARowOfNanPadding() {
        for (int i = 0; i < 120; i++) {
            play.add(at(i).metric("loss", i < 100 ? 2 : NAN).metric("step_time", NAN));
        }
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(100);
    }

    @Test
    void lossPaddedInTheRowsOfEvaluationsStaysQuiet() {
        for (int i = 0; i < 300; i++) {
            boolean evaluation = i % 10 == 9;
            StepSample.Builder row = at(i).metric("loss", evaluation ? NAN : 2);
            play.add(evaluation ? row.metric("eval_loss", 2.1) : row);
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void nanLossBesideAFiniteGradientIsBelievedTheSecondTime() {
        healthy(100).row(NAN, 1).row(NAN, 1);
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(101);
        assertThat(play.only().onsetStep()).isEqualTo(100);
    }

    @Test
    void nanLossInTheLastRowOfALogIsTold() {
        for (int i = 0; i < 100; i++) {
            play.add(at(i).metric("loss", i == 99 ? NAN : 2));
        }
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(99);
    }

    @Test
    void timingsAndCountersAreNoEvidence() {
        for (int i = 0; i < 300; i++) {
            play.add(at(i).metric("loss", 2)
                    .metric("step_time", i > 100 ? NAN : 1)
                    .metric("batch_size", i > 100 ? INF : 8));
        }
        play.end();

        assertThat(play.told).isEmpty();
    }

    @Test
    void unknownMetricThatLosesItsValueIsInfo() {
        for (int i = 0; i < 300; i++) {
            play.add(at(i).metric("loss", 2 + 0.01 * (i % 3)).metric("my/metric", i > 200 ? NAN : 1));
        }
        play.end();

        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
        assertThat(play.only().detectedStep()).isEqualTo(216);
    }

    @Test
    void oneHeadOfNanBesideAFiniteLossWaitsSixteenRows() {
        for (int i = 0; i < 300; i++) {
            play.add(at(i).metric("loss", 2 + 0.01 * (i % 3)).metric("attention_logit_max", new double[][] {
                {8, 9}, {7, i >= 200 ? NAN : 8}
            }));
        }
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(215);
        assertThat(play.only().series()).isEqualTo("attention_logit_max[1][1]");
        assertThat(play.only().severity()).isEqualTo(Severity.WARNING);
    }

    @Test
    void headThatIsAlwaysNanHidesNoOther() {
        for (int i = 0; i < 300; i++) {
            play.add(at(i).metric("loss", 2 + 0.01 * (i % 3))
                    .metric("attention_entropy", new double[] {NAN, i >= 200 ? NAN : 2}));
        }
        play.end();

        assertThat(play.only().onsetStep()).isEqualTo(200);
    }

    @Test
    void absentHeadIsNoNan() {
        for (int i = 0; i < 300; i++) {
            play.add(at(i).metric("attention_entropy", new double[] {2, i > 100 ? StepSample.ABSENT : 2}));
        }
        play.end();

        assertThat(play.told).isEmpty();
    }

    @Test
    void nanInOneRankIsFound() {
        for (int i = 0; i < 100; i++) {
            for (int rank = 0; rank < 4; rank++) {
                play.add(at(i).rank(rank).metric("loss", i == 90 && rank == 2 ? NAN : 2.0));
            }
        }
        play.end();

        assertThat(play.only().onsetStep()).isEqualTo(90);
    }

    @Test
    void infiniteKlForOneRowStaysQuietAndForThreeDoesNot() {
        for (int i = 0; i < 200; i++) {
            play.add(at(i).metric("reward_mean", 0.5).metric("kl", i == 50 || i >= 150 ? INF : 2));
        }
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(152);
    }

    @Test
    void resumeFromACheckpointEndsIt() {
        healthy(100).row(NAN, NAN);
        step = 80;
        play.add(at(step++).attempt(1).metric("loss", 2.1).metric("grad_norm", 0.5));
        healthy(40);
        play.end();

        assertThat(play.opened()).hasSize(1);
        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(100);
    }

    @Test
    void everythingAtOnceIsOneIncidentThatNamesTheLoss() {
        for (int i = 0; i < 120; i++) {
            double bad = i >= 100 ? NAN : 1;
            play.add(at(i).metric("activation_rms", new double[] {bad, bad, bad})
                    .metric("grad_norm", bad)
                    .metric("log_z", bad)
                    .metric("loss", bad * (2 + 0.01 * (i % 3)))
                    .metric("lr", 1e-3));
        }
        play.end();

        assertThat(play.only().series()).isEqualTo("loss");
        assertThat(play.only().detectedStep()).isEqualTo(100);
    }

    @Test
    void restoredHalfWayItSaysTheSame() {
        healthy(100).row(2.1, INF).row(2.2, INF);
        play.restart();
        row(2.15, INF).row(2.14, INF);
        play.end();

        assertThat(play.only().detectedStep()).isEqualTo(103);
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new NonFinite.Config(4, 3, 2, 3, 16))
                .hasMessage("non_finite.skipped_rows must be gradientRows (4) to 32 rows, got 3");
        assertThatThrownBy(() -> new NonFinite.Config(0, 3, 2, 3, 16))
                .hasMessage("non_finite.gradient_rows must be >= 1 row, got 0");
    }
}
