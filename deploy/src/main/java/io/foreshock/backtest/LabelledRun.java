package io.foreshock.backtest;

import java.nio.file.Path;
import java.util.List;

/**
 * A recorded run and what happened to it.
 *
 * @param name its name in the labels
 * @param family what kind of run it is
 * @param file its log
 * @param unlabelledStart share of the run, from its start, in which nobody looked for events, {@code 0..1}
 * @param events what happened; empty for a clean run
 */
public record LabelledRun(String name, String family, Path file, double unlabelledStart, List<LabelledEvent> events) {
    public LabelledRun {
        events = List.copyOf(events);
    }

    /** Nothing happened, not even anything doubtful. */
    public boolean clean() {
        return events.isEmpty();
    }
}
