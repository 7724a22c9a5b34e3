package io.foreshock.detect.overfitting;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** A small language model: loss 2 + 6 (1 + step/5)^-0.7, held-out loss a little above it; a test says what is different. */
class OverfittingTest {
    private static final int ROWS = 1_200;
    private final Play play = Play.judgedBy("overfitting");
    private final Random random = new Random(11);
    private int every = 20;
    private int stride = 1;
    private double trainNoise = 0.03;
    private double evalNoise = 0.01;
    private double times = 1;

    private static double course(int row) {
        return 2 + 6 * Math.pow(1 + row / 5.0, -0.7);
    }

    /** Plays a run whose losses are what is healthy, plus these. */
    private Play run(int rows, IntToDoubleFunction train, IntToDoubleFunction eval) {
        for (int i = 0; i < rows; i++) {
            play.add(row(i, train, eval));
        }
        return play.end();
    }

    private StepSample.Builder row(int i, IntToDoubleFunction train, IntToDoubleFunction eval) {
        StepSample.Builder sample = at((long) i * stride)
                .metric(
                        "loss",
                        times * (course(i) + train.applyAsDouble(i)) * (1 + trainNoise * random.nextGaussian()));
        if (i % every == 0) {
            sample.metric(
                    "eval_loss",
                    times * (0.05 + course(i) + eval.applyAsDouble(i)) * (1 + evalNoise * random.nextGaussian()));
        }
        return sample;
    }

    private static double none(int row) {
        return 0;
    }

    /** From row 500 on the training text is learned by heart. */
    private static double memorises(int row) {
        return -0.0009 * Math.max(0, row - 500);
    }

    private static double suffers(int row) {
        return 0.0008 * Math.max(0, row - 500);
    }

    private static int passes(int row) {
        return row / 300;
    }

    /** A spike, a restart: up by so much at this row, and back. */
    private static IntToDoubleFunction bump(int from, double height, double rows) {
        return row -> row < from ? 0 : height * Math.exp((from - row) / rows);
    }

    /** A task that is learned by heart and then understood: both losses from 3.4, the held-out one by way of this hill. */
    private Play grokking(double hill, IntToDoubleFunction late) {
        for (int i = 0; i < 2_000; i++) {
            StepSample.Builder sample =
                    at(i).metric("loss", 3.4 / (1 + Math.exp((i - 65) / 15.0)) + 0.3 * Math.exp(-i / 150.0));
            if (i % 20 == 0) {
                double up = hill * Math.exp(-Math.pow((i - 70) / 45.0, 2));
                sample.metric("eval_loss", up + 3.4 / (1 + Math.exp((i - 170) / 25.0)) + late.applyAsDouble(i));
            }
            play.add(sample);
        }
        return play.end();
    }

    @Test
    void hillBeforeATaskIsUnderstoodStaysQuiet() {
        assertThat(grokking(2.6, i -> 0.01).told).isEmpty();
    }

    @Test
    void solvedTaskWhoseHeldOutLossTreblesNearZeroStaysQuiet() {
        assertThat(grokking(0, i -> 0.01 + 0.01 * (1 + Math.sin(i / 60.0))).told)
                .isEmpty();
    }

    @Test
    void withoutTrainingLossItIsNotEvaluable() {
        for (int i = 0; i < 50; i++) {
            play.add(at(i).metric("eval_loss", 2 + 0.01 * i));
        }

        assertThat(play.end().told).isEmpty();
        assertThat(play.verdicts).containsEntry("overfitting", Verdict.NOT_EVALUABLE);
    }

    @Test
    void heldOutLossThatRisesWhileTrainingLossFallsIsFound() {
        run(ROWS, OverfittingTest::memorises, OverfittingTest::suffers);

        assertThat(play.only().onsetStep()).isBetween(500L, 640L);
        assertThat(play.only().detectedStep()).isBetween(700L, 820L);
        assertThat(play.only().severity()).isEqualTo(Severity.WARNING);
        assertThat(play.only().series()).isEqualTo("eval_loss");
        assertThat(play.only().summary()).contains("above its best at step").contains("learned by heart");
    }

    @Test
    void scalingAllLossesChangesNothing() {
        run(ROWS, OverfittingTest::memorises, OverfittingTest::suffers);
        OverfittingTest other = new OverfittingTest();
        other.times = 1_000;
        other.run(ROWS, OverfittingTest::memorises, OverfittingTest::suffers);

        assertThat(other.play.only().detectedStep()).isEqualTo(play.only().detectedStep());
    }

    @Test
    void evaluationsInEventsOfTheirOwnSayTheSame() {
        run(ROWS, OverfittingTest::memorises, OverfittingTest::suffers);
        OverfittingTest other = new OverfittingTest();
        for (int i = 0; i < ROWS; i++) {
            StepSample both = other.row(i, OverfittingTest::memorises, OverfittingTest::suffers)
                    .build();
            for (int metric = 0; metric < both.count(); metric++) {
                other.play.add(at(i).metric(both.name(metric), both.value(metric, 0)));
            }
        }
        other.play.end();

        assertThat(other.play.only()).isEqualTo(play.only());
    }

    @Test
    void evaluationsAtStepsOfTheirOwnAreJudgedAndCalmedByEvaluations() {
        for (int i = 0; i < 4_000; i++) {
            boolean heldOut = i % 20 == 19;
            double eval = 2 + (i < 400 ? 4 * Math.exp(-i / 100.0) : i < 2_000 ? 0.002 * (i - 400) : 0);
            play.add(at(i).metric(heldOut ? "eval_loss" : "loss", heldOut ? eval : 4 * Math.exp(-i / 1_500.0)));
        }
        play.end();

        assertThat(play.told.get(0).status()).isEqualTo(Status.OPEN);
        assertThat(play.told.get(play.told.size() - 1).status()).isEqualTo(Status.RESOLVED);
    }

    @Test
    void healthyRunStaysQuiet() {
        assertThat(run(ROWS, OverfittingTest::none, OverfittingTest::none).told).isEmpty();
    }

    @Test
    void noisyShortEvaluationsStayQuiet() {
        evalNoise = 0.06;
        every = 5;

        assertThat(run(3_000, OverfittingTest::none, OverfittingTest::none).told)
                .isEmpty();
    }

    @Test
    void warmRestartThatRaisesBothLossesStaysQuiet() {
        assertThat(run(ROWS, bump(500, 0.5, 60), bump(500, 0.5, 60)).told).isEmpty();
    }

    @Test
    void changeOfTheTrainingDataStaysQuiet() {
        // The new text is easier in the end, and the held-out text is of the old kind.
        IntToDoubleFunction easier = row -> row < 500 ? 0 : 1.2 * Math.exp((500 - row) / 40.0) - 0.4;

        assertThat(run(ROWS, easier, row -> row < 500 ? 0 : 0.6).told).isEmpty();
    }

    @Test
    void spikeStaysQuiet() {
        assertThat(run(ROWS, bump(600, 3, 30), bump(600, 3, 30)).told).isEmpty();
    }

    @Test
    void divergenceIsNoOverfitting() {
        assertThat(run(ROWS, row -> Math.max(0, row - 500) / 200.0, row -> Math.max(0, row - 500) / 200.0).told)
                .isEmpty();
    }

    @Test
    void bumpOfTwoEvaluationsBeforeItIsUnderstoodStaysQuiet() {
        double[] eval = {3.4, 4.3, 5.2, 4.1, 3.1, 2.3, 1.7, 1.3, 1, 0.7, 0.5, 0.4, 0.3};
        for (int i = 0; i < 25 * eval.length; i++) {
            StepSample.Builder sample = at(i).metric("loss", 3.4 * Math.exp(-i / 20.0));
            play.add(i % 25 == 0 ? sample.metric("eval_loss", eval[i / 25]) : sample);
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void memorisedFromTheStartIsFoundAtTheFourthEvaluation() {
        for (int i = 0; i < 500; i++) {
            StepSample.Builder sample = at(i).metric("loss", 3.8 * Math.exp(-i / 40.0));
            play.add(i % 25 == 0 ? sample.metric("eval_loss", 3.8 + 2 * Math.sqrt(i / 25.0)) : sample);
        }
        play.end();

        assertThat(play.only().onsetStep()).isEqualTo(25);
        assertThat(play.only().detectedStep()).isEqualTo(75);
    }

    @Test
    void fittedTaskThatJumpsNearZeroStaysQuiet() {
        for (int i = 0; i < 2_000; i++) {
            StepSample.Builder sample = at(i).metric("loss", 4 * Math.exp(-i / 100.0) + 1e-7);
            play.add(
                    i % 20 == 0
                            ? sample.metric(
                                    "eval_loss", 4 * Math.exp(-i / 80.0) + (i > 1_000 ? 1e-3 * (i - 1_000) / 1_000 : 0))
                            : sample);
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void severalPassesOverTheDataThatCostTwoPerCentStayQuiet() {
        IntToDoubleFunction passes = row -> -0.08 * passes(row);

        assertThat(run(ROWS, passes, row -> 0.01 * passes(row)).told).isEmpty();
    }

    @Test
    void aSingleEvaluationAtTheEndStaysQuiet() {
        every = ROWS - 1;

        assertThat(run(ROWS, OverfittingTest::none, row -> row > 0 ? 3 : 0).told)
                .isEmpty();
    }

    @Test
    void evaluationsEvery500RowsAreEnough() {
        every = 500;
        run(10_000, row -> -0.0001 * Math.max(0, row - 3_000), row -> 0.0001 * Math.max(0, row - 3_000));

        assertThat(play.only().detectedStep()).isBetween(4_500L, 7_500L);
    }

    @Test
    void policyAndPreferenceRunsAreNotJudged() {
        for (int i = 0; i < ROWS; i++) {
            play.add(
                    row(i, OverfittingTest::memorises, OverfittingTest::suffers).metric("reward_mean", 0.5));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void nanAndInfinityEnterNothing() {
        for (int i = 0; i < ROWS; i++) {
            play.add(
                    i % 7 == 3
                            ? at(i).metric("loss", Double.NaN).metric("eval_loss", Double.POSITIVE_INFINITY)
                            : row(i, OverfittingTest::none, OverfittingTest::none));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void restoredHalfWayItSaysTheSame() {
        run(ROWS, OverfittingTest::memorises, OverfittingTest::suffers);
        OverfittingTest other = new OverfittingTest();
        for (int i = 0; i < ROWS; i++) {
            other.play.add(other.row(i, OverfittingTest::memorises, OverfittingTest::suffers));
            if (i == 610) {
                other.play.restart();
            }
        }
        other.play.end();

        assertThat(other.play.told).isEqualTo(play.told);
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new Overfitting.Config(0.05, 1, 1, 0.2))
                .hasMessage("overfitting.fall must be between 0 and 1, got 1.0");
        assertThatThrownBy(() -> new Overfitting.Config(0, 0.1, 1, 0.2))
                .hasMessage("overfitting.size must be > 0, got 0.0");
    }
}
