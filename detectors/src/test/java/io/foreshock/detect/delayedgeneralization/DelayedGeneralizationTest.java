package io.foreshock.detect.delayedgeneralization;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Modular addition as in the papers: training solved at step 60, evaluation long after. */
class DelayedGeneralizationTest {
    private final Play play = Play.judgedBy("delayed_generalization");

    private Play losses(DoubleUnaryOperator eval) {
        for (int i = 0; i < 2_000; i++) {
            StepSample.Builder sample = at(i).metric("loss", 3.8 * Math.exp(-i / 30.0));
            play.add(i % 25 == 0 ? sample.metric("eval_loss", eval.applyAsDouble(i)) : sample);
        }
        return play.end();
    }

    private Play accuracies(int followsAt) {
        for (int i = 0; i < 2_000; i++) {
            StepSample.Builder sample = at(i).metric("train_acc", 1 - Math.exp(-i / 20.0));
            double eval = 1 / (1 + Math.exp((followsAt - i) / 50.0));
            play.add(i % 25 == 0 ? sample.metric("eval_acc", eval) : sample);
        }
        return play.end();
    }

    private static double rises(double step) {
        return 3.8 + 5 * Math.min(1, step / 100);
    }

    @Test
    void withoutAnythingOfTrainingItIsNotEvaluable() {
        for (int i = 0; i < 50; i++) {
            play.add(at(i).metric("eval_acc", 0.01 * i));
        }

        assertThat(play.end().told).isEmpty();
        assertThat(play.verdicts).containsEntry("delayed_generalization", Verdict.NOT_EVALUABLE);
    }

    @Test
    void overfittingThatIsOvercomeIsToldWhenTheLossIsBackWhereItLeft() {
        losses(step -> step < 500 ? rises(step) : 8.8 * Math.exp((500 - step) / 300));

        // 8.8 is back at 3.8 after 252 steps; three evaluations must say so, or the memorised loss must have halved.
        assertThat(play.only().detectedStep()).isBetween(700L, 800L);
        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
        assertThat(play.only().summary()).contains("Evaluation catches up");
    }

    @Test
    void overfittingThatLastsIsNotTold() {
        assertThat(losses(DelayedGeneralizationTest::rises).told).isEmpty();
    }

    @Test
    void accuracyThatFollowsLongAfterIsTold() {
        accuracies(800);

        assertThat(play.only().detectedStep()).isEqualTo(825);
        assertThat(play.only().onsetStep()).isBetween(60L, 100L);
        assertThat(play.only().series()).isEqualTo("eval_acc");
    }

    @Test
    void accuracyThatFollowsAtOnceIsNotTold() {
        assertThat(accuracies(60).told).isEmpty();
    }

    @Test
    void accuracyThatNeverFollowsIsNotTold() {
        assertThat(accuracies(5_000).told).isEmpty();
    }

    @Test
    void healthyLossesAreNotTold() {
        assertThat(losses(step -> 3.8 * Math.exp(-step / 40)).told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new DelayedGeneralization.Config(1.5, 0.05, 0.5, 0.5))
                .hasMessage("delayed_generalization.learned must be between 0 and 1, got 1.5");
    }
}
