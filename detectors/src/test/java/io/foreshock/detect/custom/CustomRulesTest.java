package io.foreshock.detect.custom;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CustomRulesTest {
    private static Subject subject(String metric) {
        return new Subject(Series.of(metric), Severity.WARNING, "");
    }

    private static Play threshold(String metric, double above, double below, int rows) {
        Subject subject = subject(metric);
        return new Play(List.of(Signature.named("rule", "rule")
                .calmAfter(3)
                .detectedBy(new Threshold.Config(above, below, rows), config -> new Threshold(subject, config))));
    }

    private static Play robustZ(RobustZ.Config set) {
        Subject subject = subject("m");
        return new Play(List.of(
                Signature.named("rule", "rule").calmAfter(3).detectedBy(set, config -> new RobustZ(subject, config))));
    }

    private static Play trend(double change, int rows) {
        Subject subject = subject("m");
        return new Play(List.of(Signature.named("rule", "rule")
                .calmAfter(3)
                .detectedBy(new Trend.Config(change, rows, 4), config -> new Trend(subject, config))));
    }

    private static Play absence(int rows, long steps) {
        Subject subject = subject("m");
        return new Play(List.of(Signature.named("rule", "rule")
                .calmAfter(1)
                .detectedBy(new Absence.Config(rows, steps), config -> new Absence(subject, config))));
    }

    private static Play play(Play play, double... values) {
        for (int i = 0; i < values.length; i++) {
            play.add(at(i).metric("m", values[i]));
        }
        return play;
    }

    @Test
    void thresholdFiresAfterItsRowsSinceTheFirstOfThem() {
        Play play = play(threshold("m", 10, Double.NEGATIVE_INFINITY, 3), 1, 11, 11, 1, 12, 13, 14, 15, 1, 1, 1);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED);
        Incident opened = play.opened().get(0);
        assertThat(opened.detectedStep()).isEqualTo(6);
        assertThat(opened.onsetStep()).isEqualTo(4);
        assertThat(opened.value()).isEqualTo(14);
        assertThat(opened.threshold()).isEqualTo(10);
        assertThat(opened.summary()).isEqualTo("m is 14, above 10 for 3 rows");
    }

    @Test
    void thresholdBelowLooksAtTheSmallestOfAnArrayAndAboveAtTheLargest() {
        Play low = threshold("m", Double.POSITIVE_INFINITY, 2, 1)
                .add(at(0).metric("m", new double[] {5, 1, 9}))
                .end();
        Play high = threshold("m", 8, Double.NEGATIVE_INFINITY, 1)
                .add(at(0).metric("m", new double[] {5, 1, 9}))
                .end();

        assertThat(low.opened()).extracting(Incident::value).containsExactly(1.0);
        assertThat(high.opened()).extracting(Incident::value).containsExactly(9.0);
    }

    @Test
    void oneSeriesOfAnArray() {
        Play play = threshold("m[1][0]", 8, Double.NEGATIVE_INFINITY, 1)
                .add(at(0).metric("m", new double[][] {{9, 9}, {1, 9}}))
                .add(at(1).metric("m", new double[][] {{1, 1}, {9, 1}}));

        assertThat(play.opened()).extracting(Incident::detectedStep).containsExactly(1L);
        assertThat(play.opened().get(0).series()).isEqualTo("m[1][0]");
    }

    @Test
    void aPlaceThatTheArrayDoesNotHaveIsNotThere() {
        Play play = threshold("m[5]", 8, Double.NEGATIVE_INFINITY, 1)
                .add(at(0).metric("m", new double[] {9, 9}))
                .add(at(1).metric("m", 9));

        assertThat(play.verdicts).containsEntry("rule", Verdict.NOT_EVALUABLE);
    }

    @Test
    void aMetricWhoseNameLooksLikeAPlaceIsFoundByItsName() {
        assertThat(threshold("reward[0]", 8, Double.NEGATIVE_INFINITY, 1)
                        .add(at(0).metric("reward[0]", 9))
                        .end()
                        .opened())
                .hasSize(1);
    }

    @Test
    void rowsWithoutTheMetricNeitherFireNorResolve() {
        Play play = threshold("m", 10, Double.NEGATIVE_INFINITY, 2);
        play.add(at(0).metric("m", 11));
        for (int step = 1; step < 30; step++) {
            play.add(at(step).metric("other", 1));
        }
        play.add(at(30).metric("m", 11));
        for (int step = 31; step < 60; step++) {
            play.add(at(step).metric("other", 1));
        }

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN);
        assertThat(play.verdicts).containsEntry("rule", Verdict.FIRING);
    }

    @Test
    void nanIsNeitherAboveNorBelow() {
        assertThat(play(threshold("m", 1, 1, 1), Double.NaN, Double.NaN).told).isEmpty();
    }

    @Test
    void robustZFiresOnTheValueThatStandsOutAndIsNotDraggedByIt() {
        Random random = new Random(1);
        double[] values = random.doubles(100, -1, 1).map(x -> 50 + x).toArray();
        values[70] = 80;
        values[80] = 20;

        Play play = play(robustZ(new RobustZ.Config(8, 32, 1, true, true)), values);

        assertThat(play.opened()).extracting(Incident::detectedStep).containsExactly(70L, 80L);
        assertThat(play.opened().get(0).summary())
                .matches("m is 80, \\d+(\\.\\d+)? standard deviations above its median 5.*");
    }

    @Test
    void robustZLooksTheWayItIsTold() {
        double[] values = new Random(1).doubles(100, -1, 1).map(x -> 50 + x).toArray();
        values[70] = 20;

        assertThat(play(robustZ(new RobustZ.Config(8, 32, 1, true, false)), values).told)
                .isEmpty();
    }

    @Test
    void robustZTakesALevelThatStaysForTheNewCourse() {
        double[] values = new Random(1).doubles(200, -1, 1).map(x -> 50 + x).toArray();
        for (int i = 100; i < 200; i++) {
            values[i] += 30;
        }

        Play play = play(robustZ(new RobustZ.Config(8, 16, 1, true, true)), values);

        assertThat(play.opened()).extracting(Incident::detectedStep).containsExactly(100L);
        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(118);
    }

    @Test
    void robustZOfAConstantMayMoveInItsLastDigit() {
        double[] values = new double[100];
        java.util.Arrays.fill(values, 3);
        values[60] = 3.001;
        assertThat(play(robustZ(new RobustZ.Config(6, 16, 1, true, true)), values).told)
                .isEmpty();
        values[60] = 4;
        assertThat(play(robustZ(new RobustZ.Config(6, 16, 1, true, true)), values)
                        .opened())
                .hasSize(1);
    }

    @Test
    void trendThatIsCertainAndLargeFires() {
        Random random = new Random(2);
        double[] values = new double[300];
        for (int i = 0; i < 300; i++) {
            values[i] = 100 * (1 + (i < 100 ? 0 : 0.001 * (i - 100))) + random.nextGaussian();
        }

        Play play = play(trend(0.05, 100), values);

        assertThat(play.opened()).hasSize(1);
        // A twentieth over 100 rows is reached when the slope has filled most of the window.
        assertThat(play.opened().get(0).detectedStep()).isBetween(140L, 190L);
        assertThat(play.opened().get(0).summary()).matches("m rose by 5\\.\\d+ % over 100 rows, from .* to .*");
    }

    @Test
    void trendTheOtherWayStaysQuiet() {
        double[] values = new double[300];
        for (int i = 0; i < 300; i++) {
            values[i] = 100 - 0.1 * i;
        }

        assertThat(play(trend(0.05, 100), values).told).isEmpty();
        assertThat(play(trend(-0.05, 100), values).opened()).hasSize(1);
    }

    @Test
    void aWanderingMetricIsNoTrend() {
        int opened = 0;
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            double[] values = new double[500];
            double wander = 0;
            for (int i = 0; i < 500; i++) {
                wander = 0.8 * wander + random.nextGaussian();
                values[i] = 20 + wander;
            }
            opened += play(trend(0.1, 100), values).opened().size();
        }
        assertThat(opened).isLessThanOrEqualTo(1);
    }

    @Test
    void aMetricAroundZeroIsNoTrend() {
        double[] values = new Random(5).doubles(600, -1, 1).toArray();
        assertThat(play(trend(0.5, 50), values).told).isEmpty();
    }

    @Test
    void carriedSumsAgreeWithSumsMadeAnew() {
        Random random = new Random(9);
        Play carried = trend(0.02, 64);
        for (int i = 0; i < 5_000; i++) {
            carried.add(at(i).metric("m", 1e6 + random.nextGaussian()));
        }
        assertThat(carried.told).isEmpty();
    }

    @Test
    void absenceCountsRowsOrStepsSinceTheMetricCame() {
        Play rows = absence(5, 0);
        Play steps = absence(0, 50);
        for (int i = 0; i < 20; i++) {
            StepSample sample = i < 3
                    ? at(10L * i).metric("m", 1).build()
                    : at(10L * i).metric("x", 1).build();
            rows.add(sample);
            steps.add(sample);
        }
        rows.add(at(300).metric("m", Double.NaN)).end();

        assertThat(rows.opened()).extracting(Incident::detectedStep).containsExactly(70L);
        assertThat(rows.opened().get(0).onsetStep()).isEqualTo(20);
        assertThat(rows.opened().get(0).summary()).isEqualTo("m is missing for 5 rows");
        assertThat(rows.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(steps.opened()).extracting(Incident::detectedStep).containsExactly(70L);
        assertThat(steps.opened().get(0).summary()).isEqualTo("m is missing for 50 steps");
    }

    @Test
    void aMetricThatNeverComesIsAbsentToo() {
        Play play = absence(5, 0);
        for (int i = 0; i < 6; i++) {
            play.add(at(i).metric("x", 1));
        }
        assertThat(play.opened()).extracting(Incident::detectedStep).containsExactly(4L);
    }

    @Test
    void restoredAnywhereTheRulesSayTheSame() {
        List<Signature> rules = List.of(
                Signature.named("t", "")
                        .detectedBy(new Threshold.Config(2, -2, 2), c -> new Threshold(subject("m"), c)),
                Signature.named("z", "")
                        .detectedBy(new RobustZ.Config(3, 16, 2, true, true), c -> new RobustZ(subject("m"), c)),
                Signature.named("g", "").detectedBy(new Trend.Config(0.5, 32, 2), c -> new Trend(subject("m"), c)),
                Signature.named("a", "").detectedBy(new Absence.Config(4, 0), c -> new Absence(subject("m"), c)));
        List<Incident> expected = wild(rules, -1);
        assertThat(expected).extracting(Incident::signature).contains("t", "z", "g", "a");
        for (int cut = 1; cut < 400; cut += 37) {
            assertThat(wild(rules, cut)).as("cut at %d", cut).isEqualTo(expected);
        }
    }

    private static List<Incident> wild(List<Signature> rules, int cut) {
        Random random = new Random(4);
        Play play = new Play(rules);
        for (int i = 0; i < 400; i++) {
            if (i == cut) {
                play.restart();
            }
            double value = 1 + random.nextGaussian() + (i % 90 > 80 ? 6 : 0) + (i > 200 ? 0.02 * (i - 200) : 0);
            play.add(i % 120 > 110 ? at(i).metric("x", 1) : at(i).metric("m", value));
        }
        return play.end().told;
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new Threshold.Config(1, 2, 1))
                .hasMessage("threshold.above must be >= below (2), got 1.0");
        assertThatThrownBy(() -> new Threshold.Config(1, 0, 0)).hasMessage("threshold.rows must be >= 1 row, got 0");
        assertThatThrownBy(() -> new RobustZ.Config(0, 64, 1, true, true))
                .hasMessage("robust_z.sigmas must be > 0 standard deviations, got 0.0");
        assertThatThrownBy(() -> new RobustZ.Config(6, 7, 1, true, true))
                .hasMessage("robust_z.window must be 8 to 10,000 rows, got 7");
        assertThatThrownBy(() -> new RobustZ.Config(6, 64, 65, true, true))
                .hasMessage("robust_z.rows must be 1 to window (64) rows, got 65");
        assertThatThrownBy(() -> new RobustZ.Config(6, 64, 1, false, false))
                .hasMessage("robust_z.below must be true where above is false, got false");
        assertThatThrownBy(() -> new Trend.Config(0, 64, 1))
                .hasMessage("trend.change must be a share other than 0, got 0.0");
        assertThatThrownBy(() -> new Absence.Config(-1, 0)).hasMessage("absence.rows must be >= 0 rows, got -1");
    }
}
