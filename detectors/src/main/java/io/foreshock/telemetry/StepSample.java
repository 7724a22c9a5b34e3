package io.foreshock.telemetry;

import io.foreshock.state.Archive;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one rank of one run reports for one step: names and numbers, nothing judged.
 *
 * <p>Metrics lie side by side in flat arrays, so that a sample of forty layers and a thousand heads is a handful of
 * objects: metric {@code i} is called {@code name(i)} and owns {@code size(i)} numbers from {@code offset(i)} on. A
 * scalar has one number; a per-layer metric has one a layer; a per-head metric has layers times heads, layer by layer.
 * NaN and the infinities are numbers like any other here: they are evidence. A number that is missing inside an array
 * (JSON {@code null}) is {@link #ABSENT}. Immutable.
 */
public final class StepSample {
    /** Stands for a time stamp, partition or offset that is not known. */
    public static final long NONE = -1;

    /** Stands for a number that is missing inside an array; told from a real NaN by its bits, see {@link #isAbsent}. */
    public static final double ABSENT = Double.longBitsToDouble(0x7ff8_0000_00ab_5e17L);

    private static final long ABSENT_BITS = 0x7ff8_0000_00ab_5e17L;

    private final String run;
    private final int attempt;
    private final int rank;
    private final long step;
    private final long ts;
    private final @Nullable RunEnd end;
    private final String[] names;
    private final int[] layers;
    private final int[] heads;
    private final int[] offsets;
    private final double[] values;
    private final int partition;
    private final long offset;

    /**
     * Takes the arrays as they are; the caller gives them up.
     *
     * @param run the run's id, not empty
     * @param attempt how often the run was resumed before, {@code >= 0}
     * @param rank the reporting process, {@code >= 0}
     * @param step training step, {@code >= 0}; of an end, the last step if known, else {@link #NONE}
     * @param ts epoch milliseconds, or {@link #NONE}
     * @param end how the run ended, or null for an ordinary step
     * @param names metric names, canonical where known; no name twice
     * @param layers per metric: 0 for a scalar, else the number of layers
     * @param heads per metric: 0 for a scalar or a per-layer metric, else the number of heads
     * @param values all numbers, metric after metric
     * @param partition Kafka partition the sample came from, or {@link #NONE}
     * @param offset Kafka offset, or line number in a file, or {@link #NONE}
     */
    public StepSample(
            String run,
            int attempt,
            int rank,
            long step,
            long ts,
            @Nullable RunEnd end,
            String[] names,
            int[] layers,
            int[] heads,
            double[] values,
            int partition,
            long offset) {
        this.run = Objects.requireNonNull(run, "run");
        this.attempt = attempt;
        this.rank = rank;
        this.step = step;
        this.ts = ts;
        this.end = end;
        this.names = names;
        this.layers = layers;
        this.heads = heads;
        this.values = values;
        this.partition = partition;
        this.offset = offset;
        this.offsets = new int[names.length + 1];
        for (int i = 0; i < names.length; i++) {
            offsets[i + 1] = offsets[i] + Math.max(1, layers[i]) * Math.max(1, heads[i]);
        }
        if (offsets[names.length] != values.length) {
            throw new IllegalArgumentException(
                    "shapes need " + offsets[names.length] + " values, got " + values.length);
        }
    }

    public String run() {
        return run;
    }

    public int attempt() {
        return attempt;
    }

    public int rank() {
        return rank;
    }

    public long step() {
        return step;
    }

    /** Epoch milliseconds, or {@link #NONE}. */
    public long ts() {
        return ts;
    }

    public @Nullable RunEnd end() {
        return end;
    }

    public int partition() {
        return partition;
    }

    /** Where the sample came from: Kafka offset or line number, or {@link #NONE}. */
    public long offset() {
        return offset;
    }

    /** Number of metrics. */
    public int count() {
        return names.length;
    }

    /** How many numbers all its metrics have. */
    public int numbers() {
        return values.length;
    }

    public String name(int metric) {
        return names[metric];
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

    /** The {@code k}-th number of the metric; may be NaN, infinite or {@link #ABSENT}. */
    public double value(int metric, int k) {
        return values[offsets[metric] + k];
    }

    /** Position of the metric of this name, or -1. */
    public int find(String name) {
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    public static boolean isAbsent(double value) {
        return Double.doubleToRawLongBits(value) == ABSENT_BITS;
    }

    void write(Archive archive) throws IOException {
        archive.word(run);
        archive.count(attempt);
        archive.count(rank);
        archive.whole(step);
        archive.whole(ts);
        archive.words(names);
        archive.counts(layers);
        archive.counts(heads);
        archive.reals(values);
        archive.count(partition);
        archive.whole(offset);
    }

    static StepSample read(Archive archive) throws IOException {
        String run = archive.word("");
        int attempt = archive.count(0);
        int rank = archive.count(0);
        long step = archive.whole(0);
        long ts = archive.whole(NONE);
        String[] names = archive.words(new String[0]);
        int[] none = {};
        int[] layers = archive.counts(none);
        int[] heads = archive.counts(none);
        double[] values = archive.reals(new double[0]);
        int partition = archive.count((int) NONE);
        return new StepSample(
                run, attempt, rank, step, ts, null, names, layers, heads, values, partition, archive.whole(NONE));
    }

    /** Equal when every field but the origin (partition, offset) is; NaN equals NaN. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StepSample that
                && run.equals(that.run)
                && attempt == that.attempt
                && rank == that.rank
                && step == that.step
                && ts == that.ts
                && end == that.end
                && Arrays.equals(names, that.names)
                && Arrays.equals(layers, that.layers)
                && Arrays.equals(heads, that.heads)
                && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Objects.hash(run, attempt, rank, step, ts, end, Arrays.hashCode(names), Arrays.hashCode(values));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(run + "/" + attempt + " rank " + rank + " step " + step);
        if (end != null) {
            text.append(' ').append(end);
        }
        for (int i = 0; i < names.length; i++) {
            text.append(' ').append(names[i]).append('=');
            text.append(size(i) == 1 ? String.valueOf(value(i, 0)) : "[" + size(i) + "]");
        }
        return text.toString();
    }

    public static Builder builder(String run, long step) {
        return new Builder(run, step);
    }

    /** The end of a run, as its trainer announces it. */
    public static StepSample end(String run, int attempt, RunEnd end, long ts) {
        return new StepSample(
                run, attempt, 0, NONE, ts, end, new String[0], new int[0], new int[0], new double[0], (int) NONE, NONE);
    }

    /** Builds a sample by hand: for tests, publishers and readers of small logs. */
    public static final class Builder {
        private final String run;
        private final long step;
        private int attempt;
        private int rank;
        private long ts = NONE;
        private final List<String> names = new ArrayList<>();
        private final List<int[]> shapes = new ArrayList<>();
        private final List<double[]> numbers = new ArrayList<>();

        private Builder(String run, long step) {
            this.run = run;
            this.step = step;
        }

        public Builder attempt(int attempt) {
            this.attempt = attempt;
            return this;
        }

        public Builder rank(int rank) {
            this.rank = rank;
            return this;
        }

        public Builder ts(long ts) {
            this.ts = ts;
            return this;
        }

        public Builder metric(String name, double value) {
            return add(name, 0, 0, new double[] {value});
        }

        public Builder metric(String name, double[] perLayer) {
            return add(name, perLayer.length, 0, perLayer.clone());
        }

        /** Rows must be equally long. */
        public Builder metric(String name, double[][] perLayerAndHead) {
            int heads = perLayerAndHead[0].length;
            double[] flat = new double[perLayerAndHead.length * heads];
            for (int i = 0; i < perLayerAndHead.length; i++) {
                if (perLayerAndHead[i].length != heads) {
                    throw new IllegalArgumentException(name + ": layer " + i + " has " + perLayerAndHead[i].length
                            + " heads, layer 0 has " + heads);
                }
                System.arraycopy(perLayerAndHead[i], 0, flat, i * heads, heads);
            }
            return add(name, perLayerAndHead.length, heads, flat);
        }

        /** The {@code metric}-th metric of another sample. */
        Builder copy(StepSample other, int metric) {
            return add(
                    other.names[metric],
                    other.layers[metric],
                    other.heads[metric],
                    Arrays.copyOfRange(other.values, other.offsets[metric], other.offsets[metric + 1]));
        }

        private Builder add(String name, int layers, int heads, double[] flat) {
            if (names.contains(name)) {
                throw new IllegalArgumentException("metric " + name + " is given twice");
            }
            if (flat.length == 0) {
                throw new IllegalArgumentException("metric " + name + " is empty");
            }
            names.add(name);
            shapes.add(new int[] {layers, heads});
            numbers.add(flat);
            return this;
        }

        public StepSample build() {
            return new StepSample(
                    run,
                    attempt,
                    rank,
                    step,
                    ts,
                    null,
                    names.toArray(new String[0]),
                    shapes.stream().mapToInt(s -> s[0]).toArray(),
                    shapes.stream().mapToInt(s -> s[1]).toArray(),
                    numbers.stream().flatMapToDouble(Arrays::stream).toArray(),
                    (int) NONE,
                    NONE);
        }
    }
}
