package io.foreshock.gateway;

import io.foreshock.http.Problem;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory that requests may take at a time, from the first byte that arrives until the broker has the events. When it is used up,
 * whoever comes is told to come again: senders wait, the gateway's memory does not grow.
 */
final class Budget {
    private final long bytes;
    private final AtomicLong used = new AtomicLong();

    Budget(long bytes) {
        this.bytes = bytes;
    }

    long used() {
        return used.get();
    }

    Share share() {
        return new Share();
    }

    /** What one request holds. Given back once, whoever closes it first. */
    final class Share implements AutoCloseable {
        private long held;
        private boolean closed;

        /**
         * Takes some more.
         *
         * @param more bytes
         * @throws Problem 429 if there is not so much left now, 413 if there never is
         */
        synchronized void take(long more) {
            if (held + more > bytes) {
                throw Problem.of(
                        413, "Too large", "the body needs more memory than there is; send fewer events at a time");
            }
            if (closed || used.addAndGet(more) > bytes) {
                used.addAndGet(closed ? 0 : -more);
                throw Problem.of(
                                429,
                                "Too much at a time",
                                "more telemetry arrives than the broker takes; send the same again a little later")
                        .retryAfter(1);
            }
            held += more;
        }

        /** Moves what it holds to another, which lives longer; this one is closed. */
        synchronized Share handOver() {
            Share heir = new Share();
            heir.held = held;
            held = 0;
            closed = true;
            return heir;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                used.addAndGet(-held);
            }
        }
    }
}
