package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import java.util.Arrays;

/**
 * The last few values of a series, and their order statistics.
 *
 * <p>Values are kept twice, in order of arrival and sorted, so that the median costs nothing and adding one costs a
 * binary search and a shift within {@code length} numbers. At most half of the values can be outliers before the
 * median follows them. Only finite values may enter.
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
        if (size == length) {
            int gone = Arrays.binarySearch(sorted, 0, size, ring[next]);
            System.arraycopy(sorted, gone + 1, sorted, gone, size - gone - 1);
            size--;
        }
        int at = Arrays.binarySearch(sorted, 0, size, value);
        at = at < 0 ? -at - 1 : at;
        System.arraycopy(sorted, at, sorted, at + 1, size - at);
        sorted[at] = value;
        size++;
        ring[next] = value;
        next = next + 1 == length ? 0 : next + 1;
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

    /** Median distance from {@code centre}; NaN while empty. Merges the two halves of the sorted values: linear. */
    public double medianDistance(double centre) {
        if (size == 0) {
            return Double.NaN;
        }
        int above = Arrays.binarySearch(sorted, 0, size, centre);
        above = above < 0 ? -above - 1 : above;
        int below = above - 1;
        double before = 0;
        double distance = 0;
        for (int i = 0; i <= size / 2; i++) {
            before = distance;
            if (below < 0 || (above < size && sorted[above] - centre < centre - sorted[below])) {
                distance = sorted[above++] - centre;
            } else {
                distance = centre - sorted[below--];
            }
        }
        return size % 2 == 1 ? distance : (before + distance) / 2;
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
