package io.foreshock.notify;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Alertmanager, told as Prometheus tells it (prometheus.io/docs/alerting/latest/clients): what is open again and again, each
 * time with an end a few minutes ahead; what is over once more with the end that it had. An answer that is lost is mended by the
 * next, and what is no longer told ends by itself.
 */
final class Alertmanager implements Receiver {
    /** What is told again so often, in milliseconds. */
    private static final long AGAIN = 60_000;

    /** An alert that is not told again ends after so long: five are lost before it does. */
    private static final long LASTS = 5 * 60_000;

    private static final long DAY = 24 * 60 * 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Alertmanager.class);

    private final AlertmanagerApi api;
    private final Silences silences;
    private final BackOff backOff;
    private final Map<Map<String, String>, Told> told = new HashMap<>();
    private boolean hasAdopted;
    private long sent;
    private long failed;
    private volatile Tally tally;

    /**
     * A cause lasts at least so long: one that is over before the group_wait of its group is never shown to anybody, and a run of
     * many steps a second has such. What follows from it must not outlast it for that.
     */
    private static final long LEAST = 60_000;

    /** An alert. */
    private static final class Told {
        private Alert alert;
        /** When it was told first; 0 if it was not. */
        private long first;
        /** When it was told last as it is; 0 if it was not. */
        private long at;
        /** When it ended; 0 while it has not. */
        private long over;
        /** The same incident is told with another severity. */
        private boolean isSuperseded;

        Told(Alert alert) {
            this.alert = alert;
        }
    }

    Alertmanager(AlertmanagerApi api, Random random) {
        this.api = api;
        this.silences = new Silences(api);
        this.backOff = new BackOff(random);
        this.tally = new Tally("alertmanager", api.address(), 0, 0, 0);
    }

    @Override
    public Tally tally() {
        return tally;
    }

    @Override
    public void tell(List<Concern> concerns, long now) throws InterruptedException {
        List<Told> due = due(concerns, now);
        if (backOff.isDue(now)) {
            try {
                if (!hasAdopted) {
                    adopt(concerns, now);
                    hasAdopted = true;
                    due = due(concerns, now);
                }
                List<Told> first = firstOf(due);
                if (!first.isEmpty()) {
                    post(first, now);
                }
                due = due.stream().filter(one -> one.at != now).toList();
                silences.keep(concerns, now);
                backOff.succeeded();
            } catch (IOException e) {
                failed++;
                Duration pause = backOff.failed(now, Duration.ZERO);
                LOG.warn("Alertmanager {}: {}; next try in {} ms", api.address(), Unreachable.why(e), pause.toMillis());
            }
        }
        tally = new Tally("alertmanager", api.address(), sent, failed, due.size());
    }

    /**
     * What may not wait: causes that begin and consequences that end. The rest is told a second later, for no consequence may be
     * there for a moment without its cause: an Alertmanager that has just started shows what is old at once.
     */
    private static List<Told> firstOf(List<Told> due) {
        List<Told> first = due.stream()
                .filter(one -> one.isSuperseded || one.alert.isCause() == (one.over == 0))
                .toList();
        return first.isEmpty() ? due : first;
    }

    /** What it was told before a restart, of incidents that may be over or graver by now. */
    private void adopt(List<Concern> concerns, long now) throws IOException, InterruptedException {
        Set<String> known = new HashSet<>();
        concerns.forEach(concern -> known.add(concern.incident().id()));
        for (Alert alert : api.alerts()) {
            // Another Foreshock may tell it of incidents that this one does not know.
            if (known.contains(alert.labels().get("incident"))) {
                Told before = told.computeIfAbsent(alert.labels(), none -> new Told(alert));
                before.first = alert.startsAt();
                before.at = before.alert.equals(alert) ? now : 0;
            }
        }
    }

    private List<Told> due(List<Concern> concerns, long now) {
        Set<Map<String, String>> open = new HashSet<>();
        Set<String> incidents = new HashSet<>();
        for (Concern concern : concerns) {
            Alert alert = Alert.of(concern);
            if (concern.isOpen() || (concern.isNew() && alert.isCause())) {
                open.add(alert.labels());
                incidents.add(concern.incident().id());
                Told known = told.computeIfAbsent(alert.labels(), none -> new Told(alert));
                if (known.over > 0 || !known.alert.equals(alert)) {
                    known.alert = alert;
                    known.over = 0;
                    known.at = 0;
                }
            }
        }
        List<Told> due = new ArrayList<>();
        told.entrySet().removeIf(one -> isDone(one.getValue(), now) || isStale(one, open, now));
        told.forEach((labels, one) -> {
            if (one.over == 0 && !open.contains(labels)) {
                // Graver by now: the same incident under another label, which takes its place.
                one.isSuperseded = incidents.contains(labels.get("incident"));
                if (one.isSuperseded || !one.alert.isCause() || (one.first > 0 && now - one.first >= LEAST)) {
                    one.over = now;
                    one.at = 0;
                }
            }
            if (one.at == 0 || now - one.at >= AGAIN) {
                due.add(one);
            }
        });
        return due;
    }

    /** It was told for long enough that it is over. */
    private static boolean isDone(Told one, long now) {
        return one.over > 0 && one.at > 0 && now - one.over > LASTS;
    }

    /** It was never told and is over: after a day nobody wants to hear of it, however long nobody could be told. */
    private static boolean isStale(Map.Entry<Map<String, String>, Told> one, Set<Map<String, String>> open, long now) {
        return one.getValue().first == 0
                && !open.contains(one.getKey())
                && now - one.getValue().alert.startsAt() > DAY;
    }

    private void post(List<Told> due, long now) throws IOException, InterruptedException {
        api.post(due.stream()
                .map(one -> new AlertmanagerApi.Posted(one.alert, one.over > 0 ? one.over : now + LASTS))
                .toList());
        sent += due.size();
        for (Told one : due) {
            one.at = now;
            one.first = one.first == 0 ? now : one.first;
        }
    }
}
