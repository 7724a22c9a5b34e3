package io.foreshock.replay;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.incident.Story;
import java.util.List;

/** Incidents of run {@code a} to compare: what matters is given, the rest is nothing in particular. */
public final class Incidents {
    private Incidents() {}

    /** One that was resolved at {@code end}, or is open where that is negative. */
    public static Incident incident(String signature, Severity severity, long onset, long detected, long end) {
        String id = Incident.id("a", 0, signature, "loss", onset);
        return change(
                signature,
                severity,
                end < 0 ? Status.OPEN : Status.RESOLVED,
                onset,
                detected,
                Math.max(detected, end),
                id);
    }

    private static Incident change(
            String signature, Severity severity, Status status, long onset, long detected, long step, String id) {
        return new Incident(
                id,
                "a",
                0,
                signature,
                "loss",
                1,
                severity,
                status,
                onset,
                detected,
                step,
                1_000 * step,
                50,
                10,
                "nat",
                null,
                "Loss is 50",
                List.of(),
                new Story(null, id, true, List.of()),
                "",
                Incident.Window.EMPTY);
    }
}
