package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * A noisy quantity that training moves: where it stands, where it began, the best and the worst it has been, and its noise
 * from batch to batch.
 *
 * <p>Where it stands is the mean of a few values, {@link #now}; where it lately was, and its best and worst, are those of the mean
 * of some more, {@link #lately}, because the best of a noisy mean is flattered by its noise. Spans are in values, because means
 * need values. Where a value stands for several steps they shrink, down to a third, because runs change by steps.
 * Feed it finite values only. About 15 numbers, constant time.
 */
public final class Progress implements State {
    /** Values below which no span shrinks. */
    private static final int FEWEST = 5;

    private final int fast;
    private final int slow;
    private final int noise;

    private final RunningMean now = new RunningMean();
    private final RunningMean lately = new RunningMean();
    private final BatchNoise batches = new BatchNoise();
    private long firstStep;
    private long lastStep;
    private double start;
    private double startNoise;
    private double lowest = Double.POSITIVE_INFINITY;
    private double best = Double.NEGATIVE_INFINITY;
    private long bestStep;

    /**
     * @param fast values of the mean that stands for now, {@code >= 1}
     * @param slow values of the mean that stands for lately, {@code >= fast}
     * @param noise values over which the noise is measured, {@code >= 1}
     */
    public Progress(int fast, int slow, int noise) {
        this.fast = fast;
        this.slow = slow;
        this.noise = noise;
    }

    /** Takes in a value. */
    public void add(long step, double value) {
        if (count() == 0) {
            firstStep = step;
        }
        lastStep = step;
        now.add(value, span(fast));
        lately.add(value, span(slow));
        batches.add(value, span(noise));
        if (count() <= span(slow)) {
            startNoise = batches.deviation();
        }
        if (!known()) {
            start = now.mean();
            return;
        }
        lowest = Math.min(lowest, lately.mean());
        // The mean of fewer is so much noise that the run may never again come up to it.
        if (count() > 2 * span(fast) && lately.mean() > best) {
            best = lately.mean();
            bestStep = step;
        }
    }

    /** Values that a span has at the cadence of this series. */
    public double span(double values) {
        double steps = count() < 2 ? 1 : Math.max(1, (double) (lastStep - firstStep) / count());
        return Math.max(Math.min(values, Math.max(FEWEST, values / 3)), values / steps);
    }

    public long count() {
        return now.count();
    }

    /** True once there are more values than make the start. */
    public boolean known() {
        return count() > span(fast);
    }

    /** Mean of the last few values. */
    public double now() {
        return now.mean();
    }

    /** Mean of some more. */
    public double lately() {
        return lately.mean();
    }

    /** Mean of the first few values. */
    public double start() {
        return start;
    }

    /** How far it has come since the start. */
    public double gain() {
        return now() - start;
    }

    /** Lowest {@link #lately}, infinite before the start is {@link #known}. */
    public double lowest() {
        return lowest;
    }

    /** Highest {@link #lately}, minus infinity before there are twice as many values as make the start. */
    public double best() {
        return best;
    }

    /** Step at which it was at its best. */
    public long bestStep() {
        return bestStep;
    }

    /** How far it stands below its best. */
    public double below() {
        return best - now();
    }

    /** True if it stands below its best by more than so many standard errors, now or lately. */
    public boolean fell(double errors) {
        return below() > errors * error() || best - lately() > errors * noise() * Math.sqrt(2 / span(slow));
    }

    /** Standard deviation from batch to batch. */
    public double noise() {
        return batches.deviation();
    }

    /** The same over the first values, as many as {@link #lately} has. */
    public double startNoise() {
        return startNoise;
    }

    /** Standard error of {@link #now}, from above: the weights of a running mean reach back further than its span. */
    public double error() {
        return noise() / Math.sqrt(span(fast));
    }

    @Override
    public void persist(Archive archive) throws IOException {
        now.persist(archive);
        lately.persist(archive);
        batches.persist(archive);
        firstStep = archive.whole(firstStep);
        lastStep = archive.whole(lastStep);
        start = archive.real(start);
        startNoise = archive.real(startNoise);
        lowest = archive.real(lowest);
        best = archive.real(best);
        bestStep = archive.whole(bestStep);
    }
}
