package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * Straight line through the logarithm of a positive quantity, the newest values counting most: how fast it grows, how
 * sure that is, and when it will reach a level.
 *
 * <p>Weighted least squares with weights that fall by {@code exp(-1/memory)} a value, updated as West (1979) does for
 * means and Welford for moments, so that neither large steps nor long runs cost precision. The error of the slope is
 * widened by sqrt((1+r)/(1-r)) with r the correlation of successive residuals (at least 0), because a quantity of
 * training wanders. Feed it finite values only; nothing below {@link #FLOOR} is told apart. Six numbers, constant time.
 */
public final class LogTrend implements State {
    /** Logarithms are taken of nothing smaller. */
    public static final double FLOOR = 1e-12;

    private double weight;
    private double squares;
    private double meanX;
    private double meanY;
    private double xx;
    private double xy;
    private double yy;
    private double residual;
    private double residualLag;
    private double residualSquare;
    private int count;

    /** What one value keeps of the weight of those before it, for {@link #addLogarithm}. */
    public static double keep(double memory) {
        return Math.exp(-1 / memory);
    }

    /**
     * Takes in a value.
     *
     * @param memory how many values count, {@code > 1}
     * @param step where it was observed, later than the one before
     * @param value the quantity, not its logarithm
     */
    public void add(double memory, double step, double value) {
        addLogarithm(keep(memory), step, Math.log(Math.max(value, FLOOR)));
    }

    /**
     * The same where the caller has both logarithms already, for thousands of series a row.
     *
     * @param keep {@link #keep} of the memory
     * @param step where it was observed, later than the one before
     * @param y logarithm of the quantity
     */
    public void addLogarithm(double keep, double step, double y) {
        if (count >= 3) {
            double now = y - (meanY + slope() * (step - meanX));
            residualLag = keep * residualLag + now * residual;
            residualSquare = keep * residualSquare + now * now;
            residual = now;
        }
        double old = keep * weight;
        weight = old + 1;
        squares = keep * keep * squares + 1;
        double dx = step - meanX;
        double dy = y - meanY;
        double share = old / weight;
        meanX += dx / weight;
        meanY += dy / weight;
        xx = keep * xx + share * dx * dx;
        xy = keep * xy + share * dx * dy;
        yy = keep * yy + share * dy * dy;
        count++;
    }

    public int count() {
        return count;
    }

    /** Growth of the logarithm a step; 0 before the second value. */
    public double slope() {
        return xx > 0 ? xy / xx : 0;
    }

    /** Standard error of {@link #slope}; infinite before the fourth value. */
    public double slopeError() {
        double values = squares > 0 ? weight * weight / squares : 0;
        if (count < 4 || values <= 2 || xx <= 0) {
            return Double.POSITIVE_INFINITY;
        }
        double variance = Math.max(0, yy - xy * xy / xx) / weight * values / (values - 2);
        double correlation = residualSquare > 0 ? Math.min(0.9, Math.max(0, residualLag / residualSquare)) : 0;
        double spread = xx / weight * values;
        return Math.sqrt(variance / spread * (1 + correlation) / (1 - correlation));
    }

    /** The quantity at this step, on the line. */
    public double at(double step) {
        return Math.exp(meanY + slope() * (step - meanX));
    }

    @Override
    public void persist(Archive archive) throws IOException {
        weight = archive.real(weight);
        squares = archive.real(squares);
        meanX = archive.real(meanX);
        meanY = archive.real(meanY);
        xx = archive.real(xx);
        xy = archive.real(xy);
        yy = archive.real(yy);
        residual = archive.real(residual);
        residualLag = archive.real(residualLag);
        residualSquare = archive.real(residualSquare);
        count = archive.count(count);
    }
}
