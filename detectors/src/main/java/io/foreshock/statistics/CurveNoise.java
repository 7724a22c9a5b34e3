package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * Noise of a short series that falls or rises steeply, such as a dozen evaluations: the upper quartile of the distances
 * of its values from the middle of their neighbours.
 *
 * <p>The distance is free of any straight trend. The quartile ignores bends and jumps while they are fewer than a quarter
 * of the last {@value #LENGTH}, and is surer than a median. It is widened by about its own standard error, 1/√m of it
 * where it rests on m distances: the smallest estimate of many series and many times is a lucky one. Where nearly all
 * distances are 0 it is the smallest step that the series ever made: an accuracy over 50 questions moves by 0.02. Feed
 * it finite values only; constant time.
 */
public final class CurveNoise implements State {
    /** Distances that are remembered. */
    public static final int LENGTH = 24;

    /** Distances from which on the newest two wait. */
    private static final int ENOUGH = 6;

    /** Upper quartile of |b − (a + c)/2| for independent standard normal values. */
    private static final double DISTANCE = 1.1503 * 1.2247;

    private final MedianWindow distances = new MedianWindow(LENGTH);
    private double next = Double.NaN;
    private double newest = Double.NaN;
    private double last = Double.NaN;
    private double before = Double.NaN;
    private double step = Double.POSITIVE_INFINITY;
    private long count;

    public void add(double value) {
        count++;
        if (count >= 3) {
            // Halves first: the sum of two huge values is no number.
            take(Math.min(Math.abs(last - (before / 2 + value / 2)), Double.MAX_VALUE));
        }
        if (count >= 2 && value != last) {
            step = Math.min(step, Math.abs(value - last));
        }
        before = last;
        last = value;
    }

    /** Once some are known, the two that a value has just made wait: no value is to be measured against itself. */
    private void take(double distance) {
        if (distances.size() < ENOUGH) {
            distances.add(distance);
            return;
        }
        if (!Double.isNaN(next)) {
            distances.add(next);
        }
        next = newest;
        newest = distance;
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
        double quartile = distances.smallest(3 * known / 4);
        return quartile > 0 ? quartile / DISTANCE * (1 + 1 / Math.sqrt(known)) : step;
    }

    /**
     * The deviation that the largest of {@code looks} independent normal values hardly exceeds, in standard deviations: the
     * square root of 2 ln(looks). What is beyond it is no accident of having looked often.
     *
     * @param looks how often was looked, {@code >= 1}
     */
    public static double largestOf(long looks) {
        return Math.sqrt(2 * Math.log((double) Math.max(2, looks)));
    }

    /**
     * The deviation that the largest of {@code looks} independent normal values has on average, in standard deviations: how
     * lucky the best of many is. The first two terms of its expansion (Cramér, Mathematical Methods of Statistics, 28.6).
     *
     * @param looks how many there are, {@code >= 1}
     */
    public static double luckOf(long looks) {
        double largest = largestOf(looks);
        return Math.max(0, largest - (Math.log(largest * largest / 2) + Math.log(4 * Math.PI)) / (2 * largest));
    }

    @Override
    public void persist(Archive archive) throws IOException {
        distances.persist(archive);
        next = archive.real(next);
        newest = archive.real(newest);
        last = archive.real(last);
        before = archive.real(before);
        step = archive.real(step);
        count = archive.whole(count);
    }
}
