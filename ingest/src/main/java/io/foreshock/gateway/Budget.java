package io.foreshock.gateway;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of bodies that may be held at a time, from the first byte that arrives until the broker has the events. When they are
 * used up, whoever comes is told to come again: senders wait, the gateway's memory does not grow.
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

        /** Takes some more; false if there is not so much left. */
        synchronized boolean take(int more) {
            if (closed || used.addAndGet(more) > bytes) {
                used.addAndGet(closed ? 0 : -more);
                return false;
            }
            held += more;
            return true;
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
