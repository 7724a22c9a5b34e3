package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A quantity that may be rising without end: where it is, whether it surely still rises, and how steeply for its age.
 *
 * <p>Works on a logarithm y that the caller takes (of a quantity, of its inverse where the danger is below, of the odds
 * of a share). <b>Level</b>: mean of about {@value #SMOOTHING} values. <b>Sure</b>: the slopes over the last {@value
 * #SHORT} and over the last {@value #LONG} values are both positive by {@value #CERTAINTY} standard errors ({@link
 * LogTrend}); the short one tells growth that goes on from a shock that has come to rest. <b>Steepness</b>: the slower
 * slope times the age, which is the p of a power law age^p. It has no unit, whatever the cadence of the log: healthy
 * quantities follow the weights, which move like a power of time (1/2 for a random walk, 1 at constant speed), while
 * exponential growth becomes steeper as it gets older. Age counts from the first value, so a log that starts in mid-run
 * makes it patient.
 *
 * <p>Feed it finite values only. About 30 numbers, constant time.
 */
public final class Ascent implements State {
    /** Values of the running mean. */
    public static final int SMOOTHING = 10;

    /** Values by which growth is seen to go on. */
    public static final int SHORT = 20;

    /** Values by which growth is measured. */
    public static final int LONG = 80;

    /** Standard errors by which both slopes must be positive: one in 700 by chance, for each of two. */
    public static final double CERTAINTY = 3;

    /** Values before anything is sure, and before the lowest level counts: half the long memory. */
    public static final int SETTLED = LONG / 2;

    /** Deviation of the logarithm of a pace between now and then, as measured for attention logits. */
    private static final double DRIFT = 0.6;

    private static final double SHORT_KEEP = LogTrend.keep(SHORT);
    private static final double LONG_KEEP = LogTrend.keep(LONG);

    private final LogTrend lately = new LogTrend();
    private final LogTrend trend = new LogTrend();
    private long values;
    private long start;
    private long step;
    private double level;
    private double lowest = Double.POSITIVE_INFINITY;

    /**
     * Takes in a value.
     *
     * @param now its step, later than the one before
     * @param y logarithm of the quantity, finite
     */
    public void add(long now, double y) {
        if (values == 0) {
            start = now;
        }
        step = now;
        values++;
        level += (y - level) * Math.max(1.0 / values, 2.0 / (SMOOTHING + 1));
        lately.addLogarithm(SHORT_KEEP, (double) now, y);
        trend.addLogarithm(LONG_KEEP, (double) now, y);
        if (values >= SETTLED) {
            lowest = Math.min(lowest, level);
        }
    }

    public long values() {
        return values;
    }

    /** Mean logarithm of the last values; 0 before the first. */
    public double level() {
        return level;
    }

    /** How far the level is above the lowest one since it settled, {@code >= 0}; 0 before that. */
    public double rise() {
        return values >= SETTLED ? level - lowest : 0;
    }

    /** True while it rises beyond doubt, over the long memory and still over the short one. */
    public boolean sure() {
        return values >= SETTLED && sure(lately) && sure(trend);
    }

    private static boolean sure(LogTrend trend) {
        return trend.slope() > 0 && trend.slope() > CERTAINTY * trend.slopeError();
    }

    /** Rise a step at the slower of both paces; negative where one of them falls. */
    public double slope() {
        return slower().slope();
    }

    /** Exponent of the power of its age by which it rises; see above. */
    public double steepness() {
        return slope() * (step - start);
    }

    /** Steps until {@code target} (a logarithm) is reached at the slower pace; infinite while it does not rise. */
    public double stepsTo(double target) {
        return slope() > 0 ? Math.max(0, target - level) / slope() : Double.POSITIVE_INFINITY;
    }

    /**
     * True if {@code target} (a logarithm) is near: no further off than half the age, nor than two long memories. Not
     * before the long memory is full: what begins to be learned changes fast, and not for long.
     */
    public boolean near(double target) {
        double age = step - start;
        return values >= LONG && stepsTo(target) <= Math.min(0.5, 2.0 * LONG / values) * age;
    }

    /** Steps until it has doubled, {@code >= 1}. */
    public long doubling() {
        return Math.max(1, Math.round(Math.log(2) / slope()));
    }

    /**
     * When it reaches a level; null unless it surely rises and is below it.
     *
     * @param quantity what is extrapolated, a signal's canonical name
     * @param value the level, in the unit of the quantity
     * @param target the same as a logarithm
     */
    public @Nullable Forecast forecast(String quantity, double value, double target) {
        if (!sure() || target <= level) {
            return null;
        }
        LogTrend pace = slower();
        return Forecast.ofGrowth(quantity, value, step, target - level, pace.slope(), pace.slopeError(), DRIFT);
    }

    private LogTrend slower() {
        return trend.slope() < lately.slope() ? trend : lately;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        lately.persist(archive);
        trend.persist(archive);
        values = archive.whole(values);
        start = archive.whole(start);
        step = archive.whole(step);
        level = archive.real(level);
        lowest = archive.real(lowest);
    }
}
