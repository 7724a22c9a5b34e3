package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/** The last few values of a series, for a maximum that is seldom asked for: it is looked for only then. */
final class MaxWindow implements State {
    private double[] ring;
    private int next;
    private int size;

    /** @param length values that are remembered, {@code >= 1} */
    MaxWindow(int length) {
        ring = new double[length];
    }

    /** Takes in a finite value; the oldest leaves when the window is full. */
    void add(double value) {
        ring[next] = value;
        size = Math.min(ring.length, size + 1);
        next = next + 1 == ring.length ? 0 : next + 1;
    }

    /** The largest value held, minus infinity while empty. */
    double max() {
        double max = Double.NEGATIVE_INFINITY;
        // Until the window is full its values lie at the beginning, and then everywhere.
        for (int i = 0; i < size; i++) {
            max = Math.max(max, ring[i]);
        }
        return max;
    }

    /** Forgets everything. */
    void clear() {
        size = 0;
        next = 0;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        ring = archive.reals(ring);
        next = archive.count(next);
        size = archive.count(size);
    }
}
