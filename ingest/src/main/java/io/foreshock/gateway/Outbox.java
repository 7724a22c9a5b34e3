package io.foreshock.gateway;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Hands events to Kafka and tells when the broker has them. Each is sent with idempotence and without a delivery timeout: however
 * long the broker is away, an event that was handed over arrives once, while the gateway lives. A producer that breaks is replaced.
 */
final class Outbox implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final Supplier<? extends Producer<byte[], byte[]>> producers;
    private final String topic;
    private @Nullable Producer<byte[], byte[]> current;
    private volatile @Nullable Long heard;

    /** @param producers makes the first and, when one breaks for good, the next; closed here */
    Outbox(Supplier<? extends Producer<byte[], byte[]>> producers, String topic) {
        this.producers = producers;
        this.topic = topic;
    }

    /** Sends; completes when the broker has it, fails with why it never will by this try. */
    CompletableFuture<Void> send(Item.Event event) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Producer<byte[], byte[]> producer;
        try {
            producer = producer();
        } catch (RuntimeException e) {
            done.completeExceptionally(e);
            return done;
        }
        try {
            producer.send(new ProducerRecord<>(topic, event.key(), event.value()), (metadata, error) -> {
                if (error == null) {
                    heard = System.nanoTime();
                    done.complete(null);
                } else {
                    renewAfter(error, producer);
                    done.completeExceptionally(error);
                }
            });
        } catch (RuntimeException e) {
            renewAfter(e, producer);
            done.completeExceptionally(e);
        }
        return done;
    }

    /** Whether a broker has acknowledged something so lately. */
    boolean heardWithin(Duration lately) {
        Long last = heard;
        return last != null && System.nanoTime() - last < lately.toNanos();
    }

    private synchronized Producer<byte[], byte[]> producer() {
        Producer<byte[], byte[]> producer = current;
        if (producer == null) {
            producer = producers.get();
            current = producer;
        }
        return producer;
    }

    private synchronized @Nullable Producer<byte[], byte[]> current() {
        return current;
    }

    /** What one event, the brokers' absence or their rules are to blame for is not the producer's fault. */
    private void renewAfter(Throwable error, Producer<byte[], byte[]> broken) {
        if (error instanceof RecordTooLargeException
                || error instanceof TimeoutException
                || error instanceof AuthorizationException
                || error instanceof InvalidTopicException) {
            return;
        }
        synchronized (this) {
            if (current != broken) {
                return;
            }
            current = null;
        }
        // A producer must not be closed on its own thread for longer than no time.
        broken.close(Duration.ZERO);
    }

    @Override
    public void close() {
        Producer<byte[], byte[]> last = current();
        if (last != null) {
            last.close(CLOSE_PATIENCE);
        }
    }
}
