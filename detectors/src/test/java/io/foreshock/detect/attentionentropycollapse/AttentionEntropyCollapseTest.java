package io.foreshock.detect.attentionentropycollapse;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class AttentionEntropyCollapseTest {
    private static final String METRIC = "attention_entropy";
    private Play play = Play.judgedBy("attention_entropy_collapse");
    private final Random random = new Random(1);

    /** A layer that follows the course, after one that rests at 2.2. */
    private Play run(long from, long to, LongToDoubleFunction course) {
        for (long step = from; step < to; step++) {
            double jitter = 1 + 0.03 * random.nextGaussian();
            play.add(at(step).metric(METRIC, new double[] {2.2 * jitter, course.applyAsDouble(step) * jitter}));
        }
        return play.end();
    }

    private static double halving(long from, double steps, long step) {
        return 2.4 * Math.pow(0.5, Math.max(0, step - from) / steps);
    }

    @Test
    void nothingReportedIsNotEvaluable() {
        play.add(at(0).metric("loss", 3)).add(at(1).metric("loss", 2)).end();

        assertThat(play.verdicts).containsEntry("attention_entropy_collapse", Verdict.NOT_EVALUABLE);
    }

    @Test
    void fallThatHalvesEvery50StepsWarnsBelow03AndSaysWhen() {
        // 0.3 at step 350, 0.1 at step 429.
        run(0, 420, step -> halving(200, 50, step));

        Incident warning = play.only();
        assertThat(warning.detectedStep()).isBetween(350L, 362L);
        assertThat(warning.onsetStep()).isBetween(350L, 362L);
        assertThat(warning.series()).isEqualTo("attention_entropy[1]");
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.forecast()).isNotNull();
        assertThat(warning.forecast().low()).isLessThan(429);
        assertThat(warning.forecast().high()).isGreaterThan(429);
        assertThat(warning.summary())
                .startsWith("Attention entropy of layer 1 is 0.")
                .contains("reaches 0.10 about step 4");
    }

    @Test
    void belowAHundredthOfANatIsCritical() {
        run(0, 700, step -> halving(200, 50, step));

        assertThat(play.opened()).hasSize(1);
        assertThat(play.told)
                .filteredOn(incident -> incident.severity() == Severity.CRITICAL)
                .first()
                .satisfies(incident -> assertThat(incident.step()).isBetween(590L, 610L));
    }

    @Test
    void collapseAtOnceIsToldAtOnce() {
        run(0, 400, step -> step < 300 ? 2.4 : 0.001);

        assertThat(play.only().detectedStep()).isBetween(300L, 305L);
    }

    @Test
    void inductionHeadsThatFormStayQuiet() {
        // From 2.4 down to a fifth of it within 100 steps, then at rest.
        assertThat(run(0, 2_000, step -> 0.5 + 1.9 / (1 + Math.exp((step - 400) / 20.0))).told)
                .isEmpty();
    }

    @Test
    void slowSharpeningOfHealthyTrainingStaysQuiet() {
        assertThat(run(0, 5_000, step -> 2.4 * Math.pow(1 + step / 50.0, -0.4)).told)
                .isEmpty();
    }

    @Test
    void layerThatRestsLowFromTheStartStaysQuiet() {
        assertThat(run(0, 500, step -> 0.08).told).isEmpty();
    }

    @Test
    void headThatLooksAtOnePositionAmongOthersStaysQuiet() {
        for (long step = 0; step < 600; step++) {
            double one = step < 300 ? 2.4 : 0.0001;
            play.add(at(step).metric(METRIC, new double[][] {{one, 2.0 + 0.05 * random.nextGaussian(), 2.2}}));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void allHeadsOfALayerAreSeenAsTheLayer() {
        for (long step = 0; step < 420; step++) {
            double fall = halving(200, 50, step);
            play.add(at(step).metric(METRIC, new double[][] {{2.4, 2.3}, {fall, 0.9 * fall}}));
        }

        assertThat(play.end().only().series()).isEqualTo("attention_entropy[1]");
    }

    @Test
    void growingLogitsSettleWhatEntropyAloneLeavesOpen() {
        LongToDoubleFunction resting = step -> step < 300 ? 2.4 : 0.2;
        assertThat(run(0, 600, resting).told).isEmpty();

        play = Play.judgedBy("attention_logit_growth", "attention_entropy_collapse");
        for (long step = 0; step < 600; step++) {
            play.add(at(step).metric(METRIC, new double[] {resting.applyAsDouble(step)})
                    .metric("attention_logit_max", new double[][] {{step < 300 ? 10 : 200}}));
        }
        play.end();

        assertThat(play.opened())
                .extracting(Incident::signature)
                .containsExactly("attention_logit_growth", "attention_entropy_collapse");
    }

    @Test
    void comesBackAndIsResolvedAfter50CalmRows() {
        run(0, 600, step -> step < 450 ? halving(200, 50, step) : 2);

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isBetween(499L, 510L);
    }

    @Test
    void resumeForgetsTheTrendButNotWhereItCameFrom() {
        run(0, 300, step -> 2.4);
        for (long step = 200; step < 260; step++) {
            play.add(at(step).attempt(1).metric(METRIC, new double[] {2.2, 0.05}));
        }

        assertThat(play.end().only().detectedStep()).isEqualTo(200);
    }

    @Test
    void nanAndZeroLeaveTheMeanAlone() {
        run(0, 300, step -> step % 3 == 0 ? Double.NaN : 2);

        assertThat(play.told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new AttentionEntropyCollapse.Config(0, 0.25))
                .hasMessage("attention_entropy_collapse.collapsed must be > 0 nats, got 0.0");
        assertThatThrownBy(() -> new AttentionEntropyCollapse.Config(0.1, 1))
                .hasMessage("attention_entropy_collapse.fallen must be > 0 and < 1, got 1.0");
    }
}
