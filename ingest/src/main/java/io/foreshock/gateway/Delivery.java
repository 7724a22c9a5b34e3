package io.foreshock.gateway;

import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * One body on its way to Kafka. When an event could not be sent the body is not answered, but what became of the others is known:
 * the sender comes again, and only what is missing is sent.
 */
final class Delivery {
    private final List<Item> items;
    private final BitSet written;
    private final SortedMap<Integer, Item.Refused> rejected = new TreeMap<>();
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private int waiting;
    private @Nullable Throwable failure;

    /** Not all of a body could be written. */
    static final class Incomplete extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient BitSet written;

        Incomplete(BitSet written, Throwable cause) {
            super(cause);
            this.written = written;
        }

        /** Places of the events that the broker has. */
        BitSet written() {
            return written;
        }
    }

    private Delivery(List<Item> items, BitSet written) {
        this.items = items;
        this.written = (BitSet) written.clone();
        // One more, so that nothing is settled before all is begun, and a body without events is.
        this.waiting = items.size() + 1;
    }

    /**
     * Sends what is to be sent.
     *
     * @param written places of events that an earlier try wrote; not changed
     * @return completes when all is settled, or with {@link Incomplete}
     */
    static CompletableFuture<Answer> of(List<Item> items, BitSet written, Outbox outbox) {
        Delivery delivery = new Delivery(items, written);
        for (int i = 0; i < items.size(); i++) {
            delivery.begin(i, outbox);
        }
        delivery.settle();
        return delivery.answer;
    }

    private void begin(int index, Outbox outbox) {
        Item item = items.get(index);
        if (item instanceof Item.Refused refused) {
            refuse(index, refused);
        } else if (failed() || alreadyWritten(index)) {
            settle();
        } else {
            Item.Event event = (Item.Event) item;
            outbox.send(event).whenComplete((done, error) -> arrived(index, event, error));
        }
    }

    private synchronized boolean failed() {
        return failure != null;
    }

    private synchronized boolean alreadyWritten(int index) {
        return written.get(index);
    }

    private void arrived(int index, Item.Event event, @Nullable Throwable error) {
        if (error instanceof RecordTooLargeException) {
            refuse(
                    index,
                    new Item.Refused(
                            "too_large",
                            "the event has " + event.bytes() + " bytes, more than the brokers take (max.message.bytes);"
                                    + " send fewer metrics an event"));
            return;
        }
        synchronized (this) {
            if (error == null) {
                written.set(index);
            } else {
                failure = error;
            }
        }
        settle();
    }

    private void refuse(int index, Item.Refused refused) {
        synchronized (this) {
            rejected.put(index, refused);
        }
        settle();
    }

    private void settle() {
        Throwable failed;
        synchronized (this) {
            if (--waiting > 0) {
                return;
            }
            failed = failure;
        }
        if (failed == null) {
            answer.complete(new Answer(written.cardinality(), rejected));
        } else {
            answer.completeExceptionally(new Incomplete(written, failed));
        }
    }
}
