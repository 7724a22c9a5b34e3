package io.foreshock.detect.forgetting;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Verdict;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Fine-tuning on a new task, with evaluations of the old one every ten steps. */
class ForgettingTest {
    private final Play play = Play.judgedBy("forgetting");
    private final Random random = new Random(5);
    private String old = "eval_loss/old";

    private Play run(IntToDoubleFunction before) {
        for (int i = 0; i < 800; i++) {
            StepSample.Builder sample = at(i).metric("loss", 2 + Math.exp(-i / 100.0));
            if (i % 10 == 0) {
                sample.metric(old, before.applyAsDouble(i))
                        .metric("eval_loss/new", (2 + Math.exp(-i / 80.0)) * (1 + 0.01 * random.nextGaussian()));
            }
            play.add(sample);
        }
        return play.end();
    }

    private double noisy(double level) {
        return level * (1 + 0.01 * random.nextGaussian());
    }

    /** The share of right answers to so many questions, each known with this chance. */
    private double exam(double chance, int questions) {
        int right = 0;
        for (int i = 0; i < questions; i++) {
            right += random.nextDouble() < chance ? 1 : 0;
        }
        return right / (double) questions;
    }

    @Test
    void withoutTasksItIsNotEvaluable() {
        for (int i = 0; i < 50; i++) {
            play.add(at(i).metric("loss", 2).metric("eval_loss", 2 + 0.1 * i).metric("eval_runtime", 3));
        }

        assertThat(play.end().told).isEmpty();
        assertThat(play.verdicts).containsEntry("forgetting", Verdict.NOT_EVALUABLE);
    }

    @Test
    void lossThatRisesByAThirdFromTheFirstStepOnIsFound() {
        run(i -> noisy(3 - 0.8 * Math.exp(-i / 30.0)));

        assertThat(play.only().detectedStep()).isBetween(20L, 40L);
        assertThat(play.only().onsetStep()).isEqualTo(10);
        assertThat(play.only().series()).isEqualTo("eval_loss/old");
        assertThat(play.only().value()).isGreaterThan(play.only().threshold());
        assertThat(play.only().summary()).contains("worse than its best").contains("forgotten");
    }

    @Test
    void jumpAfterAChangeOfDataIsFoundAtOnce() {
        run(i -> noisy(i < 400 ? 2.2 + 2 * Math.exp(-i / 50.0) : 2.7));

        assertThat(play.only().detectedStep()).isEqualTo(400);
    }

    @Test
    void scoreThatFallsIsFound() {
        old = "eval/old/accuracy";
        run(i -> exam(i < 400 ? 0.7 : 0.4, 400));

        assertThat(play.only().detectedStep()).isBetween(400L, 430L);
        assertThat(play.only().value()).isLessThan(0.68);
        assertThat(play.only().threshold()).isGreaterThan(play.only().value());
    }

    @Test
    void replayThatCostsEightPerCentStaysQuiet() {
        assertThat(run(i -> noisy(2.2 * (1 + 0.08 * (1 - Math.exp(-i / 30.0)) * Math.exp(-i / 600.0)))).told)
                .isEmpty();
    }

    @Test
    void smallExamsThatMoveBySeveralPointsStayQuiet() {
        for (int i = 0; i < 2_000; i += 10) {
            StepSample.Builder sample = at(i);
            for (int task = 0; task < 20; task++) {
                sample.metric("eval/task" + task + "/acc", exam(0.3 + 0.02 * task, 100));
            }
            play.add(sample);
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void taskThatWasNeverLearnedStaysQuiet() {
        old = "eval/old/acc";

        assertThat(run(i -> exam(0.25, 50)).told).isEmpty();
    }

    @Test
    void tasksThatAreLearnedStayQuiet() {
        assertThat(run(i -> noisy(2 + 2 * Math.exp(-i / 200.0))).told).isEmpty();
    }

    @Test
    void textThatWasNeverKnownStaysQuiet() {
        // From scratch on other text: it gets worse than for a model that knows nothing.
        assertThat(run(i -> noisy(3.1 + (i < 20 ? 0 : 1))).told).isEmpty();
    }

    @Test
    void bareTaskIsTakenForALossByItsFirstValue() {
        old = "eval/books";
        run(i -> noisy(i < 400 ? 2.2 + 2 * Math.exp(-i / 50.0) : 2.9));

        assertThat(play.only().detectedStep()).isEqualTo(400);
    }

    @Test
    void taskThatComesBackIsResolved() {
        run(i -> noisy(i < 300 || i > 500 ? 2.2 : 3));

        assertThat(play.opened()).hasSize(1);
        assertThat(play.told.get(play.told.size() - 1).step()).isBetween(620L, 680L);
    }

    @Test
    void onlySixtyFourTasksAreFollowed() {
        for (int i = 0; i < 40; i++) {
            StepSample.Builder sample = at(i);
            for (int task = 0; task < 70; task++) {
                sample.metric("eval_loss/" + task, noisy(i < 20 ? 2 : task < 64 ? 2 : 4));
            }
            play.add(sample);
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void nanAndInfinityEnterNothing() {
        assertThat(run(i -> i % 70 == 0 ? Double.NaN : i % 110 == 0 ? Double.POSITIVE_INFINITY : noisy(2.2)).told)
                .isEmpty();
    }

    @Test
    void restoredHalfWayItSaysTheSame() {
        run(i -> noisy(i < 400 ? 2.2 : 2.7));
        ForgettingTest other = new ForgettingTest();
        other.run(i -> {
            if (i == 390) {
                other.play.restart();
            }
            return other.noisy(i < 400 ? 2.2 : 2.7);
        });

        assertThat(other.play.told).isEqualTo(play.told).isNotEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new Forgetting.Config(-1, 1)).hasMessage("forgetting.size must be > 0, got -1.0");
    }
}
