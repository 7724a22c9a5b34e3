package io.foreshock.terminal;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One run at a glance.
 *
 * @param run its name
 * @param rows steps that were judged
 * @param lastStep the last of them, or -1
 * @param state what it does: "running", "finished", ...
 * @param incidents the last state of each of its incidents
 * @param failure what hindsight says, or null where nobody has looked
 */
public record RunSummary(
        String run,
        long rows,
        long lastStep,
        String state,
        List<Incident> incidents,
        @Nullable Failure failure) {

    /**
     * The label of a recorded run.
     *
     * @param signature what went wrong, or "" for a run that stayed healthy
     * @param step since when the run was harmed, or -1 where it never was
     */
    public record Failure(String signature, long step) {}

    public RunSummary {
        incidents = List.copyOf(incidents);
    }

    /** Groups the changes of many incidents by run, each incident with its last state. */
    public static Map<String, List<Incident>> lastStates(Collection<Incident> changes) {
        Map<String, Map<String, Incident>> byRun = new TreeMap<>();
        for (Incident change : changes) {
            byRun.computeIfAbsent(change.run(), r -> new TreeMap<>()).put(change.id(), change);
        }
        Map<String, List<Incident>> states = new TreeMap<>();
        byRun.forEach((run, byId) -> states.put(run, new ArrayList<>(byId.values())));
        return states;
    }

    long count(Severity severity) {
        return incidents.stream().filter(i -> i.severity() == severity).count();
    }

    /** The first incident that somebody should have looked at, or null; of those found at one step, the cause of the others. */
    @Nullable
    Incident firstTrouble() {
        return incidents.stream()
                .filter(i -> i.severity() != Severity.INFO)
                .min(Comparator.comparingLong(Incident::detectedStep)
                        .thenComparing(i -> i.story().cause() != null)
                        .thenComparingLong(Incident::onsetStep)
                        .thenComparing(Incident::signature))
                .orElse(null);
    }

    /** Steps between the first trouble and the failure: positive when it came in time. */
    @Nullable
    Long lead() {
        Incident first = firstTrouble();
        return first == null || failure == null || failure.step() < 0 ? null : failure.step() - first.detectedStep();
    }

    /** What it comes to, in a sentence. */
    String verdict() {
        Incident first = firstTrouble();
        Long lead = lead();
        if (failure == null) {
            return first == null ? "nothing to report" : Words.safe(first.signature()) + " is the first to look at";
        }
        boolean healthy = failure.signature().isEmpty();
        if (first == null) {
            return healthy ? "stayed healthy, and nobody was called" : missed(failure);
        }
        if (healthy) {
            return "false alarm: the run stayed healthy";
        }
        if (lead == null) {
            return "found; the run was not harmed";
        }
        if (lead > 0) {
            return "warned " + Words.count(lead, "step") + " before the harm at step " + Words.step(failure.step());
        }
        return lead == 0
                ? "found at the very step of the harm"
                : "found " + Words.count(-lead, "step") + " after the harm at step " + Words.step(failure.step());
    }

    private static String missed(Failure failure) {
        return "missed: " + Words.safe(failure.signature())
                + (failure.step() < 0 ? "" : " at step " + Words.step(failure.step()));
    }
}
