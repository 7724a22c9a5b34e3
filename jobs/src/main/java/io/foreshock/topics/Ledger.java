package io.foreshock.topics;

import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The last state of each incident. Alerts are delivered at least once: after a restart the job says again what it said
 * since its last checkpoint, under the same ids. The ledger tells what is news from what is said again. Thread-safe.
 */
public final class Ledger {
    /** Incidents remembered; the oldest are forgotten first. */
    private static final int CAPACITY = 20_000;

    private final Map<String, Incident> byId = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Incident> eldest) {
            return size() > CAPACITY;
        }
    };

    /** Takes in a change and says whether it is one: later than what is known of the incident. */
    public synchronized boolean record(Incident change) {
        Incident known = byId.get(change.id());
        if (known != null && !isLater(change, known)) {
            return false;
        }
        byId.put(change.id(), change);
        return true;
    }

    /** True if the change says more than what is known of the same incident; false for what is said again. */
    public static boolean isLater(Incident change, Incident known) {
        if (known.status() == Status.RESOLVED) {
            // What had calmed down may begin again where it began before.
            return change.status() != Status.RESOLVED && change.step() > known.step();
        }
        return change.step() > known.step()
                || change.status().compareTo(known.status()) > 0
                || (change.step() == known.step()
                        && change.status() == known.status()
                        && (change.severity().compareTo(known.severity()) > 0 || isHandledOtherwise(change, known)));
    }

    /** Muted, unmuted or acknowledged since: told at the step at which the incident stands. */
    private static boolean isHandledOtherwise(Incident change, Incident known) {
        return change.severity() == known.severity()
                && (change.muted() != known.muted() || !Objects.equals(change.acknowledged(), known.acknowledged()));
    }

    /** The incidents by now, in the order in which they opened. */
    public synchronized List<Incident> incidents() {
        return new ArrayList<>(byId.values());
    }

    /** How many are not resolved. */
    public synchronized long open() {
        return byId.values().stream()
                .filter(incident -> incident.status() != Status.RESOLVED)
                .count();
    }
}
