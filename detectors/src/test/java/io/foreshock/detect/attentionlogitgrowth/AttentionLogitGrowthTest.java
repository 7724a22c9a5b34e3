package io.foreshock.detect.attentionlogitgrowth;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class AttentionLogitGrowthTest {
    private static final String METRIC = "attention_logit_max";
    private final Play play = Play.judgedBy("attention_logit_growth");

    /** One head that follows the course, beside one that rests at 8. */
    private Play run(long from, long to, LongToDoubleFunction course) {
        Random random = new Random(1);
        for (long step = from; step < to; step++) {
            double jitter = 1 + 0.03 * random.nextGaussian();
            play.add(at(step).metric(METRIC, new double[][] {{8 * jitter, course.applyAsDouble(step) * jitter}}));
        }
        return play.end();
    }

    private static double doubling(double from, double steps, long step) {
        return from * Math.pow(2, step / steps);
    }

    @Test
    void nothingReportedIsNotEvaluable() {
        play.add(at(0).metric("loss", 3)).add(at(1).metric("loss", 2)).end();

        assertThat(play.verdicts).containsEntry("attention_logit_growth", Verdict.NOT_EVALUABLE);
    }

    @Test
    void oneHugeValueInTheFirstRowIsTold() {
        play.add(at(0).metric(METRIC, 400)).end();

        assertThat(play.only().detectedStep()).isZero();
    }

    @Test
    void restingHeadsStayQuiet() {
        assertThat(run(0, 1_000, step -> 40).told).isEmpty();
    }

    @Test
    void warmUpThatEndsBelowFiftyStaysQuiet() {
        assertThat(run(0, 1_000, step -> 45 - 40 * Math.exp(-step / 100.0)).told)
                .isEmpty();
    }

    @Test
    void growthThatDoublesEvery40StepsWarnsSoonAfter50AndSaysWhen() {
        // 6 at step 0: 50 at step 122, 100 at step 162.
        run(0, 150, step -> doubling(6, 40, step));

        Incident warning = play.only();
        assertThat(warning.detectedStep()).isBetween(122L, 132L);
        assertThat(warning.series()).isEqualTo("attention_logit_max[0][1]");
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.onsetStep()).isBetween(118L, warning.detectedStep());
        Forecast forecast = warning.forecast();
        assertThat(forecast).isNotNull();
        assertThat(forecast.level()).isEqualTo(100);
        assertThat(forecast.step()).isBetween(157L, 169L);
        assertThat(forecast.low()).isLessThan(162);
        assertThat(forecast.high()).isGreaterThan(162);
        assertThat(warning.summary())
                .startsWith("Attention logit of layer 0, head 1 is 5")
                .contains("reaches 100 about step 16");
    }

    @Test
    void theSameAtEveryFifthStepWarnsBefore100() {
        for (long step = 0; step < 260; step += 5) {
            play.add(at(step).metric(METRIC, doubling(6, 60, step)));
        }
        play.end();

        // 50 at step 184, 100 at step 244.
        assertThat(play.only().detectedStep()).isBetween(184L, 230L);
    }

    @Test
    void levelBeyond1000IsCriticalAndIsTold() {
        run(0, 400, step -> doubling(6, 40, step));

        assertThat(play.opened()).hasSize(1);
        assertThat(play.told)
                .filteredOn(incident -> incident.severity() == Severity.CRITICAL)
                .first()
                .satisfies(incident -> {
                    assertThat(incident.status()).isEqualTo(Status.UPDATED);
                    assertThat(incident.step()).isBetween(295L, 306L);
                });
    }

    @Test
    void shockThatRestsAt80StaysQuiet() {
        run(0, 600, step -> step < 300 ? 20 : 80);

        assertThat(play.told).isEmpty();
        assertThat(play.verdicts).containsEntry("attention_logit_growth", Verdict.SUSPECT);
    }

    @Test
    void slowWanderBetween60And80StaysQuiet() {
        assertThat(run(0, 2_000, step -> 70 + 8 * Math.sin(step / 150.0)).told).isEmpty();
    }

    @Test
    void isolatedRowOf400StaysQuiet() {
        assertThat(run(0, 300, step -> step == 200 ? 400 : 20).told).isEmpty();
    }

    @Test
    void comesDownAndIsResolvedAfter50CalmRows() {
        run(0, 600, step -> step < 300 ? doubling(6, 60, step) : 10);

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(349);
    }

    @Test
    void manyHeadsAreOneIncidentThatNamesTheWorstAndCountsTheOthers() {
        for (long step = 0; step < 200; step++) {
            double[][] heads = new double[100][128];
            for (int layer = 0; layer < 100; layer++) {
                for (int head = 0; head < 128; head++) {
                    heads[layer][head] = layer < 50 ? 7 : doubling(6 + 0.001 * head, 40, step);
                }
            }
            play.add(at(step).metric(METRIC, heads));
        }
        play.end();

        assertThat(play.opened()).hasSize(1);
        assertThat(play.last().series()).endsWith("[127]");
        assertThat(play.last().seriesCount()).isEqualTo(6_400);
    }

    @Test
    void headThatOvertakesALouderRestingOneIsSeen() {
        Random random = new Random(2);
        for (long step = 0; step < 160; step++) {
            double jitter = 1 + 0.02 * random.nextGaussian();
            play.add(at(step).metric(METRIC, new double[][] {{80 * jitter, doubling(6, 40, step)}}));
        }
        play.end();

        assertThat(play.only().series()).isEqualTo("attention_logit_max[0][1]");
        assertThat(play.only().detectedStep()).isLessThan(135);
    }

    @Test
    void oneLogitForAllHeadsAsMegatronLogsIt() {
        for (long step = 0; step < 150; step++) {
            play.add(at(step).metric(METRIC, doubling(6, 40, step)));
        }
        play.end();

        assertThat(play.only().series()).isEqualTo(METRIC);
        assertThat(play.only().summary()).startsWith("Attention logit is 5");
    }

    @Test
    void nanAndInfinityLeaveTheMeanAlone() {
        run(0, 300, step -> step % 3 == 0 ? Double.NaN : step % 7 == 0 ? Double.POSITIVE_INFINITY : 20);

        assertThat(play.told).isEmpty();
    }

    @Test
    void absentHeadIsNoEvidence() {
        for (long step = 0; step < 150; step++) {
            play.add(at(step).metric(METRIC, new double[][] {{StepSample.ABSENT, doubling(6, 40, step)}}));
        }
        play.end();

        assertThat(play.only().series()).isEqualTo("attention_logit_max[0][1]");
    }

    @Test
    void resumeStartsAfresh() {
        for (long step = 0; step < 121; step++) {
            play.add(at(step).metric(METRIC, doubling(6, 40, step)));
        }
        // Back to step 110, with logits that rest at 55.
        for (long step = 110; step < 300; step++) {
            play.add(at(step).attempt(1).metric(METRIC, 55));
        }
        play.end();

        assertThat(play.told).isEmpty();
    }

    @Test
    void negativeLogitsAndZeroStayQuiet() {
        assertThat(run(0, 200, step -> -30 + step * 0.2).told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new AttentionLogitGrowth.Config(50, 40, 1_000, 5, 10, 40, 3, 20, 0.5, 2, 0.6))
                .hasMessage("attention_logit_growth.limit must be > watched (50.0), got 40.0");
        assertThatThrownBy(() -> new AttentionLogitGrowth.Config(50, 100, Double.NaN, 5, 10, 40, 3, 20, 0.5, 2, 0.6))
                .hasMessage("attention_logit_growth.harmful must be > limit (100.0), got NaN");
        assertThatThrownBy(() -> new AttentionLogitGrowth.Config(50, 100, 1_000, 5, 40, 40, 3, 20, 0.5, 2, 0.6))
                .hasMessage("attention_logit_growth.long_memory must be > shortMemory (40.0) rows, got 40.0");
    }
}
