package io.foreshock.detect.custom;

import io.foreshock.detect.Finding;
import io.foreshock.detect.Severity;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/**
 * What a rule is about, whatever its kind.
 *
 * @param series what it looks at
 * @param severity how much it matters
 * @param summary one sentence for people, or "" for the evidence alone
 */
public record Subject(Series series, Severity severity, String summary) {
    private static final double PLAIN_FROM = 1e-4;
    private static final double PLAIN_TO = 1e7;

    Finding finding(long onset, double value, double threshold, String evidence) {
        String said = summary.isEmpty() ? evidence : summary + " (" + evidence + ")";
        return new Finding(series.signal(), series.name(), severity, onset, value, threshold, "1", null, said);
    }

    /** Four digits, for a sentence. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size == 0 || (size >= PLAIN_FROM && size < PLAIN_TO)) {
            return new BigDecimal(value, new MathContext(4))
                    .stripTrailingZeros()
                    .toPlainString();
        }
        return String.format(Locale.ROOT, "%.3g", value);
    }
}
