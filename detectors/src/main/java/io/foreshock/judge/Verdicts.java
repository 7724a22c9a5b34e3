package io.foreshock.judge;

import io.foreshock.incident.Incident;
import io.foreshock.telemetry.Rejected;

/** Takes what a judge says: the three streams that leave the job. */
public interface Verdicts {
    /** An incident opened, changed or was resolved. */
    void incident(Incident incident);

    /** A step was judged, or the run is over. */
    void signals(StepSignals signals);

    /**
     * Whether of a judged step the values and forecasts are wanted too, or the verdicts alone: what charts show takes a
     * tenth of the time of judging to gather.
     */
    default boolean charts() {
        return true;
    }

    /** A part of a sample could not be judged. */
    void rejected(Rejected rejected);
}
