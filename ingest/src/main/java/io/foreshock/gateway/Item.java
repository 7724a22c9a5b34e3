package io.foreshock.gateway;

import io.foreshock.gateway.Pieces.Piece;
import io.foreshock.http.Problem;
import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Parsed;
import io.foreshock.wire.RejectedJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a body holds: events to be written, and what cannot be. */
sealed interface Item {
    /**
     * An event.
     *
     * @param key the record's key
     * @param body holds the record's value; of a large body there is one copy, not one an event as well
     * @param from where the value begins
     * @param to where it ends, exclusive
     */
    record Event(byte[] key, byte[] body, int from, int to) implements Item {
        static Event of(byte[] key, byte[] value) {
            return new Event(key, value, 0, value.length);
        }

        byte[] value() {
            return Arrays.copyOfRange(body, from, to);
        }

        int bytes() {
            return key.length + to - from;
        }
    }

    /**
     * What is wrong with one.
     *
     * @param reason as in {@code docs/wire-format.md}
     */
    record Refused(String reason, String detail) implements Item {
        static Refused of(Rejected rejected) {
            return new Refused(RejectedJson.reason(rejected.reason()), rejected.detail());
        }
    }

    /** What an event takes besides its bytes, here and in Kafka's client; a refusal takes as much. Measured: 350 to 500. */
    int OVERHEAD_BYTES = 500;

    /** A reader takes 100 kB, and threads that answer are few. */
    ThreadLocal<EventReader> READERS = ThreadLocal.withInitial(EventReader::new);

    /**
     * The items of a body, in its order.
     *
     * @param run of events that name none; null if each has to
     * @param grant whose body it is
     * @param share what holds it
     * @throws Problem 403 if an event is of a run that is not the sender's: then nothing of the body is written; 400 and 413 as
     *     {@link Pieces#of}; 429 if there is no room now
     */
    static List<Item> of(byte[] body, @Nullable String run, Grant grant, Budget.Share share) {
        List<Piece> pieces = Pieces.of(body);
        share.take((long) OVERHEAD_BYTES * pieces.size());
        List<Item> items = new ArrayList<>(pieces.size());
        EventReader reader = READERS.get();
        String lastRun = null;
        byte[] lastKey = {};
        for (Piece piece : pieces) {
            Parsed parsed = reader.read(body, piece.from(), piece.to(), run, items.size());
            if (parsed instanceof Parsed.Refused refused) {
                items.add(Refused.of(refused.rejected()));
                continue;
            }
            String own = ((Parsed.Sample) parsed).sample().run();
            if (!own.equals(lastRun)) {
                grant.require(own);
                lastRun = own;
                lastKey = own.getBytes(StandardCharsets.UTF_8);
            }
            items.add(new Event(lastKey, body, piece.from(), piece.to()));
        }
        return items;
    }
}
