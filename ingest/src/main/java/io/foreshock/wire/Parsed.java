package io.foreshock.wire;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;

/** What came of reading one event. */
public sealed interface Parsed {
    /** It could be read. */
    record Sample(StepSample sample) implements Parsed {}

    /** It could not, or it breaks a rule. */
    record Refused(Rejected rejected) implements Parsed {}
}
