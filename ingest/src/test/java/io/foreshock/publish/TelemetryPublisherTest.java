package io.foreshock.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.publish.TelemetryPublisher.Settings;
import io.foreshock.publish.TelemetryPublisher.Stats;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TelemetryPublisherTest {
    private static final Settings QUICK =
            new Settings(TelemetryPublisher.TOPIC, 10, 1_000_000, Duration.ofMillis(1), Duration.ofMillis(10));
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A broker that can go away: sends then fail at once, as metadata that cannot be had, or hang. */
    private static final class Broker extends MockProducer<byte[], byte[]> {
        private volatile boolean away;
        private volatile boolean hanging;
        private volatile boolean closed;
        private final AtomicInteger attempts = new AtomicInteger();

        Broker(boolean acknowledges) {
            super(acknowledges, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> event, Callback callback) {
            attempts.incrementAndGet();
            if (hanging) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new InterruptException(e);
                }
            }
            if (away) {
                callback.onCompletion(null, new TimeoutException("Topic not present in metadata"));
                return new java.util.concurrent.CompletableFuture<>();
            }
            return super.send(event, callback);
        }

        @Override
        public void close(Duration timeout) {
            closed = true;
            super.close(timeout);
        }

        List<Long> steps() {
            return history().stream().map(event -> sample(event.value()).step()).collect(Collectors.toList());
        }
    }

    @Test
    void eventsArriveInOrderUnderTheirRun() {
        Broker broker = new Broker(true);
        try (TelemetryPublisher publisher = new TelemetryPublisher(() -> broker, Settings.DEFAULT)) {
            for (long step = 0; step < 5_000; step++) {
                assertThat(publisher.publish(event(step))).isTrue();
            }
            assertThat(publisher.flush(PATIENCE)).isTrue();

            assertThat(broker.steps()).isEqualTo(steps(0, 5_000));
            assertThat(broker.history().get(0).topic()).isEqualTo("foreshock.telemetry");
            assertThat(new String(broker.history().get(0).key(), UTF_8)).isEqualTo("run");
            assertThat(publisher.stats()).isEqualTo(new Stats(5_000, 5_000, 0, 0, 0, 0, null));
        }
        assertThat(broker.closed).isTrue();
    }

    @Test
    void brokerAwayThenBack() {
        Broker broker = new Broker(true);
        broker.away = true;
        try (TelemetryPublisher publisher = new TelemetryPublisher(() -> broker, QUICK)) {
            for (long step = 0; step < 10; step++) {
                publisher.publish(event(step));
            }
            await(() -> publisher.stats().lastError() != null);
            assertThat(publisher.stats().buffered()).isEqualTo(10);
            assertThat(publisher.stats().lastError()).isEqualTo("TimeoutException: Topic not present in metadata");

            broker.away = false;

            assertThat(publisher.flush(PATIENCE)).isTrue();
            assertThat(broker.steps()).isEqualTo(steps(0, 10));
            assertThat(publisher.stats().dropped()).isZero();
        }
    }

    @Test
    void brokerAwayTooLongDropsTheOldest() {
        Broker broker = new Broker(true);
        broker.away = true;
        try (TelemetryPublisher publisher = new TelemetryPublisher(
                () -> broker, new Settings("t", 10, 1_000_000, Duration.ofMillis(200), Duration.ofMillis(200)))) {
            publisher.publish(event(0));
            await(() -> broker.attempts.get() > 0);
            for (long step = 1; step < 100; step++) {
                publisher.publish(event(step));
            }
            assertThat(publisher.stats().dropped()).isEqualTo(90);
            broker.away = false;

            assertThat(publisher.flush(PATIENCE)).isTrue();
            assertThat(broker.steps()).hasSize(10).isSorted().endsWith(92L, 93L, 94L, 95L, 96L, 97L, 98L, 99L);
            assertThat(publisher.stats().sent()).isEqualTo(10);
        }
    }

    @Test
    void whatWasDroppedIsSaidFromThenOn() {
        Broker broker = new Broker(true);
        broker.away = true;
        try (TelemetryPublisher publisher = new TelemetryPublisher(
                () -> broker, new Settings("t", 10, 1_000_000, Duration.ofMillis(200), Duration.ofMillis(200)))) {
            publisher.publish(event(0));
            await(() -> broker.attempts.get() > 0);
            for (long step = 1; step < 15; step++) {
                publisher.publish(event(step));
            }
            assertThat(publisher.stats().dropped()).isEqualTo(5);
            broker.away = false;
            assertThat(publisher.flush(PATIENCE)).isTrue();
            publisher.publish(event(15));
            publisher.publish(StepSample.builder("run", 16).build());
            publisher.publish(
                    StepSample.builder("run", 17).metric("events_dropped", 7).build());
            assertThat(publisher.flush(PATIENCE)).isTrue();

            List<String> events = broker.history().stream()
                    .map(event -> new String(event.value(), UTF_8))
                    .toList();
            assertThat(events)
                    .contains("{\"run\":\"run\",\"step\":10,\"metrics\":{\"loss\":1.0}}")
                    .endsWith(
                            "{\"run\":\"run\",\"step\":14,\"metrics\":{\"loss\":1.0,\"events_dropped\":4}}",
                            "{\"run\":\"run\",\"step\":15,\"metrics\":{\"loss\":1.0,\"events_dropped\":5}}",
                            "{\"run\":\"run\",\"step\":16}",
                            "{\"run\":\"run\",\"step\":17,\"metrics\":{\"events_dropped\":7.0}}");
        }
    }

    @Test
    void anEventThatHasRoomForNoMoreSaysNothingOfDrops() {
        StepSample.Builder full = StepSample.builder("run", 1);
        for (int metric = 0; metric < Limits.MAX_METRICS; metric++) {
            full.metric("m" + metric, 1);
        }
        EventWriter writer = new EventWriter();
        StepSample sample = full.build();

        assertThat(writer.write(sample, 5)).isEqualTo(writer.write(sample));
    }

    @Test
    void bytesAreBoundedToo() {
        Broker broker = new Broker(true);
        broker.away = true;
        int size = 3 + 50_000;
        try (TelemetryPublisher publisher = new TelemetryPublisher(
                () -> broker, new Settings("t", 1_000, 10L * size, Duration.ofSeconds(1), Duration.ofSeconds(1)))) {
            for (int i = 0; i < 100; i++) {
                publisher.publish("run", new byte[50_000]);
                assertThat(publisher.stats().bufferedBytes()).isLessThanOrEqualTo(10L * size);
            }
            assertThat(publisher.stats().buffered()).isEqualTo(10);
            publisher.close(Duration.ofMillis(100));
        }
    }

    @Test
    void aFailedEventGoesBeforeNewerOnes() {
        Broker broker = new Broker(false);
        try (TelemetryPublisher publisher = new TelemetryPublisher(
                () -> broker, new Settings("t", 100, 1_000_000, Duration.ofMillis(1), Duration.ofMillis(1)))) {
            for (long step = 0; step < 5; step++) {
                publisher.publish(event(step));
            }
            await(() -> broker.history().size() == 5);
            broker.completeNext();
            broker.errorNext(new TimeoutException("expired"));
            broker.errorNext(new TimeoutException("expired"));
            publisher.publish(event(5));
            broker.errorNext(new TimeoutException("expired"));
            assertThat(broker.history())
                    .as("nothing newer is sent while some are in flight")
                    .hasSize(5);
            broker.errorNext(new TimeoutException("expired"));
            await(() -> broker.history().size() == 10);
            while (broker.completeNext()) {
                assertThat(publisher.stats().dropped()).isZero();
            }

            assertThat(publisher.flush(PATIENCE)).isTrue();
            assertThat(broker.steps()).containsExactly(0L, 1L, 2L, 3L, 4L, 1L, 2L, 3L, 4L, 5L);
            assertThat(publisher.stats().sent()).isEqualTo(6);
        }
    }

    @Test
    void anEventTheBrokerWillNeverTakeIsDropped() {
        Broker broker = new Broker(false);
        try (TelemetryPublisher publisher = new TelemetryPublisher(() -> broker, QUICK)) {
            publisher.publish(event(0));
            publisher.publish(event(1));
            await(() -> broker.history().size() == 2);
            broker.errorNext(new RecordTooLargeException("too large"));
            broker.completeNext();

            assertThat(publisher.flush(PATIENCE)).isTrue();
            assertThat(publisher.stats()).isEqualTo(new Stats(2, 1, 1, 0, 0, 0, "RecordTooLargeException: too large"));
        }
    }

    @Test
    void aBrokenProducerIsReplaced() {
        List<Broker> brokers = new ArrayList<>();
        try (TelemetryPublisher publisher = new TelemetryPublisher(
                () -> {
                    Broker broker = new Broker(!brokers.isEmpty());
                    synchronized (brokers) {
                        brokers.add(broker);
                    }
                    return broker;
                },
                QUICK)) {
            publisher.publish(event(0));
            publisher.publish(event(1));
            await(() -> !brokers.isEmpty() && brokers.get(0).history().size() == 2);
            brokers.get(0).errorNext(new ProducerFencedException("fenced"));
            brokers.get(0).errorNext(new ProducerFencedException("fenced"));

            assertThat(publisher.flush(PATIENCE)).isTrue();
            assertThat(brokers).hasSize(2);
            assertThat(brokers.get(0).closed).isTrue();
            assertThat(brokers.get(1).steps()).containsExactly(0L, 1L);
        }
    }

    @Test
    void aProducerThatCannotBeMadeIsTriedAgain() {
        AtomicInteger tries = new AtomicInteger();
        Broker broker = new Broker(true);
        try (TelemetryPublisher publisher = new TelemetryPublisher(
                () -> {
                    if (tries.incrementAndGet() < 3) {
                        throw new KafkaException("Failed to construct", new IllegalArgumentException("no such host"));
                    }
                    return broker;
                },
                QUICK)) {
            publisher.publish(event(0));

            assertThat(publisher.flush(PATIENCE)).isTrue();
            assertThat(publisher.stats().lastError()).contains("no such host");
            assertThat(broker.steps()).containsExactly(0L);
        }
    }

    @Test
    void aSendThatThrowsIsTriedAgain() {
        Broker broker = new Broker(true);
        broker.sendException = new KafkaException("odd");
        try (TelemetryPublisher publisher = new TelemetryPublisher(() -> broker, QUICK)) {
            publisher.publish(event(0));
            await(() -> publisher.stats().lastError() != null);
            broker.sendException = null;

            assertThat(publisher.flush(PATIENCE)).isTrue();
            assertThat(publisher.stats().sent()).isOne();
        }
    }

    @Test
    void closeSendsWhatIsLeft() {
        Broker broker = new Broker(true);
        TelemetryPublisher publisher = new TelemetryPublisher(() -> broker, Settings.DEFAULT);
        for (long step = 0; step < 1_000; step++) {
            publisher.publish(event(step));
        }
        publisher.close(PATIENCE);

        assertThat(broker.steps()).isEqualTo(steps(0, 1_000));
        assertThat(broker.closed).isTrue();
        assertThat(publisher.stats().sent()).isEqualTo(1_000);
    }

    @Test
    void closeKeepsItsTimeWhenTheBrokerIsAway() {
        Broker broker = new Broker(true);
        broker.away = true;
        closeWithin(broker, Duration.ofMillis(300));
    }

    @Test
    void closeKeepsItsTimeWhenTheBrokerNeverAnswers() {
        closeWithin(new Broker(false), Duration.ofMillis(300));
    }

    @Test
    void closeKeepsItsTimeWhenTheProducerHangs() {
        Broker broker = new Broker(true);
        broker.hanging = true;
        closeWithin(broker, Duration.ofMillis(300));
    }

    private static void closeWithin(Broker broker, Duration timeout) {
        TelemetryPublisher publisher = new TelemetryPublisher(() -> broker, QUICK);
        for (long step = 0; step < 7; step++) {
            publisher.publish(event(step));
        }
        long start = System.nanoTime();
        publisher.close(timeout);
        Duration took = Duration.ofNanos(System.nanoTime() - start);

        assertThat(took).isLessThan(timeout.plusSeconds(2));
        await(() -> broker.closed);
        await(() -> publisher.stats().buffered() == 0);
        assertThat(publisher.stats().dropped()).isEqualTo(7);
    }

    @Test
    void closingTwiceAndPublishingAfterwardsAreHarmless() {
        TelemetryPublisher publisher = new TelemetryPublisher(() -> new Broker(true), QUICK);
        publisher.close();
        long start = System.nanoTime();
        publisher.close();
        publisher.close(Duration.ofDays(100_000));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(publisher.publish(event(0))).isFalse();
        assertThat(publisher.flush(Duration.ZERO)).isTrue();
        assertThat(publisher.stats().refused()).isOne();
    }

    @Test
    void whatCannotBeSentIsRefusedAtOnce() {
        try (TelemetryPublisher publisher = new TelemetryPublisher(() -> new Broker(true), QUICK)) {
            assertThat(publisher.publish("run", new byte[Limits.MAX_EVENT_BYTES + 1]))
                    .isFalse();
            assertThat(publisher.publish(StepSample.builder("\ud800", 1).build()))
                    .isFalse();
            assertThat(publisher.publish(null)).isFalse();
            assertThat(publisher.publish(null, null)).isFalse();
            assertThat(publisher.stats().refused()).isEqualTo(4);
            assertThat(publisher.stats().accepted()).isZero();
        }
    }

    @Test
    void publishingNeverWaitsForTheBroker() {
        Broker broker = new Broker(true);
        broker.hanging = true;
        TelemetryPublisher publisher = new TelemetryPublisher(() -> broker, QUICK);
        publisher.publish(event(0));
        await(() -> broker.attempts.get() == 1);

        long start = System.nanoTime();
        for (long step = 1; step < 10_000; step++) {
            publisher.publish(event(step));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(publisher.stats().buffered()).isEqualTo(10);
        assertThat(publisher.stats().dropped()).isEqualTo(9_990);
        publisher.close(Duration.ofMillis(10));
    }

    @Test
    void manyThreadsAndAFlakyBroker() throws InterruptedException {
        Broker broker = new Broker(true);
        TelemetryPublisher publisher = new TelemetryPublisher(
                () -> broker, new Settings("t", 1_000_000, 1L << 30, Duration.ofNanos(1_000), Duration.ofMillis(1)));
        int threads = 8;
        int each = 3_000;
        List<Thread> trainers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            String run = "run-" + t;
            trainers.add(new Thread(() -> {
                for (long step = 0; step < each; step++) {
                    publisher.publish(
                            StepSample.builder(run, step).metric("loss", 1).build());
                    if (step % 100 == 0) {
                        publisher.stats();
                        publisher.flush(Duration.ofNanos(100));
                    }
                }
            }));
        }
        trainers.forEach(Thread::start);
        Random random = new Random(3);
        for (int i = 0; i < 50; i++) {
            broker.away = random.nextBoolean();
            Thread.sleep(2);
        }
        broker.away = false;
        for (Thread trainer : trainers) {
            trainer.join();
        }
        publisher.close(PATIENCE);

        Stats stats = publisher.stats();
        assertThat(stats.accepted()).isEqualTo((long) threads * each);
        assertThat(stats.sent()).isEqualTo((long) threads * each);
        for (int t = 0; t < threads; t++) {
            String run = "run-" + t;
            assertThat(broker.history().stream()
                            .map(event -> sample(event.value()))
                            .filter(sample -> sample.run().equals(run))
                            .map(StepSample::step)
                            .collect(Collectors.toList()))
                    .as(run)
                    .isEqualTo(steps(0, each));
        }
    }

    @Test
    void anUnreachableBrokerIsNoProblem() {
        TelemetryPublisher publisher = TelemetryPublisher.connect("localhost:1");
        publisher.publish(event(0));
        long start = System.nanoTime();
        publisher.close(Duration.ofMillis(500));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(1_500));
        await(() -> publisher.stats().buffered() == 0);
        assertThat(publisher.stats().dropped()).isOne();
    }

    @Test
    void wrongPropertiesShowInTheStats() {
        TelemetryPublisher publisher =
                TelemetryPublisher.connect(java.util.Map.of("bootstrap.servers", "not a host"), QUICK);
        publisher.publish(event(0));
        await(() -> publisher.stats().lastError() != null);

        assertThat(publisher.stats().lastError())
                .isEqualTo("ConfigException: Invalid url in bootstrap.servers: not a host");
        publisher.close(Duration.ofMillis(50));
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new Settings("", 10, 10, Duration.ofMillis(1), Duration.ofMillis(1)))
                .hasMessage("topic must not be empty");
        assertThatThrownBy(() -> new Settings("t", 1, 10, Duration.ofMillis(1), Duration.ofMillis(1)))
                .hasMessage("maxEvents must be >= 2, got 1");
        assertThatThrownBy(() -> new Settings("t", 2, 0, Duration.ofMillis(1), Duration.ofMillis(1)))
                .hasMessage("maxBytes must be > 0, got 0");
        assertThatThrownBy(() -> new Settings("t", 2, 1, Duration.ofMillis(2), Duration.ofMillis(1)))
                .hasMessage("retries need 0 < firstRetry <= lastRetry, got PT0.002S and PT0.001S");
    }

    private static StepSample event(long step) {
        return StepSample.builder("run", step).metric("loss", 1).build();
    }

    private static StepSample sample(byte[] event) {
        return ((Parsed.Sample) new EventReader().read(event, 0, event.length, null, 0)).sample();
    }

    private static List<Long> steps(long from, long to) {
        return LongStream.range(from, to).boxed().collect(Collectors.toList());
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
