package io.foreshock.job;

import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.RejectedJson;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** Counts rejects by reason, as {@code rejected{reason}}. */
final class Rejects {
    private final Map<Rejected.Reason, Counter> counters = new EnumMap<>(Rejected.Reason.class);

    Rejects(MetricGroup metrics) {
        for (Rejected.Reason reason : Rejected.Reason.values()) {
            counters.put(
                    reason,
                    metrics.addGroup("reason", RejectedJson.reason(reason)).counter("rejected"));
        }
    }

    void count(Rejected rejected) {
        Counter counter = counters.get(rejected.reason());
        if (counter != null) {
            counter.inc();
        }
    }

    /** The record of topic {@code foreshock.rejected}. */
    static Outgoing outgoing(Rejected rejected) {
        byte[] key = rejected.run().isEmpty() ? null : rejected.run().getBytes(StandardCharsets.UTF_8);
        return new Outgoing(key, RejectedJson.write(rejected));
    }
}
