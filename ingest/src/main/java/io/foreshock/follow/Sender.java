package io.foreshock.follow;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sends events and remembers of each where it arrived. */
final class Sender {
    /** Fewer bytes than a producer's buffer has, so that sending does not wait for room. */
    private static final long MAX_BYTES = 8L << 20;

    private static final int MAX_EVENTS = 20_000;

    private final Outlet outlet;
    private final FoundEvents found;
    private final AtomicInteger events = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    /** An event that was sent. */
    static final class Sent {
        private static final long NOWHERE = -1;

        private final long hash;
        private volatile long place;

        private Sent(long hash, long place) {
            this.hash = hash;
            this.place = place;
        }

        boolean hasArrived() {
            return place != NOWHERE;
        }

        long hash() {
            return hash;
        }

        long place() {
            return place;
        }
    }

    Sender(Outlet outlet, FoundEvents found) {
        this.outlet = outlet;
        this.found = found;
    }

    /** Whether more may be sent now. */
    boolean hasRoom() {
        return events.get() < MAX_EVENTS && bytes.get() < MAX_BYTES;
    }

    /** Sends the event, unless it lies in the topic and only nobody wrote it down. */
    Sent send(Event event, long hash) {
        long place = found.take(hash);
        Sent sent = new Sent(hash, place);
        if (place != Sent.NOWHERE) {
            return sent;
        }
        int size = event.value().length;
        events.incrementAndGet();
        bytes.addAndGet(size);
        outlet.send(event.key(), event.value(), new Outlet.Receipt() {
            @Override
            public void acknowledged(int partition, long offset) {
                sent.place = Journal.place(partition, offset);
                events.decrementAndGet();
                bytes.addAndGet(-size);
            }

            @Override
            public void failed(Exception reason) {
                failure.compareAndSet(null, reason);
            }
        });
        return sent;
    }

    /** @throws BeginAnew if an event could not be sent: what arrived is found when the topic is read again */
    void check() throws BeginAnew {
        Exception reason = failure.get();
        if (reason != null) {
            throw new BeginAnew("events cannot be sent: " + reason.getMessage(), reason);
        }
    }
}
