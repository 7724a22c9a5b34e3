package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import java.util.Arrays;

/**
 * The usual level of a series over the whole run: the median of the means of at most {@value #BLOCKS} blocks of equal
 * length. When all blocks are taken, neighbours merge and blocks become twice as long; values of a block that is not
 * complete do not count yet.
 *
 * <p>Spikes, a steep first descent or a stretch at another level do not move it until they make up half of the run. Of
 * logarithms it tells a decay from a decline: what falls like a power of the step stays at a fixed ratio to it, what
 * falls exponentially leaves it further and further behind. Feed it finite values only. {@value #BLOCKS} numbers and
 * three, constant time: blocks are sorted when one is complete.
 */
public final class RunMedian implements State {
    /** Blocks at most; half of them at least once there have been so many. */
    public static final int BLOCKS = 32;

    private double[] means = new double[BLOCKS];
    private int blocks;
    private long length = 1;
    private double sum;
    private long filled;
    private long count;

    private final double[] sorted = new double[BLOCKS];
    private double median = Double.NaN;

    /** Takes in a finite value. */
    public void add(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("value must be finite, got " + value);
        }
        count++;
        sum += value;
        filled++;
        if (filled < length) {
            return;
        }
        means[blocks++] = sum / length;
        sum = 0;
        filled = 0;
        if (blocks == BLOCKS) {
            blocks = BLOCKS / 2;
            length *= 2;
            for (int i = 0; i < blocks; i++) {
                means[i] = (means[2 * i] + means[2 * i + 1]) / 2;
            }
        }
        sort();
    }

    private void sort() {
        System.arraycopy(means, 0, sorted, 0, blocks);
        Arrays.sort(sorted, 0, blocks);
        int half = blocks / 2;
        median = blocks % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** NaN before the first value. */
    public double median() {
        return median;
    }

    /** Values taken in. */
    public long count() {
        return count;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        means = archive.reals(means);
        blocks = archive.count(blocks);
        length = archive.whole(length);
        sum = archive.real(sum);
        filled = archive.whole(filled);
        count = archive.whole(count);
        if (archive.reads() && blocks > 0) {
            sort();
        }
    }
}
