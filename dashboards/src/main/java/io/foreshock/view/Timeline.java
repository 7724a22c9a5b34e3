package io.foreshock.view;

import java.util.Arrays;
import java.util.List;

/**
 * The course of one metric, of all its layers and heads, in a memory that does not grow with the run.
 *
 * <p>Every row is kept as it is, one number a series, while there is room. Then neighbours are merged into buckets that keep
 * the first, the smallest, the largest and the last value of each series, and what was not finite, so that no spike is ever
 * lost. A bucket takes in at most {@link #width} rows; the width doubles as the run grows. Never merged are the latest rows,
 * rows close to an incident ({@link Closeup}), and rows of two attempts, which may be of the same step.
 *
 * <p>Cost: O(series) a row, amortized; a number a row and series, {@value #NUMBERS} a bucket and series once there are buckets.
 */
final class Timeline {
    /** Numbers a bucket holds of a series. */
    static final int FIRST = 0;

    static final int MIN = 1;
    static final int MAX = 2;
    static final int LAST = 3;
    static final int NUMBERS = 4;

    /** What a bucket says of values that are no numbers. */
    static final int NAN = 1;

    static final int POSITIVE_INFINITY = 2;
    static final int NEGATIVE_INFINITY = 4;

    /** Fewer buckets than this show nothing. */
    static final int LEAST_CAPACITY = 48;

    private final int series;
    /** Numbers that are held of a series and bucket: 1 while every bucket is a row, then {@link #NUMBERS}. */
    private int stride = 1;

    private int count;
    private long width = 1;
    private long[] firstStep = new long[16];
    private long[] lastStep = new long[16];
    private int[] rows = new int[16];
    private int[] attempts = new int[16];
    private double[] values;
    private byte[] marks;
    private int droppedRows;

    /** @param series layers times heads, {@code >= 1} */
    Timeline(int series) {
        this.series = series;
        this.values = new double[16 * series];
        this.marks = new byte[16 * series];
    }

    /** The values of a row, by series. */
    interface Values {
        /** The value of series {@code k}. */
        double at(int k);

        /** Whether series {@code k} has one. */
        boolean has(int k);
    }

    /**
     * Takes in a row.
     *
     * @param attempt how often the run had been resumed; never falls
     * @param step the row's step; one that comes late within its attempt finds its place
     */
    void add(int attempt, long step, Values row) {
        int at = count;
        while (at > 0 && attempts[at - 1] == attempt && firstStep[at - 1] > step) {
            at--;
        }
        if (at > 0 && attempts[at - 1] == attempt && step <= lastStep[at - 1]) {
            join(at - 1, row);
            return;
        }
        open(at);
        attempts[at] = attempt;
        firstStep[at] = step;
        lastStep[at] = step;
        rows[at] = 1;
        for (int k = 0; k < series; k++) {
            double value = row.has(k) ? row.at(k) : Double.NaN;
            marks[at * series + k] = row.has(k) ? mark(value) : 0;
            Arrays.fill(
                    values,
                    (at * series + k) * stride,
                    (at * series + k + 1) * stride,
                    Double.isFinite(value) ? value : Double.NaN);
        }
    }

    private static byte mark(double value) {
        if (Double.isFinite(value)) {
            return 0;
        }
        return (byte) (Double.isNaN(value) ? NAN : value > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);
    }

    /** A row that came late for a bucket that spans its step. */
    private void join(int bucket, Values row) {
        widen();
        rows[bucket]++;
        for (int k = 0; k < series; k++) {
            if (!row.has(k)) {
                continue;
            }
            double value = row.at(k);
            int cell = bucket * series + k;
            marks[cell] |= mark(value);
            if (Double.isFinite(value)) {
                int slot = cell * NUMBERS;
                values[slot + FIRST] = either(values[slot + FIRST], value);
                values[slot + MIN] = Math.min(either(values[slot + MIN], value), value);
                values[slot + MAX] = Math.max(either(values[slot + MAX], value), value);
                values[slot + LAST] = either(values[slot + LAST], value);
            }
        }
    }

    private static double either(double one, double other) {
        return Double.isNaN(one) ? other : one;
    }

    /** Makes room for all numbers of a bucket. */
    private void widen() {
        if (stride == NUMBERS) {
            return;
        }
        double[] wide = new double[values.length * NUMBERS];
        for (int i = 0; i < count * series; i++) {
            Arrays.fill(wide, i * NUMBERS, (i + 1) * NUMBERS, values[i]);
        }
        values = wide;
        stride = NUMBERS;
    }

    /** Makes room for a bucket at this place. */
    private void open(int at) {
        if (count == rows.length) {
            int room = 2 * count;
            firstStep = Arrays.copyOf(firstStep, room);
            lastStep = Arrays.copyOf(lastStep, room);
            rows = Arrays.copyOf(rows, room);
            attempts = Arrays.copyOf(attempts, room);
            values = Arrays.copyOf(values, room * stride * series);
            marks = Arrays.copyOf(marks, room * series);
        }
        move(at, at + 1, count - at);
        count++;
    }

    private void move(int from, int to, int buckets) {
        System.arraycopy(firstStep, from, firstStep, to, buckets);
        System.arraycopy(lastStep, from, lastStep, to, buckets);
        System.arraycopy(rows, from, rows, to, buckets);
        System.arraycopy(attempts, from, attempts, to, buckets);
        System.arraycopy(values, from * stride * series, values, to * stride * series, buckets * stride * series);
        System.arraycopy(marks, from * series, marks, to * series, buckets * series);
    }

    /**
     * Merges neighbours until at most this many buckets are left, with some room for more; unless every bucket is a row, of which
     * {@value #NUMBERS} take the room of one.
     *
     * @param capacity buckets, at least {@link #LEAST_CAPACITY}
     * @param mostRows rows that are kept as they are at most, however much room there is
     * @param closeups where not to merge, the most important first; what would take more than a third of the room is left out
     */
    void fit(int capacity, int mostRows, List<Closeup> closeups) {
        if (count <= (stride == 1 ? Math.min(mostRows, NUMBERS * capacity) : capacity)) {
            return;
        }
        widen();
        int room = capacity - capacity / 4;
        boolean[] kept = kept(capacity, closeups);
        long total = totalRows();
        merge(kept);
        while (count > room && width < total) {
            width *= 2;
            merge(kept(capacity, closeups));
        }
        if (count > room) {
            // More attempts than there is room for: the first ones go.
            int gone = count - room;
            for (int i = 0; i < gone; i++) {
                droppedRows += rows[i];
            }
            move(gone, 0, room);
            count = room;
        }
        trim(capacity + 1);
    }

    /** Gives back what rows took one by one, and buckets do not need. */
    private void trim(int room) {
        if (rows.length <= 2 * room) {
            return;
        }
        firstStep = Arrays.copyOf(firstStep, room);
        lastStep = Arrays.copyOf(lastStep, room);
        rows = Arrays.copyOf(rows, room);
        attempts = Arrays.copyOf(attempts, room);
        values = Arrays.copyOf(values, room * stride * series);
        marks = Arrays.copyOf(marks, room * series);
    }

    private long totalRows() {
        long total = 0;
        for (int i = 0; i < count; i++) {
            total += rows[i];
        }
        return total;
    }

    private boolean[] kept(int capacity, List<Closeup> closeups) {
        boolean[] kept = new boolean[count];
        int left = capacity / 3;
        for (Closeup closeup : closeups) {
            int first = -1;
            int last = -1;
            int more = 0;
            for (int i = 0; i < count; i++) {
                if (closeup.holds(attempts[i], firstStep[i], lastStep[i])) {
                    first = first < 0 ? i : first;
                    last = i;
                    more += kept[i] ? 0 : 1;
                }
            }
            if (more <= left) {
                left -= more;
                Arrays.fill(kept, Math.max(0, first), last + 1, true);
            }
        }
        Arrays.fill(kept, Math.max(0, count - capacity / 6), count, true);
        return kept;
    }

    private void merge(boolean[] kept) {
        int out = 0;
        for (int i = 0; i < count; i++) {
            boolean merges = out > 0
                    && !kept[i]
                    && !kept[i - 1]
                    && attempts[out - 1] == attempts[i]
                    && (long) rows[out - 1] + rows[i] <= width;
            if (merges) {
                absorb(out - 1, i);
            } else {
                if (out != i) {
                    move(i, out, 1);
                }
                out++;
            }
        }
        count = out;
    }

    private void absorb(int into, int from) {
        lastStep[into] = lastStep[from];
        rows[into] += rows[from];
        for (int k = 0; k < series; k++) {
            int a = (into * series + k) * NUMBERS;
            int b = (from * series + k) * NUMBERS;
            marks[into * series + k] |= marks[from * series + k];
            values[a + FIRST] = either(values[a + FIRST], values[b + FIRST]);
            values[a + MIN] =
                    Math.min(either(values[a + MIN], values[b + MIN]), either(values[b + MIN], values[a + MIN]));
            values[a + MAX] =
                    Math.max(either(values[a + MAX], values[b + MAX]), either(values[b + MAX], values[a + MAX]));
            values[a + LAST] = either(values[b + LAST], values[a + LAST]);
        }
    }

    int series() {
        return series;
    }

    /** Number of buckets. */
    int count() {
        return count;
    }

    /** Rows a bucket takes in at most. */
    long width() {
        return width;
    }

    /** Rows of first attempts that are gone, see {@link #fit}. */
    int droppedRows() {
        return droppedRows;
    }

    long firstStep(int bucket) {
        return firstStep[bucket];
    }

    long lastStep(int bucket) {
        return lastStep[bucket];
    }

    /** How many rows the bucket stands for; one row is kept as it was. */
    int rows(int bucket) {
        return rows[bucket];
    }

    int attempt(int bucket) {
        return attempts[bucket];
    }

    /**
     * A number of a bucket.
     *
     * @param k the series
     * @param which {@link #FIRST}, {@link #MIN}, {@link #MAX} or {@link #LAST}
     * @return NaN where no value of the bucket is finite
     */
    double value(int bucket, int k, int which) {
        return values[stride == 1 ? bucket * series + k : (bucket * series + k) * NUMBERS + which];
    }

    /** What was not finite: a sum of {@link #NAN}, {@link #POSITIVE_INFINITY}, {@link #NEGATIVE_INFINITY}. */
    int marks(int bucket, int k) {
        return marks[bucket * series + k];
    }
}
