package io.foreshock.exporter;

import io.foreshock.board.RunBoard;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.RejectedJson;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Counts what comes while the exporter runs. Told by the board; thread-safe. */
final class WayFigures implements RunBoard.Listener {
    /** Seconds; the goal is a second, a checkpoint of the job takes ten. */
    private static final double[] LATENCIES = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};

    /** An event whose time stamp is older was recorded once: it says nothing of the way. */
    private static final long RECENT = 3_600_000;

    /** Two machines' clocks may differ so much; a time stamp that is further ahead is of a clock of its own. */
    private static final long AHEAD = 1_000;

    /** Incidents by signature and severity; the signatures are few, unless somebody makes up rules by the hundred. */
    private static final int MOST_SIGNATURES = 500;

    private static final int MOST_OPEN = 20_000;

    private final LongSupplier clock;
    private final Map<Rejected.Reason, Long> rejected = new EnumMap<>(Rejected.Reason.class);
    private final Map<String, long[]> incidents = new LinkedHashMap<>();
    /** What is open at which severity, by id. */
    private final Map<String, Severity> open = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Severity> eldest) {
            // What a run leaves open when it ends is never told again.
            return size() > MOST_OPEN;
        }
    };

    private final Histogram latency = Histogram.builder()
            .name(Figure.ALERT_LATENCY.base())
            .help(Figure.ALERT_LATENCY.help())
            .classicOnly()
            .classicUpperBounds(LATENCIES)
            .build();

    /**
     * @param signatures those that come with Foreshock: a counter that is there from the start misses no first time
     * @param clock epoch milliseconds
     */
    WayFigures(List<Signature> signatures, LongSupplier clock) {
        this.clock = clock;
        for (Signature signature : signatures) {
            incidents.put(signature.slug(), new long[Severity.values().length]);
        }
    }

    Histogram latency() {
        return latency;
    }

    @Override
    public synchronized void incident(Incident change, long recorded, boolean before) {
        if (change.status() == Status.RESOLVED) {
            open.remove(change.id());
            return;
        }
        Severity known = open.put(change.id(), change.severity());
        if (before || (known != null && known.compareTo(change.severity()) >= 0)) {
            return;
        }
        if (incidents.size() < MOST_SIGNATURES || incidents.containsKey(change.signature())) {
            incidents
                    .computeIfAbsent(change.signature(), none -> new long[Severity.values().length])[
                    change.severity().ordinal()]++;
        }
        long age = clock.getAsLong() - change.ts();
        if (known == null && change.ts() >= 0 && age >= -AHEAD && age < RECENT) {
            latency.observe(Math.max(0, age / 1e3));
        }
    }

    @Override
    public synchronized void rejected(Rejected reject, boolean before) {
        if (!before) {
            rejected.merge(reject.reason(), 1L, Long::sum);
        }
    }

    synchronized void addTo(Samples samples) {
        for (Rejected.Reason reason : Rejected.Reason.values()) {
            samples.add(Figure.EVENTS_REJECTED, rejected.getOrDefault(reason, 0L), RejectedJson.reason(reason));
        }
        incidents.forEach((signature, counts) -> {
            for (Severity severity : Severity.values()) {
                samples.add(Figure.INCIDENTS, counts[severity.ordinal()], signature, RunFigures.slug(severity));
            }
        });
    }
}
