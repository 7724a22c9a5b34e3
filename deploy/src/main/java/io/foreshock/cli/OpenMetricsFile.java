package io.foreshock.cli;

import io.foreshock.judge.StepSignals;
import io.foreshock.replay.GaugeHistory;
import io.foreshock.replay.JudgedRun;
import io.foreshock.terminal.Words;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** {@code --openmetrics FILE}: the judged runs as gauges with their original times. */
final class OpenMetricsFile implements AutoCloseable {
    /** Runs that a message names. */
    private static final int NAMED = 5;

    private final LineFile lines;
    private final GaugeHistory history;

    /** Begins the file, so that one that cannot be written is known before anything is judged. */
    OpenMetricsFile(Path path) throws IOException {
        lines = new LineFile("--openmetrics", path);
        try {
            history = new GaugeHistory();
        } catch (IOException e) {
            lines.close();
            throw e;
        }
    }

    void row(StepSignals row) {
        history.row(row);
    }

    void incidents(JudgedRun run) {
        run.changes().forEach(history::incident);
    }

    /** Writes it all; false if runs had to be left out, which is said. */
    boolean write(PrintWriter err) throws IOException {
        history.writeTo(lines::line);
        if (history.outOfOrder() > 0) {
            err.printf(
                    Locale.ROOT,
                    "note: --openmetrics leaves out %,d rows whose time is before that of the row before them%n",
                    history.outOfOrder());
        }
        List<String> untimed = history.untimed();
        if (!untimed.isEmpty()) {
            String named = String.join(
                    ", ", untimed.stream().limit(NAMED).map(Words::safe).toList());
            String more = untimed.size() > NAMED ? " and " + (untimed.size() - NAMED) + " more" : "";
            err.println("foreshock: --openmetrics leaves out " + named + more
                    + ": a gauge needs a time; log ts, epoch milliseconds, with each event");
        }
        err.flush();
        return untimed.isEmpty();
    }

    @Override
    public void close() throws IOException {
        try (lines;
                history) {
            // Both, whatever becomes of the first.
        }
    }
}
