package io.foreshock.backtest;

import org.jspecify.annotations.Nullable;

/**
 * What happened to a run, as somebody with hindsight saw it.
 *
 * @param signature slug of what it was
 * @param onset where it first shows
 * @param failure where the run was harmed, or null if it never was
 * @param end where it was over, or null if it lasts to the end of the run
 * @param undecided labelled ambiguous or weak: neither demanded nor false when alarmed
 * @param evidence what was seen
 */
public record LabelledEvent(
        String signature,
        Mark onset,
        @Nullable Mark failure,
        @Nullable Mark end,
        boolean undecided,
        String evidence) {

    /**
     * A place in a log.
     *
     * @param step the step
     * @param line line number from 0, which tells steps apart that a resumed run logs twice; null where labels give
     *     steps only
     */
    public record Mark(long step, @Nullable Integer line) {}
}
