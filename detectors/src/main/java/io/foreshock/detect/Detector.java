package io.foreshock.detect;

import io.foreshock.state.State;
import io.foreshock.telemetry.Row;

/**
 * Recognises one signature. It owns no memory, reads no clock and does no I/O: all it knows is in the state that the
 * caller keeps, one per run; all it says goes to {@code out}. The same rows give the same findings.
 *
 * <p>A detector says that its signature holds at this row, on every row on which it holds; the incident that follows
 * from it (opening, folding, updating, resolving) is the business of {@code io.foreshock.incident}. "Not enough
 * evidence yet" is silence.
 *
 * @param <S> what it remembers about one run
 */
public interface Detector<S extends State> {
    /** Memory of a run of which nothing has been seen. */
    S start();

    /**
     * Judges one row. Cost must not grow with the length of the run.
     *
     * @param state what this detector remembers, updated in place
     * @param row the step that is judged; reused by the caller, so not to be kept
     * @param run what is known of the run as a whole, this row included
     * @param out takes what is found
     */
    void observe(S state, Row row, RunHistory run, Findings out);

    /** False while something beside the signature's inputs is missing without which it cannot be judged. */
    default boolean evaluable(S state) {
        return true;
    }

    /** True where the row could have shown the signature, so that finding nothing means calm. */
    default boolean carries(S state, Signature signature, Row row) {
        return signature.evaluable(row::has);
    }

    /** True for the few detectors to which a silence of the run says something: only they are asked for a deadline. */
    default boolean hearsSilence() {
        return false;
    }

    /**
     * Epoch milliseconds, by the clock of the run, at which the silence since the last row becomes a finding of its
     * own; {@link Long#MAX_VALUE} where no silence would be.
     */
    default long deadline(S state) {
        return Long.MAX_VALUE;
    }

    /** The deadline passed without a row. A deadline that is to be heard again must be a later one from here on. */
    default void silence(S state, RunHistory run, Findings out) {}
}
