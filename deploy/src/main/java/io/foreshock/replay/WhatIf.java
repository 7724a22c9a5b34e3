package io.foreshock.replay;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run judged by two settings: which incidents there are with both, and which with one of them alone.
 *
 * <p>An incident of the one is that of the other if it is of the same signature and attempt, and one of them began before
 * the other was over. Of several that could be, those whose detection lies nearest are taken, each once.
 *
 * @param run the run
 * @param ours the last state of each incident by the first settings, in the order in which they opened
 * @param theirs the same by the others
 * @param pairs incidents that are there by both, in the order of ours
 */
public record WhatIf(String run, List<Incident> ours, List<Incident> theirs, List<Pair> pairs) {
    public WhatIf {
        ours = List.copyOf(ours);
        theirs = List.copyOf(theirs);
        pairs = List.copyOf(pairs);
    }

    /** One incident as it is by the one settings and by the others. */
    public record Pair(Incident ours, Incident theirs) {
        /** True if a person would see a difference: in onset, in detection, or in how grave it became. */
        public boolean moved() {
            return ours.onsetStep() != theirs.onsetStep()
                    || ours.detectedStep() != theirs.detectedStep()
                    || ours.severity() != theirs.severity();
        }

        /** Steps by which the others find it sooner; negative if later. */
        public long sooner() {
            return ours.detectedStep() - theirs.detectedStep();
        }
    }

    /** Compares what was said of the same events. */
    public static WhatIf of(JudgedRun ours, JudgedRun theirs) {
        return of(ours.run(), ours.incidents(), theirs.incidents());
    }

    /**
     * Compares.
     *
     * @param ours last states, in the order in which they opened
     * @param theirs the same
     */
    public static WhatIf of(String run, List<Incident> ours, List<Incident> theirs) {
        List<Pair> candidates = new ArrayList<>();
        for (Incident one : ours) {
            for (Incident other : theirs) {
                if (isSame(one, other)) {
                    candidates.add(new Pair(one, other));
                }
            }
        }
        // Stable: of equally near ones, those that opened first.
        candidates.sort(Comparator.comparingLong(pair -> Math.abs(pair.sooner())));
        Map<String, Pair> byOurs = new HashMap<>();
        Set<String> given = new HashSet<>();
        for (Pair pair : candidates) {
            if (!byOurs.containsKey(pair.ours().id()) && given.add(pair.theirs().id())) {
                byOurs.put(pair.ours().id(), pair);
            }
        }
        List<Pair> pairs = ours.stream()
                .map(incident -> byOurs.get(incident.id()))
                .filter(Objects::nonNull)
                .toList();
        return new WhatIf(run, ours, theirs, pairs);
    }

    private static boolean isSame(Incident one, Incident other) {
        return one.signature().equals(other.signature())
                && one.attempt() == other.attempt()
                && one.onsetStep() <= end(other)
                && other.onsetStep() <= end(one);
    }

    private static long end(Incident incident) {
        return incident.status() == Status.RESOLVED ? incident.step() : Long.MAX_VALUE;
    }

    /** Incidents that the others do not find. */
    public List<Incident> vanished() {
        return without(ours, pairs.stream().map(pair -> pair.ours().id()));
    }

    /** Incidents that only the others find. */
    public List<Incident> appeared() {
        return without(theirs, pairs.stream().map(pair -> pair.theirs().id()));
    }

    private static List<Incident> without(List<Incident> incidents, Stream<String> paired) {
        Set<String> ids = paired.collect(Collectors.toSet());
        return incidents.stream()
                .filter(incident -> !ids.contains(incident.id()))
                .toList();
    }

    /** Incidents of both that are not the same by both. */
    public List<Pair> moved() {
        return pairs.stream().filter(Pair::moved).toList();
    }

    /** The step at which a person would first have been told by our settings, or null if never. */
    public @Nullable Long ourFirst() {
        return first(ours);
    }

    /** The same by the others. */
    public @Nullable Long theirFirst() {
        return first(theirs);
    }

    /** Steps by which the others would have told a person sooner, negative if later; null unless both would have. */
    public @Nullable Long gainedLead() {
        Long one = ourFirst();
        Long other = theirFirst();
        return one == null || other == null ? null : one - other;
    }

    private static @Nullable Long first(List<Incident> incidents) {
        return incidents.stream()
                .filter(incident -> incident.severity() != Severity.INFO)
                .map(Incident::detectedStep)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }
}
