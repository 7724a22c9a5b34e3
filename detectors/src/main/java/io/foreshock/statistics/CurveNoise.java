package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * Noise of a short series that falls or rises steeply, such as a dozen evaluations: the median distance of a value from
 * the middle of its neighbours.
 *
 * <p>The distance is free of any straight trend; its median ignores a few bends and jumps among the last
 * {@value #LENGTH}. It is widened by 2/m where it rests on m distances only, because the median of a few says little,
 * and never taken for finer than the smallest step the series ever made: an accuracy over 50 questions moves by
 * 0.02. Feed it finite values only; constant time.
 */
public final class CurveNoise implements State {
    /** Distances that are remembered. */
    public static final int LENGTH = 16;

    /** Median of |b − (a + c)/2| for independent standard normal values. */
    private static final double DISTANCE = 0.6745 * 1.2247;

    private final MedianWindow distances = new MedianWindow(LENGTH);
    private double last = Double.NaN;
    private double before = Double.NaN;
    private double step = Double.POSITIVE_INFINITY;
    private long count;

    public void add(double value) {
        count++;
        if (count >= 3) {
            // Halves first: the sum of two huge values is no number.
            distances.add(Math.min(Math.abs(last - (before / 2 + value / 2)), Double.MAX_VALUE));
        }
        if (count >= 2 && value != last) {
            step = Math.min(step, Math.abs(value - last));
        }
        before = last;
        last = value;
    }

    /** Values taken in. */
    public long count() {
        return count;
    }

    /** One standard deviation; infinite before the fourth value and while nothing ever moved. */
    public double deviation() {
        int known = distances.size();
        if (known < 2 || step == Double.POSITIVE_INFINITY) {
            return Double.POSITIVE_INFINITY;
        }
        return Math.max(step, distances.median() / DISTANCE * (1 + 2.0 / known));
    }

    /**
     * The deviation that the largest of {@code looks} independent normal values is expected not to exceed, in standard
     * deviations: the square root of 2 ln(looks). What is beyond it is no accident of having looked often.
     *
     * @param looks how often was looked, {@code >= 1}
     */
    public static double largestOf(long looks) {
        return Math.sqrt(2 * Math.log(Math.max(2, looks)));
    }

    @Override
    public void persist(Archive archive) throws IOException {
        distances.persist(archive);
        last = archive.real(last);
        before = archive.real(before);
        step = archive.real(step);
        count = archive.whole(count);
    }
}
