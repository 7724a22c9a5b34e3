package io.foreshock.exporter;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where the exporter listens and how much it exports.
 *
 * @param host interface, by name or address
 * @param port 0 for a free one
 * @param maxRuns runs that have series of their own, {@code > 0}
 * @param groupId the job's consumer group, whose lag is told
 * @param flink the job manager's REST address, or null
 */
public record ExporterSettings(
        String host,
        int port,
        int maxRuns,
        String groupId,
        @Nullable URI flink) {
    /** The interface that only this machine reaches, on a free port. */
    public static final ExporterSettings LOOPBACK = new ExporterSettings("127.0.0.1", 0, 200, "foreshock", null);

    public ExporterSettings {
        if (maxRuns < 1) {
            throw new IllegalArgumentException("max-runs must be > 0, got " + maxRuns);
        }
    }

    public ExporterSettings withPort(int changed) {
        return new ExporterSettings(host, changed, maxRuns, groupId, flink);
    }

    public ExporterSettings withFlink(URI changed) {
        return new ExporterSettings(host, port, maxRuns, groupId, changed);
    }
}
