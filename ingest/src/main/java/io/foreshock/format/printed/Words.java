package io.foreshock.format.printed;

import io.foreshock.format.Numbers;
import io.foreshock.wire.LoggedRow;

/** Names and numbers within a line. */
final class Words {
    private Words() {}

    /**
     * Takes {@code name: number} or {@code name number} from each piece of the text; a unit or remark may follow the
     * number. What is neither is left aside.
     *
     * @param separator what is between two pieces
     * @param mark what is between name and number, if it is there
     */
    static void metrics(String text, String separator, char mark, LoggedRow row) {
        int from = 0;
        while (from <= text.length()) {
            int end = text.indexOf(separator, from);
            String piece = text.substring(from, end < 0 ? text.length() : end).strip();
            from = end < 0 ? text.length() + 1 : end + separator.length();
            int at = piece.indexOf(mark);
            if (at < 0) {
                at = piece.lastIndexOf(' ');
            }
            if (at > 0) {
                metric(piece.substring(0, at).strip(), piece.substring(at + 1), row);
            }
        }
    }

    /** Takes one metric, if the text begins with a number. */
    static void metric(String name, String number, LoggedRow row) {
        Double value = Numbers.leading(number);
        if (value != null) {
            row.metric(name, value);
        }
    }

    /** The step in these digits; {@link Dialect#NOTHING} if they are too many. */
    static long step(String digits) {
        return digits.length() > 18 ? Dialect.NOTHING : Long.parseLong(digits);
    }
}
