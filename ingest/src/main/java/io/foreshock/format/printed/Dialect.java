package io.foreshock.format.printed;

import io.foreshock.wire.LoggedRow;

/** How one tool prints a step. It may remember lines before; one for each recording. */
abstract class Dialect {
    /** Returned for a line that says nothing of a step. */
    static final long NOTHING = -1;

    /**
     * Understands a line.
     *
     * @param line without colours and line feed, at most {@value PrintedFile#MAX_CHARS} characters
     * @param row takes the metrics; has been begun
     * @return the step, or {@link #NOTHING}
     */
    abstract long read(String line, LoggedRow row);
}
