package io.foreshock.publish;

import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends telemetry to Kafka and never gets in the way of training: {@link #publish} only encodes and enqueues, throws
 * nothing, and waits for nobody.
 *
 * <pre>{@code
 * try (TelemetryPublisher telemetry = TelemetryPublisher.connect("localhost:9092")) {
 *     telemetry.publish(StepSample.builder("llama-7b-3", step).ts(System.currentTimeMillis()).metric("loss", loss).build());
 * }
 * }</pre>
 *
 * <p>Events wait in a bounded buffer until the broker has acknowledged them; one daemon thread feeds the producer, and it
 * alone ever touches it. While the broker is away the buffer fills, and then the oldest waiting event makes room for
 * the newest; what was dropped is counted, and every {@link StepSample} that is published from then on says how many there
 * were, as the signal {@code events_dropped}. When the broker returns the rest goes out, in order. A failed event goes back
 * to the front, together with those behind it that failed too, before anything newer is sent.
 *
 * <p>At most {@value #WINDOW_EVENTS} events at a time are with the producer; those are past dropping. They are sent with
 * idempotence and without a delivery timeout, so a broker's absence neither reorders nor repeats them.
 *
 * <p>Thread-safe.
 */
public final class TelemetryPublisher implements AutoCloseable {
    /** Where events go unless told otherwise. */
    public static final String TOPIC = "foreshock.telemetry";

    /** Enough to fill Kafka's batches, few beside the buffer. */
    private static final int WINDOW_EVENTS = 1_000;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Logger LOG = LoggerFactory.getLogger(TelemetryPublisher.class);

    /**
     * How much to hold and how to retry.
     *
     * @param topic where events go
     * @param maxEvents events held at most, those in flight included, {@code >= 2}
     * @param maxBytes bytes of encoded events held at most, {@code > 0}
     * @param firstRetry pause after a first failure, {@code > 0}; doubles up to {@code lastRetry}
     * @param lastRetry longest pause between retries
     */
    public record Settings(String topic, int maxEvents, long maxBytes, Duration firstRetry, Duration lastRetry) {
        /** 100,000 events or 32 MiB: a day of one rank at a step a second. */
        public static final Settings DEFAULT =
                new Settings(TOPIC, 100_000, 32L * 1024 * 1024, Duration.ofMillis(100), Duration.ofSeconds(5));

        public Settings {
            if (topic.isBlank()) {
                throw new IllegalArgumentException("topic must not be empty");
            }
            if (maxEvents < 2) {
                throw new IllegalArgumentException("maxEvents must be >= 2, got " + maxEvents);
            }
            if (maxBytes < 1) {
                throw new IllegalArgumentException("maxBytes must be > 0, got " + maxBytes);
            }
            if (firstRetry.isNegative() || firstRetry.isZero() || lastRetry.compareTo(firstRetry) < 0) {
                throw new IllegalArgumentException(
                        "retries need 0 < firstRetry <= lastRetry, got " + firstRetry + " and " + lastRetry);
            }
        }
    }

    /**
     * What became of the events so far; {@code accepted = sent + dropped + buffered}, apart from events refused at once.
     *
     * @param accepted events taken into the buffer
     * @param sent events the broker acknowledged
     * @param dropped events given up: pushed out of a full buffer, refused by the broker as too large, or left at close
     * @param refused events never taken: not encodable, larger than the wire format allows, or after close
     * @param buffered events waiting or in flight
     * @param bufferedBytes their size
     * @param lastError what last went wrong, or null
     */
    public record Stats(
            long accepted,
            long sent,
            long dropped,
            long refused,
            int buffered,
            long bufferedBytes,
            @Nullable String lastError) {}

    private static final class Event {
        final long sequence;
        final byte[] key;
        final byte[] value;
        boolean inFlight;

        Event(long sequence, byte[] key, byte[] value) {
            this.sequence = sequence;
            this.key = key;
            this.value = value;
        }

        int bytes() {
            return key.length + value.length;
        }
    }

    private final Supplier<? extends Producer<byte[], byte[]>> producers;
    private final Settings settings;
    private final int windowEvents;
    private final long windowBytes;
    private final ThreadLocal<EventWriter> writers = ThreadLocal.withInitial(EventWriter::new);
    private final Thread sender;

    private final ReentrantLock lock = new ReentrantLock();
    /** The sender waits here for work; flush and close for the buffer to empty. */
    private final Condition changed = lock.newCondition();

    // The sender's own.
    private long lastLog = System.nanoTime() - LOG_INTERVAL_NANOS;
    private long loggedDrops;

    // All below under the lock.
    private final ArrayDeque<Event> waiting = new ArrayDeque<>();
    private final List<Event> failed = new ArrayList<>();
    private int inFlight;
    private long inFlightBytes;
    private int buffered;
    private long bufferedBytes;
    private long nextSequence;
    private long accepted;
    private long sent;
    private long dropped;
    private long refused;
    private @Nullable String lastError;
    private long retryNanos;
    private long pausedUntil = System.nanoTime();
    private boolean producerBroken;
    private boolean closing;
    private long closeDeadline;
    private boolean ended;

    /** Sends to {@link #TOPIC} on this broker. Returns at once, whether or not the broker can be reached. */
    public static TelemetryPublisher connect(String bootstrapServers) {
        return connect(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers), Settings.DEFAULT);
    }

    /**
     * Sends with a producer of these properties, which win over {@link #producerProperties()}. Returns at once; wrong
     * properties show in {@link Stats#lastError()}.
     */
    public static TelemetryPublisher connect(Map<String, Object> properties, Settings settings) {
        Map<String, Object> all = new HashMap<>(producerProperties());
        all.putAll(properties);
        return new TelemetryPublisher(
                () -> new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer()), settings);
    }

    /** Properties that keep events in order, once each, however long the broker is away. */
    public static Map<String, Object> producerProperties() {
        return Map.of(
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                5,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                Integer.MAX_VALUE,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Limits.MAX_EVENT_BYTES + 64 * 1024,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                5_000,
                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                2_000,
                ProducerConfig.LINGER_MS_CONFIG,
                2);
    }

    /**
     * Sends with producers from this supplier, which is called on the sender's thread: once, and again when a producer
     * breaks for good. The publisher closes them.
     */
    public TelemetryPublisher(Supplier<? extends Producer<byte[], byte[]>> producers, Settings settings) {
        this.producers = producers;
        this.settings = settings;
        this.windowEvents = Math.min(WINDOW_EVENTS, settings.maxEvents() / 2);
        this.windowBytes = Math.min(8L * 1024 * 1024, settings.maxBytes() / 2);
        this.retryNanos = settings.firstRetry().toNanos();
        this.sender = new Thread(this::run, "foreshock-publisher");
        sender.setDaemon(true);
        sender.start();
    }

    /**
     * Takes an event for sending.
     *
     * @return whether it was taken; false when the publisher is closed or the event cannot be sent at all
     */
    public boolean publish(StepSample sample) {
        try {
            byte[] value = writers.get().write(sample, dropped());
            return enqueue(sample.run().getBytes(StandardCharsets.UTF_8), value);
        } catch (RuntimeException e) {
            refuse("cannot encode an event: " + e.getMessage());
            return false;
        }
    }

    /**
     * Takes an event that is already in the wire format.
     *
     * @param run the run's id, the record's key
     * @param event one JSON object in UTF-8; given up by the caller
     * @return whether it was taken
     */
    public boolean publish(String run, byte[] event) {
        try {
            return enqueue(run.getBytes(StandardCharsets.UTF_8), event);
        } catch (RuntimeException e) {
            refuse("cannot take an event: " + e.getMessage());
            return false;
        }
    }

    private long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    private boolean enqueue(byte[] key, byte[] value) {
        if (value.length > Limits.MAX_EVENT_BYTES) {
            refuse("an event has " + value.length + " bytes, at most " + Limits.MAX_EVENT_BYTES + " are allowed");
            return false;
        }
        lock.lock();
        try {
            if (closing) {
                refused++;
                return false;
            }
            Event event = new Event(nextSequence++, key, value);
            accepted++;
            buffered++;
            bufferedBytes += event.bytes();
            waiting.addLast(event);
            while (buffered > settings.maxEvents() || bufferedBytes > settings.maxBytes()) {
                Event oldest = waiting.pollFirst();
                if (oldest == null) {
                    break;
                }
                drop(oldest);
            }
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void refuse(String error) {
        lock.lock();
        try {
            refused++;
            lastError = error;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everything is acknowledged, at most this long; returns whether it is. */
    public boolean flush(Duration timeout) {
        lock.lock();
        try {
            long deadline = System.nanoTime() + nanos(timeout);
            while (buffered > 0 && !ended) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                changed.awaitNanos(left);
            }
            return buffered == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    public Stats stats() {
        lock.lock();
        try {
            return new Stats(accepted, sent, dropped, refused, buffered, bufferedBytes, lastError);
        } finally {
            lock.unlock();
        }
    }

    /** Closes with ten seconds to send what is left. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT);
    }

    /**
     * Sends what is left for at most this long, then gives up the rest; returns within that time even if the producer
     * hangs. Closing again returns at once when closed.
     */
    public void close(Duration timeout) {
        lock.lock();
        try {
            long now = System.nanoTime();
            long patience = nanos(timeout);
            // The last tenth is for letting go of the producer.
            long sending = now + patience - patience / 10;
            if (!closing || sending < closeDeadline) {
                closeDeadline = sending;
            }
            closing = true;
            changed.signalAll();
            awaitEnd(sending);
            if (!ended) {
                // Perhaps it is stuck in the producer, which waits up to max.block.ms for metadata.
                sender.interrupt();
                awaitEnd(now + patience);
            }
        } catch (InterruptedException e) {
            sender.interrupt();
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void awaitEnd(long deadline) throws InterruptedException {
        for (long left = deadline - System.nanoTime(); !ended && left > 0; left = deadline - System.nanoTime()) {
            changed.awaitNanos(left);
        }
    }

    private void run() {
        Producer<byte[], byte[]> producer = null;
        try {
            for (Event event = next(); event != null; event = next()) {
                if (takeProducerBroken()) {
                    close(producer);
                    producer = null;
                }
                try {
                    if (producer == null) {
                        producer = producers.get();
                    }
                    send(producer, event);
                } catch (RuntimeException e) {
                    settle(event, e);
                }
                logDrops();
            }
        } finally {
            Thread.interrupted();
            close(producer);
            end();
        }
    }

    /** Waits for the next event that may be sent and counts it as in flight; null when it is time to stop. */
    private @Nullable Event next() {
        lock.lock();
        try {
            while (true) {
                long now = System.nanoTime();
                if (closing && (buffered == 0 || closeDeadline - now <= 0)) {
                    return null;
                }
                if (inFlight == 0 && !failed.isEmpty()) {
                    requeue();
                }
                long pause = pausedUntil - now;
                if (pause <= 0 && failed.isEmpty()) {
                    Event event = waiting.peekFirst();
                    if (event != null && hasRoom(event)) {
                        waiting.removeFirst();
                        event.inFlight = true;
                        inFlight++;
                        inFlightBytes += event.bytes();
                        return event;
                    }
                    pause = Long.MAX_VALUE;
                } else if (pause <= 0) {
                    pause = Long.MAX_VALUE;
                }
                changed.awaitNanos(closing ? Math.min(pause, closeDeadline - now) : pause);
            }
        } catch (InterruptedException e) {
            return null;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom(Event event) {
        return inFlight == 0 || (inFlight < windowEvents && inFlightBytes + event.bytes() <= windowBytes);
    }

    /** Puts failed events back to the front, oldest first. */
    private void requeue() {
        failed.sort(Comparator.comparingLong((Event event) -> event.sequence).reversed());
        for (Event event : failed) {
            waiting.addFirst(event);
        }
        failed.clear();
    }

    private void send(Producer<byte[], byte[]> producer, Event event) {
        try {
            producer.send(
                    new ProducerRecord<>(settings.topic(), event.key, event.value),
                    (metadata, failure) -> settle(event, failure));
        } catch (IllegalStateException e) {
            breakProducer();
            throw e;
        }
    }

    /** Learns what became of an event in flight; called by the producer's thread, or the sender's. */
    private void settle(Event event, @Nullable Exception failure) {
        lock.lock();
        try {
            if (!event.inFlight || ended) {
                return;
            }
            event.inFlight = false;
            inFlight--;
            inFlightBytes -= event.bytes();
            if (failure == null) {
                sent++;
                buffered--;
                bufferedBytes -= event.bytes();
                retryNanos = settings.firstRetry().toNanos();
            } else if (failure instanceof RecordTooLargeException || failure instanceof SerializationException) {
                lastError = describe(failure);
                drop(event);
            } else {
                lastError = describe(failure);
                failed.add(event);
                if (failure instanceof ProducerFencedException
                        || failure instanceof OutOfOrderSequenceException
                        || failure instanceof InvalidProducerEpochException) {
                    producerBroken = true;
                }
                if (failed.size() == 1) {
                    pausedUntil = System.nanoTime() + retryNanos;
                    retryNanos = Math.min(2 * retryNanos, settings.lastRetry().toNanos());
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void drop(Event event) {
        dropped++;
        buffered--;
        bufferedBytes -= event.bytes();
    }

    private void breakProducer() {
        lock.lock();
        try {
            producerBroken = true;
        } finally {
            lock.unlock();
        }
    }

    private boolean takeProducerBroken() {
        lock.lock();
        try {
            boolean broken = producerBroken;
            producerBroken = false;
            return broken;
        } finally {
            lock.unlock();
        }
    }

    private static void close(@Nullable Producer<byte[], byte[]> producer) {
        if (producer != null) {
            try {
                producer.close(Duration.ZERO);
            } catch (RuntimeException e) {
                LOG.debug("closing the producer failed", e);
            }
        }
    }

    /** Says what was dropped, now and then; here and not where it is dropped, as a logger may make a caller wait. */
    private void logDrops() {
        long now = System.nanoTime();
        if (now - lastLog < LOG_INTERVAL_NANOS) {
            return;
        }
        Stats stats = stats();
        if (stats.dropped() > loggedDrops) {
            LOG.warn("dropped {} telemetry event(s) so far; last error: {}", stats.dropped(), stats.lastError());
            loggedDrops = stats.dropped();
            lastLog = now;
        }
    }

    /** Gives up what is left. */
    private void end() {
        lock.lock();
        try {
            closing = true;
            dropped += buffered;
            buffered = 0;
            bufferedBytes = 0;
            waiting.clear();
            failed.clear();
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        Stats stats = stats();
        if (stats.dropped() > 0) {
            LOG.warn(
                    "closed; {} telemetry event(s) of {} were dropped; last error: {}",
                    stats.dropped(),
                    stats.accepted(),
                    stats.lastError());
        }
    }

    private static String describe(Exception failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        String message = cause.getMessage();
        return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
    }

    private static long nanos(Duration duration) {
        try {
            return Math.max(0, Math.min(duration.toNanos(), TimeUnit.DAYS.toNanos(365)));
        } catch (ArithmeticException e) {
            return duration.isNegative() ? 0 : TimeUnit.DAYS.toNanos(365);
        }
    }
}
