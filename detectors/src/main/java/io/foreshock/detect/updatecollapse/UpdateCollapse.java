package io.foreshock.detect.updatecollapse;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.LossToGo;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Forecast;
import io.foreshock.statistics.LogTrend;
import io.foreshock.statistics.RunMedian;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The optimizer hardly moves the weights any more, or will not soon: gradients are coming down to Adam's epsilon. */
public final class UpdateCollapse implements Detector<UpdateCollapse.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "update_collapse", "Updates collapse, or gradients reach Adam's epsilon")
            .needsOneOf(Signal.UPDATE_RATIO, Signal.GRAD_RMS_LAYER)
            .helpedBy(
                    Signal.LOSS,
                    Signal.LR,
                    Signal.PARAM_NORM,
                    Signal.ADAM_EPS,
                    Signal.ADAM_SECOND_MOMENT_RMS,
                    Signal.GRAD_NORM_LAYER)
            .calmAfter(50)
            .reference("arXiv:2309.14322")
            .advice(
                    "Lower Adam's epsilon well below the gradient RMS of the smallest layer (1e-15 is in use), or use atan2",
                    "Check that the gradient is unscaled before the optimizer sees it",
                    "After a gradient spike: the second moment is too large, and beta2 says for how long; lower it")
            .detectedBy(Config.DEFAULT, UpdateCollapse::new);

    /** Epsilon of Adam in PyTorch, optax and Megatron-LM, where the log does not say. */
    private static final double USUAL_EPS = 1e-8;

    /**
     * RMS of Adam's update of a weight, in learning rates, when the gradient is nothing but noise: the deviation of a mean
     * with beta1 = 0.9, sqrt((1 - beta1)/(1 + beta1)).
     */
    private static final double UPDATE_OF_NOISE = 0.23;

    /** Rows that make a usual level. */
    private static final int REFERENCE = 32;

    /** Rows of the mean of a layer's gradient RMS, and of the trends through it. */
    private static final double SMOOTHING = 5;

    private static final double SHORT_MEMORY = 10;
    private static final double LONG_MEMORY = 40;

    /** Standard errors by which both trends must fall. */
    private static final double CERTAINTY = 3;

    /** Deviation of the logarithm of the pace on the way, as measured on the growth of attention logits. */
    private static final double DRIFT = 0.6;

    private static final double SMALLEST = Math.log(Double.MIN_NORMAL);

    private final Config config;

    public UpdateCollapse(Config config) {
        this.config = config;
    }

    /**
     * @param fall how many times the update must be under its usual size, or under that of an Adam that sees nothing but
     *     noise, or a gradient under epsilon, {@code > 1}
     * @param watched distance to epsilon from which the decay of a gradient is forecast, in multiples of epsilon, {@code > 1}
     * @param nearness how far off epsilon may be, in multiples of the time for which the gradient has been falling, {@code > 0}
     * @param rows successive rows for which it has to show, {@code >= 1}
     */
    public record Config(double fall, double watched, double nearness, int rows) {
        public static final Config DEFAULT = new Config(20, 100, 0.5, 10);

        public Config {
            Setting.check(fall > 1, "update_collapse", "fall", "> 1", fall);
            Setting.check(watched > 1, "update_collapse", "watched", "> 1", watched);
            Setting.check(nearness > 0, "update_collapse", "nearness", "> 0", nearness);
            Setting.check(rows >= 1, "update_collapse", "rows", ">= 1 row", rows);
        }
    }

    /** What is remembered about one run: some fifty numbers, and 26 a layer. */
    public static final class Memory implements State {
        private final LossToGo toGo = new LossToGo();
        private final RunMedian usual = new RunMedian();
        private double weights = 1;
        private double parameters;
        private double eps = Double.NaN;
        private boolean adam;
        private boolean updates;
        private int small;
        private long smallSince;
        private final List<Layer> layers = new ArrayList<>();
        private long rows;

        @Override
        public void persist(Archive archive) throws IOException {
            toGo.persist(archive);
            usual.persist(archive);
            weights = archive.real(weights);
            parameters = archive.real(parameters);
            eps = archive.real(eps);
            adam = archive.flag(adam);
            updates = archive.flag(updates);
            small = archive.count(small);
            smallSince = archive.whole(smallSince);
            archive.each(layers, Layer::new);
            rows = archive.whole(rows);
        }
    }

    /** The gradient RMS of a layer, as a logarithm. */
    private static final class Layer implements State {
        private final RunningMean level = new RunningMean();
        private final LogTrend lately = new LogTrend();
        private final LogTrend trend = new LogTrend();
        /** Where it last was far above epsilon. */
        private long since;

        private long sinceRow;
        private int below;
        private long belowSince;

        @Override
        public void persist(Archive archive) throws IOException {
            level.persist(archive);
            lately.persist(archive);
            trend.persist(archive);
            since = archive.whole(since);
            sinceRow = archive.whole(sinceRow);
            below = archive.count(below);
            belowSince = archive.whole(belowSince);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public boolean evaluable(Memory memory) {
        return memory.toGo.known() && (memory.updates || (memory.adam && memory.rows > 0));
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        // A policy that is solved needs no updates, and its loss does not say so: see grad_vanishing.
        if (run.policy() || row.value(Signal.SKIPPED_STEP) > 0) {
            return;
        }
        memory.toGo.observe(row);
        observeOptimizer(memory, row);
        observeUpdate(memory, row, out);
        observeGradients(memory, row, out);
    }

    private static void observeOptimizer(Memory memory, Row row) {
        memory.adam |= row.has(Signal.ADAM_EPS) || row.has(Signal.ADAM_SECOND_MOMENT_RMS);
        if (row.value(Signal.ADAM_EPS) > 0) {
            memory.eps = row.value(Signal.ADAM_EPS);
        }
        double norm = row.value(Signal.PARAM_NORM);
        if (norm > 0 && norm < Double.POSITIVE_INFINITY) {
            memory.weights = norm;
        }
        int layers = row.size(Signal.GRAD_NORM_LAYER);
        if (memory.parameters > 0 || layers == 0 || layers != row.size(Signal.GRAD_RMS_LAYER)) {
            return;
        }
        double parameters = 0;
        for (int k = 0; k < layers; k++) {
            double root = row.value(Signal.GRAD_NORM_LAYER, k) / row.value(Signal.GRAD_RMS_LAYER, k);
            double square = root * root;
            parameters += Double.isFinite(square) ? square : 0;
        }
        memory.parameters = Double.isFinite(parameters) ? parameters : 0;
    }

    private void observeUpdate(Memory memory, Row row, Findings out) {
        double ratio = row.value(Signal.UPDATE_RATIO);
        double rate = row.value(Signal.LR);
        // A rate of 0 is the business of lr_anomaly.
        if (!(ratio >= 0 && ratio < Double.POSITIVE_INFINITY && rate > 0)) {
            return;
        }
        memory.updates = true;
        double update = Math.max(SMALLEST, Math.log(ratio) + Math.log(memory.weights) - Math.log(rate));
        double fall = memory.usual.count() < REFERENCE ? 0 : memory.usual.median() - update;
        memory.usual.add(update);
        double bar = Math.log(config.fall);
        double shortfall = neverWas(memory, row, update);
        boolean fell = fall >= bar;
        if (!memory.toGo.far() || (!fell && shortfall < bar)) {
            memory.small = 0;
            return;
        }
        if (memory.small++ == 0) {
            memory.smallSince = row.step();
        }
        if (memory.small < config.rows) {
            out.suspect();
            return;
        }
        double times = Math.exp(Math.max(fall, shortfall));
        String under = fell ? "its usual size for this learning rate" : "what Adam does even where gradients are noise";
        out.add(new Finding(
                Signal.UPDATE_RATIO,
                Signal.UPDATE_RATIO.key(),
                times > config.fall * config.fall ? Severity.CRITICAL : Severity.WARNING,
                memory.smallSince,
                times,
                config.fall,
                "1",
                null,
                Sentence.of(
                        "Updates are %.2g of the weights, %.2g times under %s, since step %,d, and the loss is still at"
                                + " %.0f %% of its start",
                        ratio, times, under, memory.smallSince, 100 * memory.toGo.share())));
    }

    /** How far the update is under the least that Adam does, as a logarithm; 0 where that cannot be said. */
    private static double neverWas(Memory memory, Row row, double update) {
        if (!memory.adam || !(memory.parameters > 0) || !row.has(Signal.PARAM_NORM)) {
            return 0;
        }
        return Math.log(UPDATE_OF_NOISE) + Math.log(memory.parameters) / 2 - update;
    }

    private void observeGradients(Memory memory, Row row, Findings out) {
        int layers = row.size(Signal.GRAD_RMS_LAYER);
        if (!memory.adam || layers == 0) {
            return;
        }
        if (row.resumed() || layers != memory.layers.size()) {
            memory.layers.clear();
            for (int k = 0; k < layers; k++) {
                memory.layers.add(new Layer());
            }
        }
        memory.rows++;
        double eps = Math.log(eps(memory));
        int under = -1;
        int count = 0;
        int coming = -1;
        for (int k = 0; k < layers; k++) {
            double rms = row.value(Signal.GRAD_RMS_LAYER, k);
            // 0 is a layer that is frozen, or one that grad_vanishing has long told of.
            if (!(rms > 0 && rms < Double.POSITIVE_INFINITY)) {
                continue;
            }
            Layer layer = memory.layers.get(k);
            observeLayer(memory, layer, Math.log(rms), eps, row.step());
            if (layer.below >= config.rows) {
                count++;
                under = under < 0 || layer.level.mean() < level(memory, under) ? k : under;
            } else if (comes(memory, layer, eps, row.step())) {
                coming = coming < 0 || layer.level.mean() < level(memory, coming) ? k : coming;
            }
        }
        if (!memory.toGo.far()) {
            return;
        }
        if (under >= 0) {
            tellUnder(memory, row, under, count, eps, out);
        } else if (coming >= 0) {
            tellComing(memory, row, coming, eps, out);
        }
    }

    private static double level(Memory memory, int k) {
        return memory.layers.get(k).level.mean();
    }

    private void observeLayer(Memory memory, Layer layer, double now, double eps, long step) {
        double level = layer.level.add(now, SMOOTHING);
        layer.lately.addLogarithm(LogTrend.keep(SHORT_MEMORY), (double) step, now);
        layer.trend.addLogarithm(LogTrend.keep(LONG_MEMORY), (double) step, now);
        if (layer.sinceRow == 0 || level > eps + 2 * Math.log(config.watched)) {
            layer.since = step;
            layer.sinceRow = memory.rows;
        }
        if (level >= eps || now >= eps) {
            layer.below = 0;
        } else if (layer.below++ == 0) {
            layer.belowSince = step;
        }
    }

    /** Falls for sure, still does, and will be at epsilon soon compared with how long it has been falling. */
    private boolean comes(Memory memory, Layer layer, double eps, long step) {
        double way = layer.level.mean() - eps;
        return way > 0
                && way < Math.log(config.watched)
                && memory.rows - layer.sinceRow >= 2L * config.rows
                && falls(layer.lately)
                && falls(layer.trend)
                && way / -slower(layer).slope() <= config.nearness * (step - layer.since);
    }

    private static boolean falls(LogTrend trend) {
        return trend.slope() < -CERTAINTY * trend.slopeError();
    }

    private static LogTrend slower(Layer layer) {
        return layer.trend.slope() > layer.lately.slope() ? layer.trend : layer.lately;
    }

    private void tellUnder(Memory memory, Row row, int k, int count, double eps, Findings out) {
        Layer layer = memory.layers.get(k);
        double times = Math.exp(eps - layer.level.mean());
        Sentence more = count > 1 ? Sentence.of("; so it is in %,d layers", count) : Sentence.NONE;
        tell(
                memory,
                row,
                k,
                count,
                layer.belowSince,
                times,
                1,
                null,
                Sentence.of(
                        "Gradient RMS of layer %d is %.2g, under Adam's epsilon of %s since step %,d: its updates are %.2g times"
                                + " too small%s",
                        k, Math.exp(layer.level.mean()), epsilon(memory), layer.belowSince, 1 + times, more),
                out);
    }

    private void tellComing(Memory memory, Row row, int k, double eps, Findings out) {
        Layer layer = memory.layers.get(k);
        LogTrend slower = slower(layer);
        double level = layer.level.mean();
        Forecast forecast = Forecast.ofGrowth(
                Signal.GRAD_RMS_LAYER.key(),
                eps(memory),
                row.step(),
                level - eps,
                -slower.slope(),
                slower.slopeError(),
                DRIFT);
        tell(
                memory,
                row,
                k,
                1,
                layer.since,
                Math.exp(eps - level),
                1 / config.watched,
                forecast,
                Sentence.of(
                        "Gradient RMS of layer %d is %.2g and halves every %,d steps; reaches Adam's epsilon of %s about step"
                                + " %,d",
                        k,
                        Math.exp(level),
                        Math.max(1, Math.round(Math.log(2) / -slower.slope())),
                        epsilon(memory),
                        forecast.step()),
                out);
    }

    private static double eps(Memory memory) {
        return Double.isNaN(memory.eps) ? USUAL_EPS : memory.eps;
    }

    private static Sentence epsilon(Memory memory) {
        return Double.isNaN(memory.eps)
                ? Sentence.of("%.0e (its usual value: the log does not tell it)", USUAL_EPS)
                : Sentence.of("%.2g", memory.eps);
    }

    /**
     * An epsilon that the log does not tell is a guess, and no reason to wake anybody. Neither is one that is a little
     * above the gradient: some choose it so, and the learning rate to go with it.
     */
    private void tell(
            Memory memory,
            Row row,
            int k,
            int count,
            long onset,
            double value,
            double threshold,
            @Nullable Forecast forecast,
            Sentence summary,
            Findings out) {
        boolean grave = !Double.isNaN(memory.eps) && (forecast != null || value >= config.fall);
        out.add(new Finding(
                Signal.GRAD_RMS_LAYER,
                row.series(Signal.GRAD_RMS_LAYER, k),
                count,
                grave ? Severity.WARNING : Severity.INFO,
                onset,
                value,
                threshold,
                "1",
                forecast,
                summary));
    }
}
