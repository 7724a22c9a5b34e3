package io.foreshock.judge;

import io.foreshock.incident.Incident;
import io.foreshock.telemetry.Rejected;

/** Takes what a judge says: the three streams that leave the job. */
public interface Verdicts {
    /** An incident opened, changed or was resolved. */
    void incident(Incident incident);

    /** A step was judged, or the run is over. */
    void signals(StepSignals signals);

    /** A part of a sample could not be judged. */
    void rejected(Rejected rejected);
}
