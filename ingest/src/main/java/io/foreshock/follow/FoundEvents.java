package io.foreshock.follow;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * Events in the topic that no journal knows of: those that a killed follower had sent but not written down, and after the
 * positions were lost all of them. Each stands for one row. Takes about 150 bytes an event.
 */
final class FoundEvents {
    private final Map<Long, Queue<Long>> places = new HashMap<>();
    private final Map<Integer, Long> ends = new HashMap<>();

    /** Reads the topic from the floors to where it ends now. */
    static FoundEvents in(Outlet outlet, Positions positions) throws IOException {
        Set<Long> known = positions.journaled();
        FoundEvents found = new FoundEvents();
        found.ends.putAll(outlet.read(positions.floors(), (partition, offset, key, value) -> {
            long place = Journal.place(partition, offset);
            if (!known.contains(place)) {
                found.places
                        .computeIfAbsent(Hash.of(key, value), hash -> new ArrayDeque<>(1))
                        .add(place);
            }
        }));
        return found;
    }

    /** Up to where each partition was read, exclusive. */
    Map<Integer, Long> ends() {
        return ends;
    }

    /** The place of an event of this hash, which then stands for its row; -1 if there is none left. */
    long take(long hash) {
        Queue<Long> alike = places.get(hash);
        Long place = alike == null ? null : alike.poll();
        if (alike != null && alike.isEmpty()) {
            places.remove(hash);
        }
        return place == null ? -1 : place;
    }
}
