package io.foreshock.detect.expertcollapse;

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
import io.foreshock.statistics.CurveNoise;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The router of a layer sends nearly all tokens to the same expert, or surely will soon. */
public final class ExpertCollapse implements Detector<ExpertCollapse.Memory> {
    public static final Signature SIGNATURE = Signature.named("expert_collapse", "One expert takes nearly all tokens")
            .needs(Signal.EXPERT_SHARE)
            .calmAfter(50)
            .advice(
                    "Raise the weight of the load-balancing loss, or correct the router's biases by load",
                    "Compute the router in float32, add the router z-loss, lower the router's learning rate",
                    "Resume from a checkpoint before the share began to rise: experts without tokens do not come back")
            .detectedBy(Config.DEFAULT, ExpertCollapse::new);

    private static final Signal SIGNAL = Signal.EXPERT_SHARE;

    /** A share that has risen this far, and rises, is forecast; below it a dead expert of four rests (2/3). */
    private static final double WATCHED = 0.75;

    /** Odds this many times their lowest tell a rise that matters. */
    private static final double RISEN = 3;

    /** Standard errors by which the level must be beyond the limit, unless it rests there. */
    private static final double CERTAIN = 3;

    /** Rows after which a level beyond the limit rests there: routers that begin unbalanced find their balance in as many. */
    private static final int RESTS = 50;

    /** An expert with less than this share of an even load is dead. */
    private static final double DEAD = 0.01;

    /** Rows for which an expert has to be without tokens. */
    private static final int IDLE_ROWS = 50;

    /** Shares nearer to 0 or 1 are not told apart. */
    private static final double FLOOR = 1e-3;

    private final Config config;

    public ExpertCollapse(Config config) {
        this.config = config;
    }

    /**
     * @param collapsed share of the busiest expert at which the others learn nothing, {@code 0.75..1}
     * @param warmUp rows of a run before it is judged: routers begin at random, {@code >= 1}
     */
    public record Config(double collapsed, int warmUp) {
        public static final Config DEFAULT = new Config(0.85, 30);

        public Config {
            Setting.check(
                    collapsed > WATCHED && collapsed < 1, "expert_collapse", "collapsed", "> 0.75 and < 1", collapsed);
            Setting.check(warmUp >= 1, "expert_collapse", "warmUp", ">= 1 row", warmUp);
        }
    }

    /** What is remembered of each layer and expert. */
    public static final class Memory implements State {
        private final List<Layer> layers = new ArrayList<>();
        /** By expert of each layer: rows in a row without tokens. Empty where only the busiest is logged. */
        private int[] idle = {};

        private long rows;
        private boolean firing;
        private long onset;

        @Override
        public void persist(Archive archive) throws IOException {
            archive.each(layers, Layer::new);
            idle = archive.counts(idle);
            rows = archive.whole(rows);
            firing = archive.flag(firing);
            onset = archive.whole(onset);
        }
    }

    /** One layer. */
    private static final class Layer implements State {
        /** Of the odds of the busiest expert's share. */
        private final Ascent ascent = new Ascent();

        private final CurveNoise noise = new CurveNoise();

        /** Successive rows with a level beyond the limit. */
        private int beyond;

        /** Lowest share of all rows: 1 in a layer that has only one expert. */
        private double lowest = 1;
        /** Step at which the share last rose to the watched level. */
        private long over;

        private boolean above;

        /** Three standard errors of the level; twice the odds leave none. */
        private double doubt() {
            return Math.min(Math.log(2), CERTAIN * noise.deviation() / Math.sqrt(Ascent.SMOOTHING));
        }

        private double share() {
            return 1 / (1 + Math.exp(-ascent.level()));
        }

        @Override
        public void persist(Archive archive) throws IOException {
            ascent.persist(archive);
            noise.persist(archive);
            beyond = archive.count(beyond);
            lowest = archive.real(lowest);
            over = archive.whole(over);
            above = archive.flag(above);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        int experts = Math.max(1, row.heads(SIGNAL));
        int size = row.size(SIGNAL) / experts;
        if (size == 0) {
            return;
        }
        int each = experts == 1 ? 0 : size * experts;
        if (size != memory.layers.size() || each != memory.idle.length) {
            restart(memory, size, each);
        }
        memory.rows++;
        int worst = -1;
        int count = 0;
        int rising = -1;
        for (int k = 0; k < size; k++) {
            double share = busiest(row, k, experts);
            // Not a number: the business of non_finite.
            if (!Double.isFinite(share)) {
                continue;
            }
            Layer layer = memory.layers.get(k);
            follow(layer, row.step(), share);
            if (memory.rows <= config.warmUp || layer.lowest > 1 - FLOOR) {
                continue;
            }
            if (collapses(memory, layer, share)) {
                count++;
                worst = worst < 0 || layer.share() > memory.layers.get(worst).share() ? k : worst;
            } else if (comes(layer)) {
                rising = k;
            }
        }
        if (worst >= 0) {
            tell(memory, row, worst, count, out);
            return;
        }
        memory.firing = false;
        if (rising >= 0) {
            tell(memory, row, rising, out);
        }
        if (each > 0) {
            countIdle(memory, row, experts, out);
        }
    }

    private static void restart(Memory memory, int size, int each) {
        memory.layers.clear();
        for (int k = 0; k < size; k++) {
            memory.layers.add(new Layer());
        }
        memory.idle = new int[each];
        memory.rows = 0;
        memory.firing = false;
    }

    /**
     * Share of the busiest expert, 0 to 1. Where all experts are logged, of what they take together, whether shares or
     * counts. Shares of tokens that visit several experts each add up to that number; then it is what so many busiest
     * take together, of all visits.
     */
    private static double busiest(Row row, int layer, int experts) {
        if (experts == 1) {
            double share = row.value(SIGNAL, layer);
            return Double.isFinite(share) ? Math.min(1, Math.max(0, share)) : Double.NaN;
        }
        double sum = 0;
        double most = 0;
        for (int e = 0; e < experts; e++) {
            double share = row.value(SIGNAL, layer * experts + e);
            if (share > 0) {
                sum += share;
                most = Math.max(most, share);
            }
        }
        long visits = most <= 1 ? Math.max(1, Math.round(sum)) : 1;
        return visits == 1 ? most / sum : most(row, layer, experts, visits) / sum;
    }

    /** What so many busiest experts take together. */
    private static double most(Row row, int layer, int experts, long visits) {
        double taken = 0;
        double last = Double.POSITIVE_INFINITY;
        int lastExpert = -1;
        for (long visit = 0; visit < Math.min(visits, experts); visit++) {
            double next = -1;
            int nextExpert = experts;
            for (int e = 0; e < experts; e++) {
                double share = row.value(SIGNAL, layer * experts + e);
                boolean later = share < last || (share == last && e > lastExpert);
                if (later && share > next) {
                    next = share;
                    nextExpert = e;
                }
            }
            taken += Math.max(0, next);
            last = next;
            lastExpert = nextExpert;
        }
        return taken;
    }

    private void follow(Layer layer, long step, double share) {
        double held = Math.min(1 - FLOOR, Math.max(FLOOR, share));
        layer.ascent.add(step, odds(held));
        layer.noise.add(odds(held));
        layer.beyond = layer.ascent.level() >= odds(config.collapsed) ? layer.beyond + 1 : 0;
        layer.lowest = Math.min(layer.lowest, share);
        boolean above = layer.share() >= WATCHED;
        if (above && !layer.above) {
            layer.over = step;
        }
        layer.above = above;
    }

    /** Logarithm of the odds. */
    private static double odds(double share) {
        return Math.log(share / (1 - share));
    }

    /** Beyond the limit now and, for sure or for long, in the mean of the last rows, once told until it has left the watched level; or surely soon there. */
    private boolean collapses(Memory memory, Layer layer, double now) {
        if (!layer.above) {
            return false;
        }
        boolean certain = layer.ascent.level() >= odds(config.collapsed) + layer.doubt();
        boolean beyond = now >= config.collapsed && (certain || layer.beyond >= RESTS);
        return memory.firing || beyond || comes(layer);
    }

    /** Surely rises, has risen far, and will be at the limit soon. */
    private boolean comes(Layer layer) {
        Ascent ascent = layer.ascent;
        return ascent.sure() && ascent.rise() >= Math.log(RISEN) && ascent.near(odds(config.collapsed));
    }

    private void tell(Memory memory, Row row, int k, int count, Findings out) {
        Layer layer = memory.layers.get(k);
        if (!memory.firing) {
            memory.firing = true;
            memory.onset = layer.over;
        }
        Sentence also = count == 1
                ? Sentence.NONE
                : Sentence.of("; so it is in %,d of %,d layers", count, memory.layers.size());
        add(memory, row, k, count, Severity.WARNING, memory.onset, also, out);
    }

    private void tell(Memory memory, Row row, int k, Findings out) {
        add(memory, row, k, 1, Severity.INFO, row.step(), Sentence.NONE, out);
    }

    private void add(
            Memory memory, Row row, int k, int count, Severity severity, long onset, Sentence also, Findings out) {
        Layer layer = memory.layers.get(k);
        Forecast forecast = layer.ascent.forecast(SIGNAL.key(), config.collapsed, odds(config.collapsed));
        Sentence when = forecast == null
                ? Sentence.NONE
                : Sentence.of(" and rises; reaches %.0f %% about step %,d", 100 * config.collapsed, forecast.step());
        out.add(new Finding(
                SIGNAL,
                series(memory, k),
                count,
                severity,
                Math.min(onset, row.step()),
                layer.share(),
                config.collapsed,
                "1",
                forecast,
                Sentence.of(
                        "The busiest expert%s takes %.0f %% of the tokens%s%s",
                        of(memory, k), 100 * layer.share(), when, also)));
    }

    private static String series(Memory memory, int k) {
        return memory.layers.size() == 1 ? SIGNAL.key() : SIGNAL.key() + "[" + k + "]";
    }

    private static String of(Memory memory, int k) {
        return memory.layers.size() == 1 ? "" : " of layer " + k;
    }

    /** Experts without tokens are worth knowing, not waking somebody: the rest may balance well without them. */
    private static void countIdle(Memory memory, Row row, int experts, Findings out) {
        int dead = 0;
        int worst = -1;
        int worstDead = 0;
        for (int k = 0; k < memory.layers.size(); k++) {
            double sum = 0;
            for (int e = 0; e < experts; e++) {
                sum += Math.max(0, row.value(SIGNAL, k * experts + e));
            }
            int idle = 0;
            for (int e = 0; e < experts; e++) {
                int i = k * experts + e;
                boolean none = row.value(SIGNAL, i) < DEAD * sum / experts;
                memory.idle[i] = none ? Math.min(memory.idle[i] + 1, IDLE_ROWS) : 0;
                idle += memory.idle[i] == IDLE_ROWS ? 1 : 0;
            }
            dead += idle;
            if (idle > worstDead) {
                worstDead = idle;
                worst = k;
            }
        }
        if (worst >= 0) {
            out.add(new Finding(
                    SIGNAL,
                    series(memory, worst),
                    1,
                    Severity.INFO,
                    row.step(),
                    worstDead,
                    1,
                    "1",
                    null,
                    Sentence.of(
                            "%,d of %,d experts%s get no tokens (%,d of all)",
                            worstDead, experts, of(memory, worst), dead)));
        }
    }
}
