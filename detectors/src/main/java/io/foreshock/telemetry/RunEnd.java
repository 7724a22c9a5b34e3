package io.foreshock.telemetry;

/** How a run said that it is over. */
public enum RunEnd {
    FINISHED,
    FAILED,
    STOPPED
}
