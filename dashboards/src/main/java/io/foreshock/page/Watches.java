package io.foreshock.page;

import io.foreshock.board.BoardKafka;
import io.foreshock.board.InForce;
import io.foreshock.board.RunBoard;
import io.foreshock.http.Problem;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The runs that somebody looks at. The board is always locked before a watch. Thread-safe. */
final class Watches implements RunBoard.Listener, AutoCloseable {
    /** Runs that may be open at a time; 8 MB of timelines each. */
    static final int CAPACITY = 16;

    /** A run that nobody asked for during this time is let go; long enough for a browser to connect again. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** One that is asked for less than this ago must not make room for another. */
    private static final long BUSY_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final RunBoard board;
    private final BoardKafka kafka;
    private final InForce inForce;
    private final Map<String, Watch> open = new ConcurrentHashMap<>();

    Watches(RunBoard board, BoardKafka kafka, InForce inForce) {
        this.board = board;
        this.kafka = kafka;
        this.inForce = inForce;
        board.listeners(List.of(this));
    }

    /**
     * The watch of a run; null if there is no such run.
     *
     * @throws Problem if too many runs are open
     */
    @Nullable
    Watch watch(String run) {
        return board.ask(run, known -> {
            Watch watch = open.get(run);
            if (watch == null) {
                makeRoom();
                watch = new Watch(known, kafka, inForce);
                open.put(run, watch);
            }
            watch.used();
            return watch;
        });
    }

    private void makeRoom() {
        sweep();
        if (open.size() < CAPACITY) {
            return;
        }
        Map.Entry<String, Watch> idlest = open.entrySet().stream()
                .max(Comparator.comparingLong(entry -> entry.getValue().idleNanos()))
                .orElseThrow();
        if (idlest.getValue().idleNanos() < BUSY_NANOS) {
            throw Problem.unavailable(
                    "more than " + CAPACITY + " runs are open in browsers at once: close one of them");
        }
        idlest.getValue().close();
        open.remove(idlest.getKey());
    }

    /** Lets go what nobody looks at any more. */
    void sweep() {
        open.values().removeIf(watch -> {
            boolean idle = watch.idleNanos() > IDLE_NANOS;
            if (idle) {
                watch.close();
            }
            return idle;
        });
    }

    int size() {
        return open.size();
    }

    @Override
    public void row(StepSignals row) {
        Watch watch = open.get(row.run());
        if (watch != null) {
            watch.row(row);
        }
    }

    @Override
    public void incident(Incident change, long recorded, boolean before) {
        Watch watch = open.get(change.run());
        if (watch != null) {
            watch.incident(change);
        }
    }

    @Override
    public void close() {
        open.values().forEach(Watch::close);
        open.clear();
    }
}
