package io.foreshock.detect;

import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.Signal;
import org.jspecify.annotations.Nullable;

/**
 * A signature holds at this row on this series: enough to judge from the alert line alone.
 *
 * @param signal the signal it was seen on, for the chart beside the alert; null for a metric outside the catalogue
 * @param series the very series, for example {@code attention_logit_max[1][3]}
 * @param count how many series show it at this row, this one included, {@code >= 1}: a detector of thousands of series
 *     reports the worst and counts the others
 * @param severity how much it matters
 * @param onset step since which it shows, {@code <=} the row's
 * @param value what was observed, in {@code unit}
 * @param threshold the value beyond which it fires, in {@code unit}
 * @param unit base unit of value and threshold; "1" for a pure number
 * @param forecast when it will hurt, or null where nothing is extrapolated
 * @param summary one sentence: what goes wrong, where, since when, how large
 */
public record Finding(
        @Nullable Signal signal,
        String series,
        int count,
        Severity severity,
        long onset,
        double value,
        double threshold,
        String unit,
        @Nullable Forecast forecast,
        Sentence summary) {

    /** A finding of one series alone. */
    public Finding(
            @Nullable Signal signal,
            String series,
            Severity severity,
            long onset,
            double value,
            double threshold,
            String unit,
            @Nullable Forecast forecast,
            Sentence summary) {
        this(signal, series, 1, severity, onset, value, threshold, unit, forecast, summary);
    }

    /** A finding of one series alone, in words that are there already. */
    public Finding(
            @Nullable Signal signal,
            String series,
            Severity severity,
            long onset,
            double value,
            double threshold,
            String unit,
            @Nullable Forecast forecast,
            String summary) {
        this(signal, series, severity, onset, value, threshold, unit, forecast, Sentence.of("%s", summary));
    }

    /** The same as info. */
    Finding belittled() {
        return new Finding(signal, series, count, Severity.INFO, onset, value, threshold, unit, forecast, summary);
    }

    /** How far beyond its threshold: the worst series of a row is the one with the largest excess. */
    public double excess() {
        double excess = Math.abs(threshold) > 0 ? value / threshold : value;
        return Double.isFinite(excess) ? excess : Double.MAX_VALUE;
    }
}
