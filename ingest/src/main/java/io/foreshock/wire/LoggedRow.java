package io.foreshock.wire;

import io.foreshock.alias.Aliases;
import io.foreshock.alias.MetricCollector;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import org.jspecify.annotations.Nullable;

/**
 * Makes events of what other tools logged: names and numbers of one step, held to the same {@link Limits} and understood
 * by the same {@link Aliases} as an event that was published.
 *
 * <pre>{@code
 * row.begin();
 * row.metric("lm loss", 2.31);
 * Parsed event = row.end(1200, ts, lineNumber);
 * }</pre>
 *
 * <p>One thread at a time.
 */
public final class LoggedRow {
    private static final byte[] NOTHING = new byte[0];

    private final String run;
    private final MetricCollector metrics = new MetricCollector(Aliases.standard());
    private @Nullable Refusal refusal;

    /** @param run the run of all rows */
    public LoggedRow(String run) {
        this.run = run;
    }

    /** Whether a run may be called this: not blank, printable, of at most {@value Limits#MAX_RUN_CHARS} characters. */
    public static boolean canName(String run) {
        try {
            RunIds.check(run, "run");
            return true;
        } catch (Refusal refused) {
            return false;
        }
    }

    /** What is wrong with a metric's name, for a message, or null if a metric may be called this. */
    public static @Nullable String objection(String name) {
        try {
            EventReader.checkName(name);
            return null;
        } catch (Refusal refused) {
            return refused.detail();
        }
    }

    /**
     * Epoch milliseconds of a time in seconds, as from Python's {@code time.time()}; {@link StepSample#NONE} for what is
     * no time between 1970 and 2100.
     */
    public static long millis(double epochSeconds) {
        double millis = Math.rint(epochSeconds * 1_000);
        return millis >= 0 && millis < Limits.MAX_TS ? (long) millis : StepSample.NONE;
    }

    /** Forgets what was collected. */
    public void begin() {
        metrics.clear();
        refusal = null;
    }

    /** Adds a number under the name with which it was logged; of a name given twice the later number counts. */
    public void metric(String name, double value) {
        if (refusal != null) {
            return;
        }
        try {
            EventReader.checkName(name);
            if (metrics.count() == Limits.MAX_METRICS) {
                throw new Refusal(
                        Rejected.Reason.TOO_MANY_SERIES, "the row has more than " + Limits.MAX_METRICS + " metrics");
            }
            metrics.scalar(name, value);
        } catch (Refusal refused) {
            refusal = refused;
        }
    }

    /** Names collected since {@link #begin}. */
    public int count() {
        return metrics.count();
    }

    /**
     * The event, or why there is none.
     *
     * @param step as logged; negative is refused
     * @param ts epoch milliseconds, or {@link StepSample#NONE}
     * @param line where the row came from, kept as origin
     */
    public Parsed end(long step, long ts, long line) {
        if (refusal != null) {
            return refused(refusal.reason, refusal.detail(), line, NOTHING);
        }
        if (step < 0) {
            return refused(Rejected.Reason.BAD_STEP, "step must be an integer >= 0, got " + step, line, NOTHING);
        }
        return new Parsed.Sample(metrics.sample(run, 0, 0, step, ts, null, (int) StepSample.NONE, line));
    }

    /**
     * The end of the run, with nothing measured; forgets what was collected.
     *
     * @param step the last one, or {@link StepSample#NONE}
     * @param ts epoch milliseconds, or {@link StepSample#NONE}
     * @param line where the end was announced, kept as origin
     */
    public Parsed over(RunEnd end, long step, long ts, long line) {
        begin();
        return new Parsed.Sample(metrics.sample(run, 0, 0, step, ts, end, (int) StepSample.NONE, line));
    }

    /**
     * What stands for a row, or a part of the recording, that cannot be read.
     *
     * @param raw its bytes as they came; cut to {@link Rejected#RAW_LIMIT} by the caller
     */
    public Parsed refused(Rejected.Reason reason, String detail, long line, byte[] raw) {
        return new Parsed.Refused(new Rejected(reason, detail, run, (int) StepSample.NONE, line, raw));
    }
}
