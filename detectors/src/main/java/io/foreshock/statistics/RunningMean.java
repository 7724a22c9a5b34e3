package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * Mean that starts as the plain average of all values and then forgets: once {@code span} values are in, each new one
 * counts {@code 1/span}. Feed it finite values only. Two numbers, constant time.
 */
public final class RunningMean implements State {
    private double mean;
    private long count;

    /**
     * Takes in a value and returns the mean.
     *
     * @param span how many values count, {@code >= 1}; may change from value to value
     */
    public double add(double value, double span) {
        count++;
        mean += (value - mean) / Math.min((double) count, span);
        return mean;
    }

    /** 0 before the first value. */
    public double mean() {
        return mean;
    }

    public long count() {
        return count;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        mean = archive.real(mean);
        count = archive.whole(count);
    }
}
