package io.foreshock.alias;

import io.foreshock.telemetry.Signal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A name as logged and what it can mean; which of the meanings holds may depend on the event's other metrics. */
final class MetricName {
    /**
     * @param signal the signal, or null for a name that must not be mapped
     * @param rank precedence among the names of an event that mean the same signal; the lowest wins
     * @param scale canonical value = logged value times scale
     * @param when what must hold, or null
     */
    record Meaning(@Nullable Signal signal, int rank, double scale, Alias.@Nullable Condition when) {}

    final String logged;
    final List<Meaning> meanings;

    MetricName(String logged, List<Meaning> meanings) {
        this.logged = logged;
        this.meanings = meanings;
    }
}
