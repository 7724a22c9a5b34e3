package io.foreshock.backtest;

import io.foreshock.incident.Incident;

/**
 * A warning or critical incident, as it opened.
 *
 * @param signature slug of what it says happens
 * @param incident its first record
 * @param row the logged row at which it opened
 * @param until the row at which it was resolved, {@link #OPEN} if it never was
 */
public record Alarm(String signature, Incident incident, int row, int until) {
    /** Stands for "not resolved". */
    public static final int OPEN = Integer.MAX_VALUE;

    Alarm until(int end) {
        return new Alarm(signature, incident, row, end);
    }

    Alarm as(String slug) {
        return new Alarm(slug, incident, row, until);
    }
}
