package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * The course of a noisy series: where it should be now, and how far its own noise throws it.
 *
 * <p><b>Level</b>: the median of the last {@value #LENGTH} values, or of the last {@value #NEAR} where that is lower.
 * A loss falls, steeply at first, and a long median lags behind it; a short one is dragged by a spike of six rows. The
 * smaller of the two follows a fall at once and a rise only when the long one does. An exponential mean lags the first
 * descent, and its deviation swallows the lag.
 *
 * <p><b>Scale</b>: a standard deviation, the largest of three estimates because each is blind to something:
 *
 * <ul>
 *   <li>the median absolute difference of successive values, over {@value #DIFFERENCE}: free of trend, blind to noise
 *       that wanders over several values;
 *   <li>half the median absolute deviation from the level, over {@value #DEVIATION}: sees wandering noise; half,
 *       because a trend within the window is in it too;
 *   <li>the third largest excess over the level among the last {@value #UPPER_OF}, over {@value #UPPER}: the only one
 *       that sees skewed or two-humped noise (mixup, sources of different difficulty), whose middle is calm.
 * </ul>
 *
 * <p>Factors make each estimate that of a normal distribution. Breaks down when half the window is outliers, the upper
 * estimate at three in {@value #UPPER_OF}: that makes a series that keeps spiking look noisy, which it is. A caller that
 * sees an event under way should not add its values.
 */
public final class Course implements State {
    /** Values that make a course; 20 to 64 give nearly the same verdicts. */
    public static final int LENGTH = 32;

    /** Values that may lower the level. */
    public static final int NEAR = 12;

    private static final int UPPER_RANK = 3;
    private static final int UPPER_OF = 20;

    /** Values among which the highest is remembered: two lengths. */
    private static final int REACH_OF = 2 * LENGTH;

    /** Median of |difference| of two independent standard normal values. */
    private static final double DIFFERENCE = 0.6745 * 1.41421356;

    /** Median of |value| of a standard normal value. */
    private static final double DEVIATION = 0.6745;

    /** 90 % point of a standard normal value: two of twenty are above it, so the third largest is about there. */
    private static final double UPPER = 1.28;

    private final MedianWindow values = new MedianWindow(LENGTH);
    private final MedianWindow nearest = new MedianWindow(NEAR);
    private final MedianWindow differences = new MedianWindow(LENGTH);
    private final MedianWindow excesses = new MedianWindow(UPPER_OF);
    private final MaxWindow peaks = new MaxWindow(REACH_OF);
    private double last;
    private double level;
    private double scale;

    /** Takes in a finite value. */
    public void add(double value) {
        if (values.size() > 0) {
            differences.add(Math.abs(value - last));
            excesses.add(value - level);
            peaks.add(value - level);
        }
        last = value;
        values.add(value);
        nearest.add(value);
        level = Math.min(values.median(), nearest.median());
        scale = 0;
        if (differences.size() > 0) {
            scale = differences.median() / DIFFERENCE;
            scale = Math.max(scale, values.medianDistance(level) / DEVIATION / 2);
        }
        if (excesses.size() >= UPPER_RANK) {
            scale = Math.max(scale, excesses.smallest(excesses.size() - UPPER_RANK) / UPPER);
        }
    }

    /** Forgets everything, as after a resume. */
    public void clear() {
        values.clear();
        nearest.clear();
        differences.clear();
        excesses.clear();
        peaks.clear();
        level = 0;
        scale = 0;
    }

    /** Values seen, counted up to {@link #LENGTH}. */
    public int size() {
        return values.size();
    }

    /** Where the series should be. */
    public double level() {
        return level;
    }

    /** Standard deviation of its noise, {@code >= 0}; 0 for a constant series. */
    public double scale() {
        return scale;
    }

    /** How far above the level a value of the last {@value #REACH_OF} was, {@code >= 0}. */
    public double reach() {
        return Math.max(0, peaks.max());
    }

    @Override
    public void persist(Archive archive) throws IOException {
        values.persist(archive);
        nearest.persist(archive);
        differences.persist(archive);
        excesses.persist(archive);
        peaks.persist(archive);
        last = archive.real(last);
        level = archive.real(level);
        scale = archive.real(scale);
    }
}
