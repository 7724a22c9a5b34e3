package io.foreshock.detect.expertcollapse;

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

class ExpertCollapseTest {
    private static final String METRIC = "expert_share";
    private final Play play = Play.judgedBy("expert_collapse");
    private final Random random = new Random(1);

    /** Busiest expert of a layer that follows the course, after a layer that balances eight. */
    private Play run(long from, long to, LongToDoubleFunction course) {
        for (long step = from; step < to; step++) {
            double share = course.applyAsDouble(step) + 0.01 * random.nextGaussian();
            double balanced = 0.15 + 0.01 * random.nextGaussian();
            play.add(at(step).metric(METRIC, new double[] {balanced, Math.min(1, share)}));
        }
        return play.end();
    }

    /** All experts of one layer: the first takes what the course says of the visits, the others divide the rest. */
    private Play experts(int count, double visits, long to, LongToDoubleFunction course) {
        for (long step = 0; step < to; step++) {
            double first = course.applyAsDouble(step);
            double[] shares = new double[count];
            for (int e = 0; e < count; e++) {
                double even = e == 0 ? first : (1 - first) / (count - 1);
                shares[e] = visits * even * (1 + 0.02 * random.nextGaussian());
            }
            play.add(at(step).metric(METRIC, new double[][] {shares}));
        }
        return play.end();
    }

    private static double sigmoid(long step, long middle, double width) {
        return 1 / (1 + Math.exp(-(step - middle) / width));
    }

    @Test
    void nothingReportedIsNotEvaluable() {
        play.add(at(0).metric("loss", 3)).add(at(1).metric("loss", 2)).end();

        assertThat(play.verdicts).containsEntry("expert_collapse", Verdict.NOT_EVALUABLE);
    }

    @Test
    void balancedRoutingStaysQuiet() {
        assertThat(run(0, 1_000, step -> 0.2).told).isEmpty();
    }

    @Test
    void collapseAtOnceIsToldWithinTenRows() {
        run(0, 400, step -> step < 300 ? 0.2 : 0.97);

        assertThat(play.only().detectedStep()).isBetween(302L, 310L);
        assertThat(play.only().severity()).isEqualTo(Severity.WARNING);
        assertThat(play.only().series()).isEqualTo("expert_share[1]");
        assertThat(play.only().summary()).startsWith("The busiest expert of layer 1 takes");
    }

    @Test
    void shareThatRisesForSureIsInfoFirstAndAWarningFrom75Percent() {
        // 0.2 at step 431, 0.75 at step 555, 0.85 at step 587.
        run(0, 580, step -> 0.13 + 0.87 * sigmoid(step, 500, 50));

        Incident info = play.opened().get(0);
        assertThat(info.severity()).isEqualTo(Severity.INFO);
        Incident warning = play.opened().get(1);
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.detectedStep()).isBetween(545L, 565L);
        assertThat(warning.forecast()).isNotNull();
        assertThat(warning.forecast().low()).isLessThan(587);
        assertThat(warning.forecast().high()).isGreaterThan(587);
        assertThat(warning.summary()).contains("and rises; reaches 85 % about step");
    }

    @Test
    void oneDeadExpertUnderTopTwoOfFourStaysQuiet() {
        // Share of tokens: from one half to two thirds within 100 steps.
        run(0, 1_500, step -> 0.5 + 0.17 * sigmoid(step, 600, 20));

        assertThat(play.told).isEmpty();
    }

    @Test
    void oneDeadExpertOfFourIsInfoWhereAllAreLogged() {
        for (long step = 0; step < 500; step++) {
            double[] shares = new double[4];
            for (int e = 0; e < 4; e++) {
                double even = step < 200 ? 0.5 : e == 3 ? 0 : 2 / 3.0;
                shares[e] = even * (1 + 0.03 * random.nextGaussian());
            }
            play.add(at(step).metric(METRIC, new double[][] {shares}));
        }
        play.end();

        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
        assertThat(play.only().detectedStep()).isEqualTo(249);
        assertThat(play.only().summary()).isEqualTo("1 of 4 experts get no tokens (1 of all)");
    }

    @Test
    void allExpertsLoggedAsShares() {
        experts(8, 1, 400, step -> step < 300 ? 0.125 : 0.95);

        assertThat(play.only().detectedStep()).isBetween(302L, 312L);
        assertThat(play.only().series()).isEqualTo(METRIC);
    }

    @Test
    void allExpertsLoggedAsCounts() {
        experts(8, 65_536, 400, step -> step < 300 ? 0.125 : 0.95);

        assertThat(play.only().detectedStep()).isBetween(302L, 312L);
    }

    @Test
    void twoExpertsThatTakeAllVisitsOfTopTwoAreACollapse() {
        for (long step = 0; step < 400; step++) {
            double[] shares = new double[8];
            for (int e = 0; e < 8; e++) {
                shares[e] = step < 300 ? 0.25 : e < 2 ? 0.97 : 0.01;
            }
            play.add(at(step).metric(METRIC, new double[][] {shares}));
        }

        assertThat(play.end().only().detectedStep()).isBetween(302L, 312L);
    }

    @Test
    void expertThatNearlyAllTokensVisitBesideABalancedOneStaysQuiet() {
        for (long step = 0; step < 400; step++) {
            double[] shares = new double[8];
            for (int e = 0; e < 8; e++) {
                shares[e] = e == 0 ? 0.96 : 1.04 / 7;
            }
            play.add(at(step).metric(METRIC, new double[][] {shares}));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void randomRouterOfTheFirstRowsStaysQuiet() {
        assertThat(run(0, 500, step -> step < 25 ? 0.95 : 0.2).told).isEmpty();
    }

    @Test
    void routerThatTouchesTheLimitBeforeItFindsItsBalanceStaysQuiet() {
        run(0, 400, step -> 0.65 + 0.2 * Math.exp(-Math.pow((step - 47) / 30.0, 2)) + 0.02 * random.nextGaussian());

        assertThat(play.told).isEmpty();
    }

    @Test
    void shareThatRestsJustBeyondTheLimitIsToldAfterFiftyRows() {
        run(0, 400, step -> (step < 200 ? 0.3 : 0.86) + 0.02 * random.nextGaussian());

        assertThat(play.opened().get(0).detectedStep()).isBetween(215L, 280L);
    }

    @Test
    void singleRowsStayQuiet() {
        assertThat(run(0, 500, step -> step % 20 == 19 ? 0.98 : 0.3).told).isEmpty();
    }

    @Test
    void layerWithOnlyOneExpertStaysQuiet() {
        for (long step = 0; step < 300; step++) {
            play.add(at(step).metric(METRIC, new double[] {0.3, 1.0}));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void comesBackAndIsResolvedAfter50CalmRows() {
        run(0, 500, step -> step < 200 || step >= 350 ? 0.2 : 0.97);

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isBetween(400L, 412L);
    }

    @Test
    void collapseBehindAResumeIsStillKnown() {
        run(0, 400, step -> step < 300 ? 0.2 : 0.97);
        for (long step = 350; step < 400; step++) {
            play.add(at(step).attempt(1).metric(METRIC, new double[] {0.15, 0.97}));
        }
        play.end();

        assertThat(play.opened()).hasSize(2);
        assertThat(play.opened().get(1).detectedStep()).isEqualTo(350);
    }

    @Test
    void nanLeavesTheMeanAlone() {
        run(0, 400, step -> step % 3 == 0 ? Double.NaN : 0.3);

        assertThat(play.told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new ExpertCollapse.Config(0.7, 30))
                .hasMessage("expert_collapse.collapsed must be > 0.75 and < 1, got 0.7");
        assertThatThrownBy(() -> new ExpertCollapse.Config(0.85, 0))
                .hasMessage("expert_collapse.warm_up must be >= 1 row, got 0");
    }
}
