package io.foreshock.board;

import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.Rejected;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All runs as the topics tell of them. The same records in the same order per topic give the same board, whatever is told twice
 * and however the topics are interleaved. Thread-safe.
 *
 * <p>Bounded: {@value #CAPACITY} runs, of which the one that was not heard of for longest makes room for a new one; for each run
 * {@value BoardRun#NUMBERS} numbers of its course, and the incidents that {@link io.foreshock.view.RunView} keeps.
 */
public final class RunBoard {
    /** Runs that are kept. */
    public static final int CAPACITY = 2_000;

    /** Told of what is news of a run, while the board is locked. */
    public interface Listener {
        /** A judged row. */
        default void row(StepSignals row) {}

        /**
         * A change of an incident, without its window.
         *
         * @param recorded when it came to Kafka, epoch milliseconds
         * @param before true if it lay in the topic already when the board began to read it
         */
        default void incident(Incident change, long recorded, boolean before) {}

        /** An event that could not be read. */
        default void rejected(Rejected reject, boolean before) {}
    }

    private final LongSupplier clock;
    private List<Listener> listeners = List.of();
    private final Map<String, BoardRun> runs = new HashMap<>();
    private final Shared shared = new Shared();
    private long version;
    private long forgotten;
    private long forgottenAt;
    private long rejected;
    private long unreadable;

    /** @param clock epoch milliseconds */
    public RunBoard(LongSupplier clock) {
        this.clock = clock;
    }

    public synchronized void listeners(List<Listener> told) {
        listeners = List.copyOf(told);
    }

    /**
     * A judged row.
     *
     * @param recorded when it came to Kafka, epoch milliseconds
     * @param before true if it lay there already when the page began to read: then it was heard of when it came
     */
    public synchronized void row(StepSignals row, long recorded, boolean before) {
        BoardRun run = run(row.run());
        if (run.row(row, heard(recorded, before), recorded)) {
            changed(run);
            listeners.forEach(listener -> listener.row(row));
        }
    }

    /** A change of an incident. */
    public synchronized void incident(Incident change, long recorded, boolean before) {
        BoardRun run = run(change.run());
        Incident lean = shared.lean(change);
        if (run.incident(lean, heard(recorded, before))) {
            changed(run);
            listeners.forEach(listener -> listener.incident(lean, recorded, before));
        }
    }

    /** An event that could not be read; of a run that nothing else is known of, it is only counted. */
    public synchronized void rejected(Rejected reject, long recorded, boolean before) {
        rejected++;
        listeners.forEach(listener -> listener.rejected(reject, before));
        BoardRun run = runs.get(reject.run());
        if (run != null) {
            run.rejected(reject, heard(recorded, before));
            changed(run);
        }
    }

    /** A record of our own topics that is none of ours. */
    synchronized void unreadable() {
        unreadable++;
    }

    private long heard(long recorded, boolean before) {
        long now = clock.getAsLong();
        return before ? Math.min(now, recorded) : now;
    }

    private BoardRun run(String name) {
        BoardRun known = runs.get(name);
        if (known != null) {
            return known;
        }
        if (runs.size() >= CAPACITY) {
            runs.values().stream()
                    .min(Comparator.comparingLong(BoardRun::heard).thenComparing(BoardRun::name))
                    .ifPresent(oldest -> runs.remove(oldest.name()));
            forgotten++;
            forgottenAt = version + 1;
        }
        BoardRun run = new BoardRun(name);
        runs.put(name, run);
        return run;
    }

    private void changed(BoardRun run) {
        run.changed(++version, run.standing(clock.getAsLong()));
    }

    /** What changes by time alone: a run that has fallen silent. */
    public synchronized void look() {
        long now = clock.getAsLong();
        for (BoardRun run : runs.values()) {
            Standing standing = run.standing(now);
            if (standing != run.told()) {
                run.changed(++version, standing);
            }
        }
    }

    /** Counts the changes of all runs. */
    public synchronized long version() {
        return version;
    }

    /** All runs, the one that needs a person most first. */
    public synchronized List<RunLine> lines() {
        return linesSince(-1);
    }

    /** Runs that changed after this version, the one that needs a person most first. */
    public synchronized List<RunLine> linesSince(long known) {
        long now = clock.getAsLong();
        List<RunLine> lines = new ArrayList<>();
        for (BoardRun run : runs.values()) {
            if (run.version() > known) {
                lines.add(run.line(now));
            }
        }
        lines.sort(RunLine.BY_ATTENTION);
        return lines;
    }

    /** The run in the list, or null if there is none. */
    public synchronized @Nullable RunLine line(String name) {
        BoardRun run = runs.get(name);
        return run == null ? null : run.line(clock.getAsLong());
    }

    /** Asks a run while nothing changes; null if there is none. The answer must not hold on to it. */
    public synchronized <T> @Nullable T ask(String name, Function<BoardRun, T> question) {
        BoardRun run = runs.get(name);
        return run == null ? null : question.apply(run);
    }

    /** The last word on all incidents that are kept. */
    public synchronized List<Incident> incidents() {
        List<Incident> all = new ArrayList<>();
        for (BoardRun run : runs.values()) {
            all.addAll(run.incidents().values());
        }
        return all;
    }

    /** The last word on the incident of this id, or null. */
    public synchronized @Nullable Incident incident(String id) {
        for (BoardRun run : runs.values()) {
            Incident incident = run.incidents().get(id);
            if (incident != null) {
                return incident;
            }
        }
        return null;
    }

    public synchronized int size() {
        return runs.size();
    }

    /** Runs that made room for others. */
    public synchronized long forgotten() {
        return forgotten;
    }

    /** The version that was the first without the run that made room last; who knows an older one has to take all anew. */
    public synchronized long forgottenAt() {
        return forgottenAt;
    }

    /** Events that could not be read, of all runs. */
    public synchronized long rejected() {
        return rejected;
    }

    /** Records of our own topics that could not be read. */
    public synchronized long unreadableRecords() {
        return unreadable;
    }
}
