package io.foreshock.cli;

import io.foreshock.judge.StepSignals;
import io.foreshock.replay.GaugeHistory;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.JudgedRun;
import io.foreshock.terminal.Words;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@code --openmetrics FILE}: the judged runs as gauges with their original times. Safe for several threads: the rows of
 * one recording come while the one before it is handed over.
 */
final class OpenMetricsFile implements AutoCloseable {
    /** Runs that a message names. */
    private static final int NAMED = 5;

    private final LineFile lines;
    private final GaugeHistory history;
    private final Set<String> recorded = new HashSet<>();
    private final Set<String> recordedAgain = new HashSet<>();

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

    synchronized void row(StepSignals row) {
        history.row(row);
    }

    /** Takes in the incidents of a recording of which all rows were taken in. */
    synchronized void judged(JudgedFile file) {
        for (JudgedRun run : file.runs()) {
            run.changes().forEach(history::incident);
            if (!recorded.add(run.run())) {
                recordedAgain.add(run.run());
            }
        }
    }

    /** Writes it all; false if runs, or a part of their recordings, had to be left out, which is said. */
    synchronized boolean write(PrintWriter err) throws IOException {
        history.writeTo(lines::line);
        Map<String, Long> falling = new LinkedHashMap<>(history.outOfOrder());
        Map<String, Long> overlapping = new LinkedHashMap<>(falling);
        falling.keySet().removeAll(recordedAgain);
        overlapping.keySet().retainAll(recordedAgain);
        if (!falling.isEmpty()) {
            long rows = sum(falling);
            err.println("note: --openmetrics leaves out " + rows(rows) + " of " + named(falling.keySet())
                    + (rows == 1
                            ? ": its time is before that of the row before it"
                            : ": their time is before that of the row before them"));
        }
        if (!overlapping.isEmpty()) {
            err.println("foreshock: --openmetrics leaves out " + rows(sum(overlapping)) + " of "
                    + named(overlapping.keySet())
                    + ": several recordings have " + (overlapping.size() == 1 ? "it" : "them")
                    + ", and of one that comes later only what is later in time can be taken;"
                    + " give one recording of each run, or those of its parts in the order of time");
        }
        List<String> untimed = history.untimed();
        if (!untimed.isEmpty()) {
            err.println("foreshock: --openmetrics leaves out " + named(untimed)
                    + ": a gauge needs a time; log ts, epoch milliseconds, with each event");
        }
        err.flush();
        return untimed.isEmpty() && overlapping.isEmpty();
    }

    private static long sum(Map<String, Long> rows) {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String rows(long count) {
        return String.format(Locale.ROOT, count == 1 ? "%,d row" : "%,d rows", count);
    }

    /** The first few of these runs, and how many more there are. */
    private static String named(Collection<String> runs) {
        String first =
                String.join(", ", runs.stream().limit(NAMED).map(Words::safe).toList());
        return first + (runs.size() > NAMED ? " and " + (runs.size() - NAMED) + " more" : "");
    }

    @Override
    public void close() throws IOException {
        try (lines;
                history) {
            // Both, whatever becomes of the first.
        }
    }
}
