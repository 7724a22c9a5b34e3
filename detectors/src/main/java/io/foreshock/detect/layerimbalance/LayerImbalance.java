package io.foreshock.detect.layerimbalance;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.BatchNoise;
import io.foreshock.statistics.RunMedian;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One layer's gradient leaves the proportion that it held to the others. */
public final class LayerImbalance implements Detector<LayerImbalance.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "layer_imbalance", "One layer's gradient leaves the others")
            .needsOneOf(Signal.GRAD_NORM_LAYER, Signal.GRAD_RMS_LAYER)
            .calmAfter(50)
            .reference("arXiv:2410.23743")
            .advice(
                    "Look at that layer: its weights, its learning rate, its norm, what it was loaded from",
                    "Compare with a checkpoint from before the onset: weights that were damaged show there",
                    "If the layer is meant to learn faster or slower from here on, mute this for the run")
            .detectedBy(Config.DEFAULT, LayerImbalance::new);

    /** Layers without which there is no proportion. */
    private static final int FEWEST = 2;

    /**
     * Share of the worst layer's way from which on another one moved itself. Of three layers the one that moves makes the
     * others look half as far off.
     */
    private static final double MOVED = 0.75;

    /** Rows of a proportion before the first verdict: those of the first descent must be the smaller half. */
    private static final int WARM_UP = 64;

    /** Rows of the mean that is compared with the usual proportion. */
    private static final double NEAR = 10;

    /** Rows over which the noise is measured. */
    private static final double NOISE = 64;

    /** Standard errors of that mean by which it must be off. */
    private static final double CERTAINTY = 6;

    /** Signatures that drive layers apart, and tell of the same trouble better. */
    private static final List<String> TOLD_BETTER = List.of(
            "grad_vanishing",
            "update_collapse",
            "grad_explosion",
            "grad_norm_spike",
            "loss_spike",
            "loss_divergence",
            "attention_logit_growth",
            "attention_entropy_collapse",
            "output_logit_drift",
            "activation_growth",
            "lr_anomaly");

    private final Config config;

    public LayerImbalance(Config config) {
        this.config = config;
    }

    /**
     * @param notable factor by which a layer's proportion must have changed to be told, {@code > 1}
     * @param grave factor by which it must have changed to be a warning, {@code >= notable}
     * @param rows successive rows for which it has to show to be told, {@code >= 1}
     * @param durable successive rows for which it has to show to be a warning, {@code >= rows}
     */
    public record Config(double notable, double grave, int rows, int durable) {
        public static final Config DEFAULT = new Config(5, 10, 20, 50);

        public Config {
            Setting.check(notable > 1, "layer_imbalance", "notable", "> 1", notable);
            Setting.check(grave >= notable, "layer_imbalance", "grave", ">= notable (" + notable + ")", grave);
            Setting.check(rows >= 1, "layer_imbalance", "rows", ">= 1 row", rows);
            Setting.check(durable >= rows, "layer_imbalance", "durable", ">= rows (" + rows + ")", durable);
        }
    }

    /** What is remembered about one run: 45 numbers a layer. */
    public static final class Memory implements State {
        private final List<Layer> layers = new ArrayList<>();
        // Scratch: the logarithms of one row, as they come and in order.
        private double[] norms = {};
        private double[] sorted = {};

        private void restart(int count) {
            layers.clear();
            for (int k = 0; k < count; k++) {
                layers.add(new Layer());
            }
        }

        @Override
        public void persist(Archive archive) throws IOException {
            archive.each(layers, Layer::new);
        }
    }

    /** Logarithm of a layer's gradient over the median of the others. */
    private static final class Layer implements State {
        private final RunMedian usual = new RunMedian();
        private final RunningMean now = new RunningMean();
        private final BatchNoise noise = new BatchNoise();
        private int off;
        private int farOff;
        private long since;

        /** How far it is from its usual proportion, as a logarithm with its sign. */
        private double away() {
            return now.mean() - usual.median();
        }

        /** True if it came nearer to the others: a model that leaves a plateau lets its gradients through. */
        private boolean joined() {
            return Math.abs(now.mean()) < Math.abs(usual.median());
        }

        @Override
        public void persist(Archive archive) throws IOException {
            usual.persist(archive);
            now.persist(archive);
            noise.persist(archive);
            off = archive.count(off);
            farOff = archive.count(farOff);
            since = archive.whole(since);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public boolean evaluable(Memory memory) {
        return memory.layers.size() >= FEWEST;
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        Signal signal = row.has(Signal.GRAD_NORM_LAYER) ? Signal.GRAD_NORM_LAYER : Signal.GRAD_RMS_LAYER;
        int layers = row.size(signal);
        if (layers < FEWEST) {
            return;
        }
        if (layers != memory.layers.size()) {
            memory.restart(layers);
        }
        int alive = read(memory, row, signal, layers);
        if (alive < FEWEST) {
            return;
        }
        int worst = -1;
        for (int k = 0; k < layers; k++) {
            Layer layer = memory.layers.get(k);
            if (Double.isNaN(memory.norms[k])) {
                continue;
            }
            observeLayer(layer, memory.norms[k] - others(memory, memory.norms[k], alive), row.step());
            if (layer.off >= config.rows) {
                worst = worst < 0 || isWorse(layer, memory.layers.get(worst)) ? k : worst;
            } else if (layer.off > 0) {
                out.suspect();
            }
        }
        if (worst >= 0) {
            tell(memory, row, signal, worst, alive, run, out);
        }
    }

    /** Logarithms of the norms; layers that are frozen, infinite or missing are NaN. Returns how many are not. */
    private static int read(Memory memory, Row row, Signal signal, int layers) {
        if (memory.norms.length != layers) {
            memory.norms = new double[layers];
            memory.sorted = new double[layers];
        }
        int alive = 0;
        for (int k = 0; k < layers; k++) {
            double norm = row.value(signal, k);
            boolean counts = norm > 0 && norm < Double.POSITIVE_INFINITY;
            memory.norms[k] = counts ? Math.log(norm) : Double.NaN;
            if (counts) {
                memory.sorted[alive++] = memory.norms[k];
            }
        }
        Arrays.sort(memory.sorted, 0, alive);
        return alive;
    }

    /** Median of the sorted values without {@code own}, one of them. */
    private static double others(Memory memory, double own, int alive) {
        int rank = Arrays.binarySearch(memory.sorted, 0, alive, own);
        int rest = alive - 1;
        double upper = without(memory, rank, rest / 2);
        return rest % 2 == 1 ? upper : (without(memory, rank, rest / 2 - 1) + upper) / 2;
    }

    private static double without(Memory memory, int rank, int at) {
        return memory.sorted[at < rank ? at : at + 1];
    }

    private void observeLayer(Layer layer, double proportion, long step) {
        layer.now.add(proportion, NEAR);
        layer.noise.add(proportion, NOISE);
        double away = layer.usual.count() < WARM_UP ? 0 : Math.abs(layer.away());
        layer.usual.add(proportion);
        boolean certain = away > CERTAINTY * layer.noise.deviation() / Math.sqrt(NEAR);
        if (!certain || away < Math.log(config.notable)) {
            layer.off = 0;
        } else if (layer.off++ == 0) {
            layer.since = step;
        }
        layer.farOff = layer.off > 0 && away >= Math.log(config.grave) ? layer.farOff + 1 : 0;
    }

    private static boolean isWorse(Layer layer, Layer than) {
        return Math.abs(layer.away()) > Math.abs(than.away());
    }

    private void tell(Memory memory, Row row, Signal signal, int k, int alive, RunHistory run, Findings out) {
        Layer layer = memory.layers.get(k);
        int count = 0;
        for (Layer other : memory.layers) {
            boolean moved = other.off >= config.rows && Math.abs(other.away()) >= MOVED * Math.abs(layer.away());
            count += moved ? 1 : 0;
        }
        count = alive == 2 ? 1 : count;
        // Half of many layers moved: that is no layer's imbalance but the run's.
        boolean grave = layer.farOff >= config.durable && !layer.joined() && (alive == 2 || 2 * count < alive);
        for (String better : TOLD_BETTER) {
            grave &= !run.firing(better);
        }
        double times = Math.exp(Math.abs(layer.away()));
        out.add(new Finding(
                signal,
                row.series(signal, k),
                count,
                grave ? Severity.WARNING : Severity.INFO,
                layer.since,
                times,
                grave ? config.grave : config.notable,
                "1",
                null,
                Sentence.of(
                        "Gradient of layer %d is %.2g times %s beside the other layers than it used to be, since step"
                                + " %,d%s",
                        k,
                        times,
                        layer.away() > 0 ? "larger" : "smaller",
                        layer.since,
                        count > 1 ? Sentence.of("; %,d of %,d layers moved", count, alive) : "")));
    }
}
