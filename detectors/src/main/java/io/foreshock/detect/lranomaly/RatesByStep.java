package io.foreshock.detect.lranomaly;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import java.util.Arrays;

/**
 * The learning rate a run had at each step, in {@value #BLOCKS} blocks at most: lowest and highest rate of each. When
 * all are full, neighbours merge and a block takes twice as many rows, so a longer run is known less finely and never
 * wrongly.
 */
final class RatesByStep implements State {
    static final int BLOCKS = 64;

    private long[] first = new long[BLOCKS];
    private double[] lowest = new double[BLOCKS];
    private double[] highest = new double[BLOCKS];
    private int size;
    private long last = Long.MIN_VALUE;
    private int rows;
    private int capacity = 1;

    /** Takes in the rate of a step later than those before. */
    void add(long step, double rate) {
        if (size > 0 && rows < capacity) {
            lowest[size - 1] = Math.min(lowest[size - 1], rate);
            highest[size - 1] = Math.max(highest[size - 1], rate);
            rows++;
        } else {
            if (size == BLOCKS) {
                merge();
            }
            first[size] = step;
            lowest[size] = rate;
            highest[size] = rate;
            size++;
            rows = 1;
        }
        last = step;
    }

    private void merge() {
        size = BLOCKS / 2;
        capacity *= 2;
        for (int i = 0; i < size; i++) {
            first[i] = first[2 * i];
            lowest[i] = Math.min(lowest[2 * i], lowest[2 * i + 1]);
            highest[i] = Math.max(highest[2 * i], highest[2 * i + 1]);
        }
    }

    /** Forgets what came at this step and later. */
    void rewind(long step) {
        while (size > 0 && first[size - 1] >= step) {
            size--;
        }
        rows = capacity;
        last = Math.min(last, step - 1);
    }

    /** True if the step lies between the first and the last that is remembered. */
    boolean covers(long step) {
        return size > 0 && step > first[0] && step <= last;
    }

    /** Lowest rate around a step that is {@linkplain #covers covered}. */
    double lowest(long step) {
        int block = block(step);
        return Math.min(lowest[block], lowest[Math.min(block + 1, size - 1)]);
    }

    /** Highest rate around a step that is {@linkplain #covers covered}. */
    double highest(long step) {
        int block = block(step);
        return Math.max(highest[block], highest[Math.min(block + 1, size - 1)]);
    }

    private int block(long step) {
        int found = Arrays.binarySearch(first, 0, size, step);
        return found >= 0 ? found : -found - 2;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        first = archive.wholes(first);
        lowest = archive.reals(lowest);
        highest = archive.reals(highest);
        size = archive.count(size);
        last = archive.whole(last);
        rows = archive.count(rows);
        capacity = archive.count(capacity);
    }
}
