package io.foreshock.view;

import io.foreshock.incident.Incident;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** One incident in its last state, and how it got there. */
final class IncidentTrack {
    /** Changes that are kept of one incident: the first and the latest. */
    static final int KEPT = 32;

    private final List<Incident> changes = new ArrayList<>();

    /** Takes in a change. */
    void change(Incident incident) {
        if (changes.size() == KEPT) {
            changes.remove(KEPT / 2);
        }
        changes.add(incident);
    }

    Incident last() {
        return changes.get(changes.size() - 1);
    }

    /** What was known when, oldest first. */
    List<Incident> changes() {
        return Collections.unmodifiableList(changes);
    }
}
