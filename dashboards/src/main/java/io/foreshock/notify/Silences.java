package io.foreshock.notify;

import io.foreshock.incident.Acknowledgement;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What somebody has muted or acknowledged is silenced on this Alertmanager for a week, and no longer once it is not. A
 * silence that somebody ends there stays ended.
 */
final class Silences {
    /** Looked after so often, in milliseconds. */
    private static final long AGAIN = 60_000;

    private static final long LASTS = 7L * 24 * 60 * 60_000;

    private final AlertmanagerApi api;
    /** What was silenced when it was looked at last, by incident. */
    private Set<String> kept = Set.of();
    /** What was wanted then. */
    private Set<String> wantedThen = Set.of();
    /** What somebody let sound again. */
    private final Set<String> lifted = new HashSet<>();
    /** Never yet, so that what is left from before is looked at. */
    private long looked = Long.MIN_VALUE;

    Silences(AlertmanagerApi api) {
        this.api = api;
    }

    void keep(List<Concern> concerns, long now) throws IOException, InterruptedException {
        Set<String> known = new HashSet<>();
        Map<String, Concern> handled = new HashMap<>();
        for (Concern concern : concerns) {
            known.add(concern.incident().id());
            if (concern.isOpen() && concern.isHandled()) {
                handled.put(concern.incident().id(), concern);
            }
        }
        Set<String> wanted = handled.keySet();
        boolean changed = !wanted.equals(wantedThen);
        boolean idle = wanted.isEmpty() && kept.isEmpty();
        if (looked != Long.MIN_VALUE && !changed && (idle || now - looked < AGAIN)) {
            return;
        }
        Map<String, AlertmanagerApi.Silence> there = new HashMap<>();
        Set<String> over = new HashSet<>();
        for (AlertmanagerApi.Silence silence : api.silences()) {
            if (silence.isOver()) {
                over.add(silence.incident());
            } else {
                there.put(silence.incident(), silence);
            }
        }
        for (String incident : kept) {
            // An Alertmanager that has lost its silences does not know of one that is over either.
            if (!there.containsKey(incident) && over.contains(incident)) {
                lifted.add(incident);
            }
        }
        lifted.retainAll(wanted);
        Set<String> keeps = new HashSet<>();
        for (Map.Entry<String, Concern> one : handled.entrySet()) {
            String incident = one.getKey();
            if (lifted.contains(incident)) {
                continue;
            }
            if (!there.containsKey(incident)) {
                api.silence(incident, comment(one.getValue()), now, now + LASTS);
            }
            keeps.add(incident);
        }
        for (AlertmanagerApi.Silence silence : there.values()) {
            // Another Foreshock may silence incidents that this one does not know.
            if (!wanted.contains(silence.incident()) && known.contains(silence.incident())) {
                api.unsilence(silence);
            }
        }
        kept = keeps;
        wantedThen = wanted;
        looked = now;
    }

    private static String comment(Concern concern) {
        Acknowledgement seen = concern.incident().acknowledged();
        if (seen == null) {
            return "Muted in Foreshock";
        }
        return "Acknowledged in Foreshock" + (seen.by().isEmpty() ? "" : " by " + seen.by())
                + (seen.note().isEmpty() ? "" : ": " + seen.note());
    }
}
