package io.foreshock.job;

import java.io.Serializable;
import java.time.Duration;

/**
 * What the job does, wherever its events come from.
 *
 * @param signals whether each judged step is written too, for charts
 * @param checkpointInterval time between checkpoints, {@code > 0}
 * @param keepEnded how long the state of a run is kept after it said that it is over, {@code > 0}
 * @param keepSilent how long the state of a run is kept after its last event, {@code > 0}; then the run counts as
 *     stopped, and what was open is resolved
 */
public record JobSettings(boolean signals, Duration checkpointInterval, Duration keepEnded, Duration keepSilent)
        implements Serializable {
    public static final JobSettings DEFAULT =
            new JobSettings(true, Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofDays(7));

    public JobSettings {
        positive("checkpoint-interval", checkpointInterval);
        positive("keep-ended", keepEnded);
        positive("keep-silent", keepSilent);
    }

    private static void positive(String name, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException(name + " must be > 0, got " + duration);
        }
    }
}
