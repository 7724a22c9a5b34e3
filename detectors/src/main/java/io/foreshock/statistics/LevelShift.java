package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * A step upwards in a noisy series: from one row to the next it is higher, and stays there, while its company (the
 * logarithm of another series) stays where it was.
 *
 * <p>The last {@value #LENGTH} rows are cut into quarters, B1 B2 before the edge and A1 A2 after it. The shift is the mean of
 * A less that of B; what B2 is above B1, and A2 above A1, is slope and is taken off. What is left is a step when it is over
 * {@value #ERRORS} standard errors of the shift (four of its own, most of which is the slope's) and over {@value #SHARE} of
 * the level before; when A2 is not lower than A1 by half of the shift, so that it may be learned again but is no spike; when
 * the two rows on each side of the edge belong to their sides; and when the noise, from successive differences, has not
 * doubled, as that of a series that runs away does. The company stayed when the means of its halves differ by less than
 * ln {@value #COMPANY}. Feed it finite values only. About 150 numbers; a row costs one pass over them.
 */
public final class LevelShift implements State {
    private static final int QUARTER = 12;
    private static final int HALF = 2 * QUARTER;
    private static final int LENGTH = 2 * HALF;
    private static final double ERRORS = 9;
    private static final double SHARE = 0.05;
    private static final double COMPANY = 1.8;

    private double[] values = new double[LENGTH];
    private double[] company = new double[LENGTH];
    private long[] steps = new long[LENGTH];
    private int next;
    private int size;

    // Scratch: what the last rows show.
    private final double[] means = new double[4];

    /** Takes in a row. */
    public void add(long step, double value, double companion) {
        values[next] = value;
        company[next] = companion;
        steps[next] = step;
        next = (next + 1) % LENGTH;
        size = Math.min(LENGTH, size + 1);
    }

    /** Forgets everything. */
    public void clear() {
        size = 0;
    }

    /**
     * True if there is a step in the middle of the last rows.
     *
     * @param smallest level below which a level counts as this one, {@code >= 0}
     */
    public boolean shifted(double smallest) {
        if (size < LENGTH) {
            return false;
        }
        for (int quarter = 0; quarter < 4; quarter++) {
            means[quarter] = mean(values, quarter * QUARTER, QUARTER);
        }
        double shift = after() - before();
        double step = shift - Math.max(0, means[1] - means[0]) - Math.max(0, means[3] - means[2]);
        if (step <= SHARE * Math.max(Math.abs(before()), smallest) || means[2] - means[3] >= shift / 2) {
            return false;
        }
        double noiseBefore = noise(0);
        double noiseAfter = noise(HALF);
        double error = Math.sqrt((noiseBefore * noiseBefore + noiseAfter * noiseAfter) / HALF);
        double moved = mean(company, HALF, HALF) - mean(company, 0, HALF);
        double jump = mean(values, HALF, 2) - mean(values, HALF - 2, 2);
        return step > ERRORS * error
                && noiseAfter <= 2 * noiseBefore
                && Math.abs(moved) < Math.log(COMPANY)
                && jump > shift / 2;
    }

    private double mean(double[] series, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += series[at(i)];
        }
        return sum / count;
    }

    /** Deviation from row to row of the half that begins there. */
    private double noise(int from) {
        double squares = 0;
        for (int i = from + 1; i < from + HALF; i++) {
            double difference = values[at(i)] - values[at(i - 1)];
            squares += difference * difference / 2;
        }
        return Math.sqrt(squares / (HALF - 1));
    }

    private int at(int age) {
        return (next + age) % LENGTH;
    }

    /** Mean before the edge. */
    public double before() {
        return (means[0] + means[1]) / 2;
    }

    /** Mean since the edge. */
    public double after() {
        return (means[2] + means[3]) / 2;
    }

    /** Step of the first row after the edge. */
    public long edge() {
        return steps[at(HALF)];
    }

    @Override
    public void persist(Archive archive) throws IOException {
        values = archive.reals(values);
        company = archive.reals(company);
        steps = archive.wholes(steps);
        next = archive.count(next);
        size = archive.count(size);
    }
}
