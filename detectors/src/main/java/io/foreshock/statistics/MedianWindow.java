package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import java.util.Arrays;

/**
 * The last few values of a series, and their order statistics.
 *
 * <p>Values are kept twice, in order of arrival and sorted, so that the median costs nothing and adding one costs a pass
 * over {@code length} numbers at most: the new value takes the place of the one that leaves, and moves from there to where
 * it belongs. In windows of this size that is faster than two binary searches, whose every turn is one that the
 * processor cannot foresee. At most half of the values can be outliers before the median follows them. Only finite
 * values may enter.
 */
public final class MedianWindow implements State {
    private final int length;
    private double[] ring;
    private double[] sorted;
    private int next;
    private int size;

    /** @param length values that are remembered, {@code >= 2} */
    public MedianWindow(int length) {
        if (length < 2) {
            throw new IllegalArgumentException("length must be >= 2 values, got " + length);
        }
        this.length = length;
        this.ring = new double[length];
        this.sorted = new double[length];
    }

    /** Takes in a finite value; the oldest leaves when the window is full. */
    public void add(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("value must be finite, got " + value);
        }
        int at = size;
        if (size == length) {
            at = 0;
            long gone = Double.doubleToRawLongBits(ring[next]);
            while (Double.doubleToRawLongBits(sorted[at]) != gone) {
                at++;
            }
        } else {
            size++;
        }
        while (at > 0 && isBelow(value, sorted[at - 1])) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        while (at + 1 < size && isBelow(sorted[at + 1], value)) {
            sorted[at] = sorted[at + 1];
            at++;
        }
        sorted[at] = value;
        ring[next] = value;
        next = next + 1 == length ? 0 : next + 1;
    }

    /** As {@link Double#compare} has it, which tells 0 from -0. */
    private static boolean isBelow(double one, double other) {
        return one < other || (one == other && Double.compare(one, other) < 0);
    }

    /** Forgets everything. */
    public void clear() {
        size = 0;
        next = 0;
    }

    /** Values held, up to the length. */
    public int size() {
        return size;
    }

    /** The value that {@code age} others followed. */
    private double newest(int age) {
        return ring[(next - 1 - age + 2 * length) % length];
    }

    /** The {@code rank}-th smallest, {@code 0 <= rank < size()}. */
    public double smallest(int rank) {
        return sorted[rank];
    }

    /** NaN while empty. */
    public double median() {
        return middle(sorted, size);
    }

    /**
     * Median distance from {@code centre}; NaN while empty. The values nearest to it lie side by side: half of the window
     * and one, whose begin is found by bisection, hold the median distance at one of their ends.
     */
    public double medianDistance(double centre) {
        if (size == 0) {
            return Double.NaN;
        }
        int nearest = size / 2 + 1;
        int first = 0;
        int end = size - nearest;
        while (first < end) {
            int middle = (first + end) >>> 1;
            if (centre - sorted[middle] > sorted[middle + nearest] - centre) {
                first = middle + 1;
            } else {
                end = middle;
            }
        }
        int last = first + nearest - 1;
        double below = centre - sorted[first];
        double above = sorted[last] - centre;
        double distance = Math.max(below, above);
        if (size % 2 == 1) {
            return distance;
        }
        double before = below > above
                ? Math.max(centre - sorted[first + 1], above)
                : Math.max(below, sorted[last - 1] - centre);
        return (before + distance) / 2;
    }

    private static double middle(double[] ascending, int count) {
        if (count == 0) {
            return Double.NaN;
        }
        int half = count / 2;
        return count % 2 == 1 ? ascending[half] : ascending[half - 1] / 2 + ascending[half] / 2;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        ring = archive.reals(ring);
        next = archive.count(next);
        size = archive.count(size);
        if (archive.reads()) {
            for (int i = 0; i < size; i++) {
                sorted[i] = newest(i);
            }
            Arrays.sort(sorted, 0, size);
        }
    }
}
