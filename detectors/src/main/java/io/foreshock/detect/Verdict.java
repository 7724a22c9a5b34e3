package io.foreshock.detect;

/** What a signature says of a run at a step. */
public enum Verdict {
    /** An input was never reported. */
    NOT_EVALUABLE,
    QUIET,
    /** Something shows that would be an incident if it lasted. */
    SUSPECT,
    FIRING
}
