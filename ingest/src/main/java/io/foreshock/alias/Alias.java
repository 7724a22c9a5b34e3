package io.foreshock.alias;

import io.foreshock.telemetry.Signal;
import org.jspecify.annotations.Nullable;

/**
 * One line of the alias table.
 *
 * @param signal what the name means, or null for a name that is deliberately not mapped
 * @param framework who logs it
 * @param name the name as logged; {@code *} stands for one or more letters, digits, dots or underscores
 * @param scale canonical value = logged value times scale, finite, not 0
 * @param when the condition on the event that makes the line apply, or null for always
 * @param note why, for people
 */
public record Alias(
        @Nullable Signal signal,
        String framework,
        String name,
        double scale,
        @Nullable Condition when,
        String note) {

    /**
     * That another metric is, or is not, in the same event.
     *
     * @param metric the other's name as logged, with or without a leading {@code train/}
     * @param present whether it must be there, or must not
     */
    public record Condition(String metric, boolean present) {}

    /** Whether {@code logged} is this line's name or fits its pattern. */
    boolean matches(String logged) {
        int star = name.indexOf('*');
        if (star < 0) {
            return name.equals(logged);
        }
        int tail = name.length() - star - 1;
        if (logged.length() <= star + tail
                || !logged.startsWith(name.substring(0, star))
                || !logged.endsWith(name.substring(star + 1))) {
            return false;
        }
        for (int i = star; i < logged.length() - tail; i++) {
            char c = logged.charAt(i);
            if (!Character.isLetterOrDigit(c) && c != '.' && c != '_') {
                return false;
            }
        }
        return true;
    }
}
