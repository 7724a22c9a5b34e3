package io.foreshock.detect.activationgrowth;

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

/** The activations of a layer grow faster than growing weights explain. */
public final class ActivationGrowth implements Detector<ActivationGrowth.Memory> {
    public static final Signature SIGNATURE = Signature.named("activation_growth", "Activations grow without bound")
            .needs(Signal.ACTIVATION_RMS)
            .calmAfter(Ascent.LONG)
            .reference("arXiv:2304.07645")
            .advice(
                    "Check weight decay: its sign, and that it reaches the layer's weights",
                    "Lower the learning rate; resume from a checkpoint before the growth began",
                    "Normalise what each block adds to the residual stream, or scale it down with depth")
            .detectedBy(Config.DEFAULT, ActivationGrowth::new);

    private static final Signal SIGNAL = Signal.ACTIVATION_RMS;

    /** Largest finite number of IEEE half precision. */
    private static final double OVERFLOW = 65_504;

    /** Quantities below this are not told apart. */
    private static final double FLOOR = 1e-30;

    private final Config config;
    private final double large;

    public ActivationGrowth(Config config) {
        this.config = config;
        this.large = Math.log(config.growth);
    }

    /**
     * @param steep power of its age beyond which growth is a finding, {@code > 0}: 4, the product of two weight matrices
     *     that move straight on while the learning rate is being raised
     * @param runaway power beyond which it can only be exponential and is a warning, {@code > steep}
     * @param growth how many times above its lowest level since it settled, {@code > 1}; for a warning its square
     */
    public record Config(double steep, double runaway, double growth) {
        public static final Config DEFAULT = new Config(4, 6, 10);

        public Config {
            Setting.check(steep > 0, "activation_growth", "steep", "> 0", steep);
            Setting.check(runaway > steep, "activation_growth", "runaway", "> steep (" + steep + ")", runaway);
            Setting.check(growth > 1 && growth < 1e100, "activation_growth", "growth", "> 1", growth);
        }
    }

    /** What is remembered of each layer. */
    public static final class Memory implements State {
        private final List<Layer> layers = new ArrayList<>();

        @Override
        public void persist(Archive archive) throws IOException {
            archive.each(layers, Layer::new);
        }
    }

    /** One layer. */
    private static final class Layer implements State {
        private final Ascent ascent = new Ascent();
        /** Rows in a row on which it was steep, and the step of the first. */
        private long steepRows;

        private long since;

        @Override
        public void persist(Archive archive) throws IOException {
            ascent.persist(archive);
            steepRows = archive.whole(steepRows);
            since = archive.whole(since);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        int size = row.size(SIGNAL);
        if (size == 0) {
            return;
        }
        if (row.resumed() || size != memory.layers.size()) {
            memory.layers.clear();
            for (int k = 0; k < size; k++) {
                memory.layers.add(new Layer());
            }
        }
        int worst = -1;
        int count = 0;
        boolean steep = false;
        for (int k = 0; k < size; k++) {
            double value = row.value(SIGNAL, k);
            // Not a number, or infinite: the business of non_finite.
            if (!Double.isFinite(value)) {
                continue;
            }
            Layer layer = memory.layers.get(k);
            layer.ascent.add(row.step(), Math.log(Math.max(FLOOR, value)));
            if (!layer.ascent.sure() || layer.ascent.steepness() < config.steep) {
                layer.steepRows = 0;
                continue;
            }
            steep = true;
            if (layer.steepRows++ == 0) {
                layer.since = row.step();
            }
            // A shock passes through the long memory; what goes on is still there after half of it.
            if (layer.steepRows < Ascent.SETTLED || layer.ascent.rise() < large) {
                continue;
            }
            count++;
            boolean worse = worst < 0
                    || layer.ascent.steepness()
                            > memory.layers.get(worst).ascent.steepness();
            worst = worse ? k : worst;
        }
        if (worst >= 0) {
            tell(memory, row, worst, count, out);
        } else if (steep) {
            out.suspect();
        }
    }

    private void tell(Memory memory, Row row, int k, int count, Findings out) {
        Layer layer = memory.layers.get(k);
        Ascent ascent = layer.ascent;
        double level = Math.exp(ascent.level());
        boolean runaway = ascent.steepness() >= config.runaway && ascent.rise() >= 2 * large;
        Forecast forecast = ascent.forecast(SIGNAL.key(), OVERFLOW, Math.log(OVERFLOW));
        Sentence summary = Sentence.of(
                "Activation RMS%s is %,.3g, %,.3g times what it was, and doubles every %,d steps",
                memory.layers.size() == 1 ? "" : " of layer " + k, level, Math.exp(ascent.rise()), ascent.doubling());
        if (forecast != null) {
            summary = summary.and(Sentence.of("; half precision overflows about step %,d", forecast.step()));
        }
        if (count > 1) {
            summary = summary.and(Sentence.of("; so it is in %,d of %,d layers", count, row.size(SIGNAL)));
        }
        out.add(new Finding(
                SIGNAL,
                row.series(SIGNAL, k),
                count,
                runaway ? Severity.WARNING : Severity.INFO,
                layer.since,
                level,
                level / Math.exp(ascent.rise() - large),
                "1",
                forecast,
                summary));
    }
}
