package io.foreshock.backtest;

import org.jspecify.annotations.Nullable;

/**
 * How an event that had to be found was.
 *
 * @param event the event
 * @param alarm the first alarm of its kin in its stretch, or null if it was missed
 * @param named an alarm of the very signature is among them
 * @param inTime the first came before the run was harmed; false for events without a failure
 * @param lead steps from the first alarm to the failure, negative when late; null without alarm or failure
 * @param leadFromOnset the same when an alarm counts only from the onset on: one that opened before counts as if at the
 *     onset if it was still open there, else not at all; null without such an alarm or without a failure
 * @param standing an alarm of its kin that had opened too early to count and was still open at the onset, or null
 */
public record EventScore(
        LabelledEvent event,
        @Nullable Alarm alarm,
        boolean named,
        boolean inTime,
        @Nullable Long lead,
        @Nullable Long leadFromOnset,
        @Nullable Alarm standing) {

    public boolean found() {
        return alarm != null;
    }

    /** In time is a question only for an event that did harm. */
    public boolean harmful() {
        return event.failure() != null;
    }
}
