package io.foreshock.follow;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Publishes recordings, once or while they grow, each row once. One thread looks at all of them in turn: a thread a file
 * would be too many for a folder of a thousand, and watching by the operating system tells nothing of files that another
 * machine writes to a network disk.
 *
 * <p><b>Each row once.</b> What the broker acknowledged is written down in a {@link Journal}. A follower that is killed may
 * have sent more than that; so the next one first reads what came into the topic since, and takes an event there for the
 * row that it stands for. No transactions: one that is left open by a kill would hold up all who read the partition.
 *
 * <p><b>What remains.</b> A record that a killed process had put on the network may reach the broker after its successor
 * read the topic; the successor then sends it, too. That takes a start within the few milliseconds for which the broker
 * still works on what a dead connection brought.
 */
public final class Follower implements AutoCloseable {
    /** How soon a new row is seen. */
    private static final long POLL_MILLIS = 500;

    /** Between rounds while there is much to read: bounds the reading of one file to 200 MiB a second. */
    private static final long PAUSE_MILLIS = 5;

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Positions positions;
    private final FoundEvents found;
    private final Sender sender;
    private final Told told;
    private final Map<Path, Trail> trails = new LinkedHashMap<>();
    /** Whether each recording was read to its end once: until then the topic may hold events whose rows were not met. */
    private boolean caughtUp;

    private long lastKept;

    /**
     * What became of a recording's rows.
     *
     * @param run of those that name none
     * @param sent rows that this follower sent, or found in the topic and wrote down
     * @param skipped rows that were sent before
     * @param rejected rows that cannot be read
     */
    public record Count(Path recording, String run, long sent, long skipped, long rejected) {}

    /** Finds what is to be published; asked again and again, as files come and go. */
    public interface Discovery {
        List<Followed> look() throws IOException;
    }

    private Follower(Positions positions, FoundEvents found, Sender sender, Told told) {
        this.positions = positions;
        this.found = found;
        this.sender = sender;
        this.told = told;
    }

    /**
     * Opens one and reads what came into the topic since the positions were kept.
     *
     * @param folder where positions are kept; made if it is not there
     * @param outlet is closed by the caller
     * @throws IOException if the folder is in use or cannot be used, or the topic cannot be read
     */
    public static Follower open(Path folder, Outlet outlet, Told told) throws IOException {
        Positions positions = Positions.open(folder);
        try {
            if (positions.belongTo(outlet.id())) {
                told.note("the topic is another one than the positions in " + folder
                        + " are of: what was sent to that one is sent anew");
            }
            FoundEvents found = FoundEvents.in(outlet, positions);
            return new Follower(positions, found, new Sender(outlet, found), told);
        } catch (IOException | RuntimeException e) {
            positions.close();
            throw e;
        }
    }

    /**
     * Publishes what is there, and returns when all of it has been acknowledged.
     *
     * @throws BeginAnew if the topic cannot be written
     */
    public void publish(Discovery discovery) throws IOException, InterruptedException {
        List<Followed> all = discovery.look();
        boolean busy = true;
        while (busy) {
            round(all, System.nanoTime(), true);
            busy = !trails.values().stream().allMatch(Trail::isEnded);
            if (busy) {
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    /**
     * Publishes what is there and what comes.
     *
     * @param stopped asked between two rounds; a thread that is interrupted instead would tear the files it reads
     * @throws BeginAnew if the topic cannot be written
     */
    public void follow(Discovery discovery, BooleanSupplier stopped) throws IOException, InterruptedException {
        List<Followed> all = discovery.look();
        long lastLook = System.nanoTime();
        while (!stopped.getAsBoolean()) {
            boolean more = round(all, System.nanoTime(), false);
            Thread.sleep(more ? PAUSE_MILLIS : POLL_MILLIS);
            if (System.nanoTime() - lastLook >= LOOK_NANOS) {
                all = discovery.look();
                lastLook = System.nanoTime();
            }
        }
    }

    /**
     * Has a look at each recording.
     *
     * @param nanos a clock
     * @param once whether what is there is all that is wanted
     * @return whether there is more to do at once
     */
    boolean round(List<Followed> all, long nanos, boolean once) throws IOException {
        boolean more = false;
        for (Followed one : all) {
            Trail trail = trails.get(one.recording());
            if (trail == null) {
                trail = new Trail(one, positions, sender, told);
                trails.put(one.recording(), trail);
            }
            if (sender.hasRoom()) {
                more |= trail.round(one, nanos, once);
            } else {
                trail.writeDown();
                more = true;
            }
        }
        sender.check();
        caughtUp |= trails.values().stream().allMatch(Trail::hasCaughtUp);
        if (nanos - lastKept >= KEEP_NANOS) {
            keep();
            lastKept = nanos;
        }
        return more;
    }

    /** What became of the recordings, in the order in which they were found. */
    public List<Count> counts() {
        return trails.values().stream().map(Trail::count).toList();
    }

    /** How many recordings cannot be read at present. */
    public long unreadable() {
        return trails.values().stream().filter(trail -> trail.trouble() != null).count();
    }

    /**
     * Raises the floors: of each partition to behind the last event that is in a journal, or to the first that is not. What
     * the broker has not acknowledged yet gets a higher offset than all it has.
     */
    private void keep() throws BeginAnew {
        if (!caughtUp) {
            return;
        }
        Map<Integer, Long> floors = new HashMap<>(positions.floors());
        found.ends().forEach((partition, end) -> floors.merge(partition, end, Math::max));
        for (Trail trail : trails.values()) {
            trail.written().forEach((partition, offset) -> floors.merge(partition, offset + 1, Math::max));
        }
        for (Trail trail : trails.values()) {
            for (Sender.Sent sent : trail.pending()) {
                if (sent.hasArrived()) {
                    floors.merge(Journal.partition(sent.place()), Journal.offset(sent.place()), Math::min);
                }
            }
        }
        try {
            if (!floors.equals(positions.floors())) {
                for (Trail trail : trails.values()) {
                    trail.force();
                }
                positions.floors(floors);
            }
        } catch (IOException e) {
            throw new BeginAnew("the positions cannot be kept: " + e.getMessage(), e);
        }
    }

    /** Waits a little for what was sent to arrive, and keeps the positions. */
    @Override
    public void close() throws IOException {
        try (positions) {
            long deadline = System.nanoTime() + CLOSE_NANOS;
            boolean pending = true;
            while (pending && System.nanoTime() - deadline < 0) {
                pending = false;
                for (Trail trail : trails.values()) {
                    trail.writeDown();
                    pending |= !trail.isWrittenDown();
                }
                if (pending) {
                    Thread.sleep(PAUSE_MILLIS);
                }
            }
            keep();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            for (Trail trail : trails.values()) {
                trail.shut();
            }
        }
    }

    /** Lets go as a process does that is killed. */
    void abandon() throws IOException {
        for (Trail trail : trails.values()) {
            trail.shut();
        }
        positions.close();
    }
}
