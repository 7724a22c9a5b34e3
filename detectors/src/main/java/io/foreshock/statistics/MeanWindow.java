package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * Mean of the last values of a series. The sum is taken afresh once a window, so that rounding cannot pile up and a
 * huge value leaves no trace once it has left. Only finite values may enter.
 */
public final class MeanWindow implements State {
    private double[] ring;
    private int next;
    private int size;
    private double sum;

    /** @param length values that are averaged, {@code >= 1} */
    public MeanWindow(int length) {
        if (length < 1) {
            throw new IllegalArgumentException("length must be >= 1 value, got " + length);
        }
        ring = new double[length];
    }

    /** Takes in a finite value; the oldest leaves when the window is full. */
    public void add(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("value must be finite, got " + value);
        }
        sum += value - (full() ? ring[next] : 0);
        ring[next] = value;
        size = Math.min(ring.length, size + 1);
        next++;
        if (next == ring.length) {
            next = 0;
            sum = 0;
            for (double one : ring) {
                sum += one;
            }
        }
    }

    /** True once it averages as many values as it can. */
    public boolean full() {
        return size == ring.length;
    }

    /** NaN while empty. */
    public double mean() {
        return size == 0 ? Double.NaN : sum / size;
    }

    /** Forgets everything. */
    public void clear() {
        next = 0;
        size = 0;
        sum = 0;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        ring = archive.reals(ring);
        next = archive.count(next);
        size = archive.count(size);
        sum = archive.real(sum);
    }
}
