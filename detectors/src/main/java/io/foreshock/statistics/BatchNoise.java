package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * Deviation from batch to batch that is no trend: the root of the mean half squared difference of successive values
 * (von Neumann et al., 1941). A slow trend, however steep in the long run, adds next to nothing; a jump counts once.
 * Feed it finite values only. Four numbers, constant time.
 */
public final class BatchNoise implements State {
    private final RunningMean halfSquares = new RunningMean();
    private double before;
    private boolean any;

    /**
     * Takes in a value.
     *
     * @param span how many differences count, {@code >= 1}
     */
    public void add(double value, double span) {
        if (any) {
            double difference = value - before;
            halfSquares.add(difference * difference / 2, span);
        }
        before = value;
        any = true;
    }

    /** One standard deviation; 0 before the second value. */
    public double deviation() {
        return Math.sqrt(halfSquares.mean());
    }

    @Override
    public void persist(Archive archive) throws IOException {
        halfSquares.persist(archive);
        before = archive.real(before);
        any = archive.flag(any);
    }
}
