package io.foreshock.terminal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Names and numbers as a terminal can take them. */
public final class Words {
    private Words() {}

    /**
     * The text with everything that is not printable written as an escape: a run's name is foreign, and must not move
     * the cursor, change colours, turn the writing direction, or begin a line that looks like ours.
     */
    public static String safe(String text) {
        StringBuilder safe = null;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            int width = Character.charCount(point);
            if (printable(point)) {
                if (safe != null) {
                    safe.appendCodePoint(point);
                }
            } else {
                safe = safe == null ? new StringBuilder(text.substring(0, i)) : safe;
                safe.append(String.format(Locale.ROOT, point > 0xffff ? "\\u{%x}" : "\\u%04x", point));
            }
            i += width;
        }
        return safe == null ? text : safe.toString();
    }

    private static boolean printable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    /** Four significant digits: 57.23, 0.0003, 1.2e-9. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return String.valueOf(value);
        }
        if (value == 0) {
            return "0";
        }
        double magnitude = Math.abs(value);
        if (magnitude >= 1e-4 && magnitude < 1e7) {
            BigDecimal rounded = new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros();
            return rounded.scale() <= 0 ? step(rounded.longValue()) : rounded.toPlainString();
        }
        String[] parts = String.format(Locale.ROOT, "%.3e", value).split("e", 2);
        return new BigDecimal(parts[0]).stripTrailingZeros().toPlainString() + "e" + Integer.parseInt(parts[1]);
    }

    /** With its unit; "1" is the unit of a pure number. */
    static String number(double value, String unit) {
        return unit.isEmpty() || unit.equals("1") ? number(value) : number(value) + " " + safe(unit);
    }

    /** 1,240. */
    public static String step(long step) {
        return String.format(Locale.ROOT, "%,d", step);
    }

    public static String count(long count, String noun) {
        return step(count) + " " + noun + (count == 1 ? "" : "s");
    }
}
