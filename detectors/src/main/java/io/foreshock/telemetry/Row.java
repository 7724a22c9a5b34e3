package io.foreshock.telemetry;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One step of one run as it is judged: the metrics of all its ranks and events put together. A metric that several
 * ranks report is their mean, element by element (for maxima their maximum), so that the order in which ranks arrive
 * does not matter; one rank's NaN makes the mean NaN. Reused from step to step: a detector must not keep it.
 */
public final class Row {
    private static final double[] NOTHING = {};

    private String run = "";
    private int attempt;
    private long step;
    private long ts = StepSample.NONE;
    private boolean resumed;
    private int ranks;

    private int count;
    private String[] names = new String[32];
    private @Nullable Signal[] signals = new @Nullable Signal[32];
    private int[] layers = new int[32];
    private int[] heads = new int[32];
    private int[] offsets = new int[33];
    private double[] values = NOTHING;

    /** What the ranks of a step have reported one by one: enough to see one of them leave the others. */
    private final RankValues losses = new RankValues();

    private final RankValues norms = new RankValues();

    /** Position + 1 of each canonical signal in the row, 0 where it is missing. */
    private final int[] positions = new int[Signal.values().length];

    void begin(String run, int attempt, long step, long ts, boolean resumed, int ranks) {
        this.run = run;
        this.attempt = attempt;
        this.step = step;
        this.ts = ts;
        this.resumed = resumed;
        this.ranks = ranks;
        count = 0;
        losses.count = 0;
        norms.count = 0;
        Arrays.fill(positions, 0);
    }

    /** Notes what one rank reported, if the signal is kept by rank; ranks come in ascending order. */
    void addRank(Signal signal, int rank, double value) {
        RankValues kept = byRank(signal);
        if (kept != null) {
            kept.add(rank, value);
        }
    }

    private @Nullable RankValues byRank(Signal signal) {
        return signal == Signal.LOSS ? losses : signal == Signal.GRAD_NORM ? norms : null;
    }

    /** Appends a metric of this name, the signal's if it is one, and shape, and returns the offset at which its values are to be written. */
    int add(String name, @Nullable Signal signal, int metricLayers, int metricHeads) {
        if (count == names.length) {
            names = Arrays.copyOf(names, 2 * count);
            signals = Arrays.copyOf(signals, 2 * count);
            layers = Arrays.copyOf(layers, 2 * count);
            heads = Arrays.copyOf(heads, 2 * count);
            offsets = Arrays.copyOf(offsets, 2 * count + 1);
        }
        names[count] = name;
        signals[count] = signal;
        layers[count] = metricLayers;
        heads[count] = metricHeads;
        int size = Math.max(1, metricLayers) * Math.max(1, metricHeads);
        int offset = offsets[count];
        offsets[count + 1] = offset + size;
        if (values.length < offset + size) {
            values = Arrays.copyOf(values, Math.max(2 * values.length, offset + size));
        }
        if (signal != null) {
            positions[signal.ordinal()] = count + 1;
        }
        count++;
        return offset;
    }

    void put(int offset, double value) {
        values[offset] = value;
    }

    double at(int offset) {
        return values[offset];
    }

    /** Size of the metric whose values start at this offset. */
    int sizeAt(int offset) {
        return size(Arrays.binarySearch(offsets, 0, count, offset));
    }

    void scale(int metric, double factor) {
        for (int i = offsets[metric]; i < offsets[metric + 1]; i++) {
            values[i] = StepSample.isAbsent(values[i]) ? values[i] : values[i] * factor;
        }
    }

    public String run() {
        return run;
    }

    public int attempt() {
        return attempt;
    }

    public long step() {
        return step;
    }

    /** Epoch milliseconds of the latest rank, or {@link StepSample#NONE}. */
    public long ts() {
        return ts;
    }

    /** True on the first row after a resume. */
    public boolean resumed() {
        return resumed;
    }

    /** Number of ranks that reported this step. */
    public int ranks() {
        return ranks;
    }

    /**
     * Number of ranks whose own values of the signal are known: kept for {@link Signal#LOSS} and {@link Signal#GRAD_NORM}
     * where several reports make the step; else 0.
     */
    public int ranks(Signal signal) {
        RankValues kept = byRank(signal);
        return kept == null ? 0 : kept.count;
    }

    /** The {@code k}-th of these ranks, ascending. */
    public int rank(Signal signal, int k) {
        return Objects.requireNonNull(byRank(signal)).ranks[k];
    }

    /** What the {@code k}-th of these ranks reported. */
    public double rankValue(Signal signal, int k) {
        return Objects.requireNonNull(byRank(signal)).values[k];
    }

    public boolean has(Signal signal) {
        return positions[signal.ordinal()] != 0;
    }

    /** The signal's only or first number; NaN where it is missing, so ask {@link #has} before taking NaN as evidence. */
    public double value(Signal signal) {
        int position = positions[signal.ordinal()];
        return position == 0 ? Double.NaN : values[offsets[position - 1]];
    }

    /** How many numbers the signal has in this row; 0 where it is missing. */
    public int size(Signal signal) {
        int position = positions[signal.ordinal()];
        return position == 0 ? 0 : size(position - 1);
    }

    /** The signal's {@code k}-th number, layer by layer and head by head. */
    public double value(Signal signal, int k) {
        return values[offsets[positions[signal.ordinal()] - 1] + k];
    }

    /** Numbers of one layer: 0 for a scalar or per-layer signal. */
    public int heads(Signal signal) {
        int position = positions[signal.ordinal()];
        return position == 0 ? 0 : heads[position - 1];
    }

    /** The name of the signal's {@code k}-th series, for example {@code attention_logit_max[1][3]}. */
    public String series(Signal signal, int k) {
        int position = positions[signal.ordinal()];
        return position == 0 ? signal.key() : series(position - 1, k);
    }

    /** Number of metrics, those outside the catalogue included. */
    public int count() {
        return count;
    }

    public String name(int metric) {
        return names[metric];
    }

    /** The metric's place in the catalogue, or null outside it. */
    public @Nullable Signal signal(int metric) {
        return signals[metric];
    }

    /** 0 for a scalar. */
    public int layers(int metric) {
        return layers[metric];
    }

    /** 0 for a scalar or a per-layer metric. */
    public int heads(int metric) {
        return heads[metric];
    }

    public int size(int metric) {
        return offsets[metric + 1] - offsets[metric];
    }

    public double value(int metric, int k) {
        return values[offsets[metric] + k];
    }

    /** The name of the {@code k}-th series of the metric. */
    public String series(int metric, int k) {
        if (layers[metric] == 0) {
            return names[metric];
        }
        int perLayer = Math.max(1, heads[metric]);
        String series = names[metric] + "[" + k / perLayer + "]";
        return heads[metric] == 0 ? series : series + "[" + k % perLayer + "]";
    }

    /** One number of each rank. */
    private static final class RankValues {
        private int count;
        private int[] ranks = new int[4];
        private double[] values = new double[4];

        private void add(int rank, double value) {
            if (count > 0 && ranks[count - 1] == rank) {
                return;
            }
            if (count == ranks.length) {
                ranks = Arrays.copyOf(ranks, 2 * count);
                values = Arrays.copyOf(values, 2 * count);
            }
            ranks[count] = rank;
            values[count] = value;
            count++;
        }
    }
}
