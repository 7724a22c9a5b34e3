package io.foreshock.detect.attentionentropycollapse;

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
import io.foreshock.statistics.Ascent;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The attention of a layer settles on one position, or surely will soon. */
public final class AttentionEntropyCollapse implements Detector<AttentionEntropyCollapse.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "attention_entropy_collapse", "Attention collapses to single positions")
            .needs(Signal.ATTENTION_ENTROPY)
            .helpedBy(Signal.ATTENTION_LOGIT_MAX)
            .calmAfter(50)
            .reference("arXiv:2303.06296")
            .advice(
                    "Lower the peak learning rate or warm up longer; resume from a checkpoint before the fall",
                    "Normalise queries and keys (QK-layernorm), or bound the spectral norm of their weights (sigma-Reparam)",
                    "Look at attention_logit_max by head: logits that grow are the usual cause")
            .detectedBy(Config.DEFAULT, AttentionEntropyCollapse::new);

    private static final Signal SIGNAL = Signal.ATTENTION_ENTROPY;

    /** So many times the collapsed level growing logits of the same run settle the question: 0.25 nats. */
    private static final double CORROBORATED = 2.5;

    /** From so many times the collapsed level on the fall is forecast: 0.3 nats. */
    private static final double WATCHED = 3;

    /** This share of the collapsed level leaves nothing to learn from: 0.01 nats. */
    private static final double DEAD = 0.1;

    /** Entropies below this are not told apart, nats. */
    private static final double FLOOR = 1e-12;

    private final Config config;

    public AttentionEntropyCollapse(Config config) {
        this.config = config;
    }

    /**
     * @param collapsed entropy at which a layer looks at single positions, nats, {@code > 0}: 0.1, where one position of
     *     two has 98 % of the weight
     * @param fallen share of its own highest level to which it must have fallen, {@code 0..1}
     */
    public record Config(double collapsed, double fallen) {
        public static final Config DEFAULT = new Config(0.1, 0.25);

        public Config {
            Setting.check(
                    collapsed > 0 && collapsed < 1e300,
                    "attention_entropy_collapse",
                    "collapsed",
                    "> 0 nats",
                    collapsed);
            Setting.check(fallen > 0 && fallen < 1, "attention_entropy_collapse", "fallen", "> 0 and < 1", fallen);
        }
    }

    /** What is remembered of each layer. */
    public static final class Memory implements State {
        private final List<Layer> layers = new ArrayList<>();
        private boolean firing;
        private long onset;

        @Override
        public void persist(Archive archive) throws IOException {
            archive.each(layers, Layer::new);
            firing = archive.flag(firing);
            onset = archive.whole(onset);
        }
    }

    /** One layer. */
    private static final class Layer implements State {
        /** Of the inverse of the entropy. */
        private final Ascent ascent = new Ascent();
        /** Highest level, nats; not forgotten by a resume. */
        private double highest;
        /** Step at which it last fell below the watched level. */
        private long under;

        private boolean low;

        private double level() {
            return Math.exp(-ascent.level());
        }

        @Override
        public void persist(Archive archive) throws IOException {
            ascent.persist(archive);
            highest = archive.real(highest);
            under = archive.whole(under);
            low = archive.flag(low);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        int heads = Math.max(1, row.heads(SIGNAL));
        int size = row.size(SIGNAL) / heads;
        if (size == 0) {
            return;
        }
        if (row.resumed() || size != memory.layers.size()) {
            restart(memory, size);
        }
        boolean corroborated = memory.firing || run.firing("attention_logit_growth");
        double bar = (corroborated ? CORROBORATED : 1) * config.collapsed;
        int worst = -1;
        int count = 0;
        boolean low = false;
        for (int k = 0; k < size; k++) {
            double value = mean(row, k, heads);
            // Not a number, or infinite: the business of non_finite.
            if (!Double.isFinite(value)) {
                continue;
            }
            Layer layer = memory.layers.get(k);
            follow(layer, row.step(), value);
            low |= layer.low;
            if (!collapses(layer, bar)) {
                continue;
            }
            count++;
            worst = worst < 0 || layer.level() < memory.layers.get(worst).level() ? k : worst;
        }
        if (worst >= 0) {
            tell(memory, row, worst, count, out);
        } else {
            memory.firing = false;
            if (low) {
                out.suspect();
            }
        }
    }

    private static void restart(Memory memory, int size) {
        List<Layer> before = new ArrayList<>(memory.layers);
        memory.layers.clear();
        for (int k = 0; k < size; k++) {
            Layer layer = new Layer();
            layer.highest = before.size() == size ? before.get(k).highest : 0;
            memory.layers.add(layer);
        }
        memory.firing = false;
    }

    /** A layer is judged by the mean of its heads: single heads that look at one position are common and healthy. */
    private static double mean(Row row, int layer, int heads) {
        double sum = 0;
        int count = 0;
        for (int head = 0; head < heads; head++) {
            double value = row.value(SIGNAL, layer * heads + head);
            if (Double.isFinite(value)) {
                sum += value;
                count++;
            }
        }
        return sum / count;
    }

    private void follow(Layer layer, long step, double value) {
        layer.ascent.add(step, -Math.log(Math.max(FLOOR, value)));
        double level = layer.level();
        layer.highest = Math.max(layer.highest, level);
        boolean low = level < WATCHED * config.collapsed && level < config.fallen * layer.highest;
        if (low && !layer.low) {
            layer.under = step;
        }
        layer.low = low;
    }

    /** Below the bar, or surely falling and soon at the collapsed level. */
    private boolean collapses(Layer layer, double bar) {
        boolean soon = layer.ascent.sure() && layer.ascent.near(-Math.log(config.collapsed));
        return layer.low && (layer.level() < bar || soon);
    }

    private void tell(Memory memory, Row row, int k, int count, Findings out) {
        Layer layer = memory.layers.get(k);
        if (!memory.firing) {
            memory.firing = true;
            memory.onset = layer.under;
        }
        double level = layer.level();
        double target = level > config.collapsed ? config.collapsed : DEAD * config.collapsed;
        Forecast forecast = layer.ascent.forecast(SIGNAL.key(), target, -Math.log(target));
        Sentence summary = Sentence.of(
                "Attention entropy%s is %.3g nats, it was %.3g",
                memory.layers.size() == 1 ? "" : " of layer " + k, level, layer.highest);
        if (forecast != null) {
            summary = summary.and(Sentence.of(
                    "; it halves every %,d steps and reaches %.2g about step %,d",
                    layer.ascent.doubling(), target, forecast.step()));
        }
        if (count > 1) {
            summary = summary.and(Sentence.of("; so it is in %,d of %,d layers", count, memory.layers.size()));
        }
        out.add(new Finding(
                SIGNAL,
                memory.layers.size() == 1 ? SIGNAL.key() : SIGNAL.key() + "[" + k + "]",
                count,
                level < DEAD * config.collapsed ? Severity.CRITICAL : Severity.WARNING,
                Math.min(memory.onset, row.step()),
                level,
                level > config.collapsed ? WATCHED * config.collapsed : config.collapsed,
                "nat",
                forecast,
                summary));
    }
}
