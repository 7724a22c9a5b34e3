package io.foreshock.detect.layerimbalance;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.judge.Play;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class LayerImbalanceTest {
    private final Play play = Play.judgedBy("layer_imbalance");
    private final Random random = new Random(1);

    /** Six layers with a noise of their own and one of the batch; layer 3 is this many times what it would be. */
    private Play layerThree(int steps, double noise, LongToDoubleFunction times) {
        for (long step = 0; step < steps; step++) {
            double batch = Math.exp(0.5 * random.nextGaussian());
            double[] norms = new double[6];
            for (int k = 0; k < 6; k++) {
                double own = Math.exp(noise * random.nextGaussian());
                norms[k] = 0.1 * (k + 1) * batch * own * (k == 3 ? times.applyAsDouble(step) : 1);
            }
            play.add(at(step).metric("grad_norm/layer", norms));
        }
        return play.end();
    }

    @Test
    void oneLayerIsNotEvaluable() {
        play.add(at(0).metric("grad_norm/layer", new double[] {1})).end();

        assertThat(play.verdicts).containsEntry("layer_imbalance", Verdict.NOT_EVALUABLE);
    }

    @Test
    void aLayerThatIsTwentyTimesLargerIsNewsAfter20RowsAndAWarningAfter50() {
        layerThree(400, 0.2, step -> step < 200 ? 1 : 20);

        assertThat(play.opened()).hasSize(2);
        Incident news = play.opened().get(0);
        assertThat(news.severity()).isEqualTo(Severity.INFO);
        assertThat(news.detectedStep()).isBetween(219L, 230L);
        Incident warning = play.opened().get(1);
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.detectedStep()).isBetween(249L, 275L);
        assertThat(warning.series()).isEqualTo("grad_norm/layer[3]");
        assertThat(warning.summary()).startsWith("Gradient of layer 3 is").contains("times larger beside the other");
    }

    @Test
    void aLayerThatFallsTwentyTimesBehindIsAWarning() {
        layerThree(400, 0.2, step -> step < 200 ? 1 : 0.05);

        assertThat(play.last().severity()).isEqualTo(Severity.WARNING);
        assertThat(play.last().summary()).contains("times smaller beside the other");
    }

    @Test
    void oneOfThreeLayersIsNamed() {
        for (long step = 0; step < 400; step++) {
            double middle = step < 200 ? 1 : 0.002;
            play.add(at(step).metric("grad_norm/layer", new double[] {2, middle, 1}));
        }
        play.end();

        assertThat(play.last().severity()).isEqualTo(Severity.WARNING);
        assertThat(play.last().series()).isEqualTo("grad_norm/layer[1]");
        assertThat(play.last().seriesCount()).isEqualTo(1);
    }

    @Test
    void oneOfTwoLayersIsTold() {
        for (long step = 0; step < 400; step++) {
            play.add(at(step).metric("grad_norm/layer", new double[] {step < 200 ? 1 : 20, 1}));
        }
        play.end();

        assertThat(play.last().severity()).isEqualTo(Severity.WARNING);
    }

    @Test
    void aLayerThatJoinsTheOthersIsNews() {
        layerThree(400, 0.2, step -> step < 200 ? 0.01 : 0.5);

        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
    }

    @Test
    void sixTimesIsNews() {
        layerThree(400, 0.1, step -> step < 200 ? 1 : 7);

        assertThat(play.only().severity()).isEqualTo(Severity.INFO);
    }

    @Test
    void slowDriftByThreeStaysQuiet() {
        assertThat(layerThree(2_000, 0.2, step -> Math.pow(3, step / 2_000.0)).told)
                .isEmpty();
    }

    @Test
    void spikesOfFiveRowsStayQuiet() {
        assertThat(layerThree(1_000, 0.2, step -> step % 100 < 5 ? 100 : 1).told)
                .isEmpty();
    }

    @Test
    void aLayerAsNoisyAsThisStaysQuiet() {
        assertThat(layerThree(2_000, 2, step -> 1).told).isEmpty();
    }

    @Test
    void firstDescentStaysQuiet() {
        assertThat(layerThree(1_000, 0.2, step -> 1 + 50 * Math.exp(-step / 5.0)).told)
                .isEmpty();
    }

    @Test
    void frozenLayerStaysQuiet() {
        assertThat(layerThree(400, 0.2, step -> step < 200 ? 1 : 0).told).isEmpty();
    }

    @Test
    void gradientsThatGrowTogetherStayQuiet() {
        for (long step = 0; step < 600; step++) {
            double all = Math.exp(step / 50.0);
            play.add(at(step).metric("grad_norm/layer", new double[] {all, 2 * all, 3 * all, all}));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void whatAnotherSignatureTellsBetterIsNews() {
        Play both = Play.judgedBy("grad_vanishing", "layer_imbalance");
        for (long step = 0; step < 600; step++) {
            double share = step < 200 ? 1 : 1e-7;
            both.add(at(step).metric("loss", 3).metric("grad_norm/layer", new double[] {1, 1, share, 1}));
        }

        assertThat(both.end().opened())
                .extracting(Incident::signature, Incident::severity)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("grad_vanishing", Severity.WARNING),
                        org.assertj.core.groups.Tuple.tuple("layer_imbalance", Severity.INFO));
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new LayerImbalance.Config(5, 4, 20, 50))
                .hasMessage("layer_imbalance.grave must be >= notable (5.0), got 4.0");
    }
}
