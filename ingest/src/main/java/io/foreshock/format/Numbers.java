package io.foreshock.format;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers as trainers write them: {@code 3.0E-04}, {@code nan}, {@code INF}, {@code 1,234}. */
public final class Numbers {
    private static final Pattern WHOLE = Pattern.compile("[+-]?(?:\\d++(?:\\.\\d*+)?|\\.\\d++)(?:[eE][+-]?\\d++)?");
    private static final Pattern LEADING = Pattern.compile(
            "\\s*+([+-]?(?:(?:nan|inf(?:inity)?)(?=(?:ms|s)?\\b)|\\d[\\d,]*+(?:\\.\\d*+)?(?:e[+-]?\\d++)?|\\.\\d++(?:e[+-]?\\d++)?)).*+",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** No sensible number has more characters. */
    private static final int MAX_CHARS = 400;

    private static final double LARGEST_EXACT = 1L << 53;

    private Numbers() {}

    /** The number that the text is, white space around it aside; null if it is none. NaN and infinities are numbers. */
    public static @Nullable Double of(String text) {
        String number = text.strip();
        if (number.isEmpty() || number.length() > MAX_CHARS) {
            return null;
        }
        if (WHOLE.matcher(number).matches()) {
            return Double.valueOf(number);
        }
        return notFinite(number);
    }

    /** The number with which the text begins, whatever unit or remark follows; thousands may be set off by commas. */
    public static @Nullable Double leading(String text) {
        Matcher matcher = LEADING.matcher(text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) : text);
        return matcher.matches() ? of(matcher.group(1).replace(",", "")) : null;
    }

    /**
     * The step that a number is.
     *
     * @return -1 if it is negative, no integer, or too large to be exact
     */
    public static long step(double number) {
        return number >= 0 && number <= LARGEST_EXACT && number == Math.rint(number) ? (long) number : -1;
    }

    private static @Nullable Double notFinite(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "nan", "+nan", "-nan" -> Double.NaN;
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            default -> null;
        };
    }
}
