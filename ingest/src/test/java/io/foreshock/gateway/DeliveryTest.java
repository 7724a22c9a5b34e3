package io.foreshock.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link Delivery} through an {@link Outbox}, with a broker that answers as the test says. */
@Timeout(30)
class DeliveryTest {
    private static final class Broker extends MockProducer<byte[], byte[]> {
        private int attempts;
        private boolean isClosed;
        private Duration patience = Duration.ZERO;

        Broker() {
            super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
            attempts++;
            return super.send(record, callback);
        }

        @Override
        public void close(Duration patience) {
            isClosed = true;
            this.patience = patience;
            super.close(patience);
        }

        List<String> sent() {
            return history().stream()
                    .map(record -> new String(record.key(), UTF_8) + "=" + new String(record.value(), UTF_8))
                    .toList();
        }
    }

    private final List<Broker> producers = new ArrayList<>();
    private final Outbox outbox = new Outbox(
            () -> {
                producers.add(new Broker());
                return producers.get(producers.size() - 1);
            },
            "telemetry");

    private Broker producer() {
        return producers.get(producers.size() - 1);
    }

    private static Item event(String value) {
        return Item.Event.of("run".getBytes(UTF_8), value.getBytes(UTF_8));
    }

    private static BitSet places(int... places) {
        BitSet set = new BitSet();
        for (int place : places) {
            set.set(place);
        }
        return set;
    }

    private CompletableFuture<Answer> deliver(Item... items) {
        return Delivery.of(List.of(items), new BitSet(), outbox);
    }

    private static Answer done(CompletableFuture<Answer> answer) {
        assertThat(answer).isDone();
        return answer.join();
    }

    private static Delivery.Incomplete incomplete(CompletableFuture<Answer> answer) {
        assertThat(answer).isDone();
        ExecutionException e = catchThrowableOfType(ExecutionException.class, answer::get);
        assertThat(e).isNotNull().hasCauseInstanceOf(Delivery.Incomplete.class);
        return (Delivery.Incomplete) e.getCause();
    }

    @Test
    void isAnsweredWhenTheBrokerHasTheLastEventAndNotBefore() {
        CompletableFuture<Answer> answer =
                deliver(event("a"), new Item.Refused("bad_step", "step must be"), event("b"));
        assertThat(producer().sent()).containsExactly("run=a", "run=b");
        assertThat(producer().history()).allMatch(record -> record.topic().equals("telemetry"));
        assertThat(outbox.heardWithin(Duration.ofDays(1))).isFalse();

        producer().completeNext();
        assertThat(answer).isNotDone();
        assertThat(outbox.heardWithin(Duration.ofDays(1))).isTrue();
        producer().completeNext();

        assertThat(done(answer).accepted()).isEqualTo(2);
        assertThat(done(answer).rejected())
                .containsOnlyKeys(1)
                .containsValue(new Item.Refused("bad_step", "step must be"));
    }

    @Test
    void aBodyWithoutEventsIsAnsweredAtOnceAndTellsNothingOfTheBroker() {
        assertThat(done(deliver()).accepted()).isZero();
        assertThat(done(deliver(new Item.Refused("not_json", "x"))).rejected()).hasSize(1);
        assertThat(producers).isEmpty();
        assertThat(outbox.heardWithin(Duration.ofDays(1))).isFalse();
    }

    @Test
    void whatIsMissingIsKnownAndSentAloneTheNextTime() {
        List<Item> items = List.of(event("a"), event("b"), event("c"), new Item.Refused("no_run", "x"));
        CompletableFuture<Answer> first = Delivery.of(items, new BitSet(), outbox);
        producer().completeNext();
        producer().errorNext(new NotEnoughReplicasException("1 of 2"));
        assertThat(first).as("the third is on its way").isNotDone();
        producer().completeNext();

        Delivery.Incomplete half = incomplete(first);
        assertThat(half.written()).isEqualTo(places(0, 2));
        assertThat(half).hasRootCauseMessage("1 of 2");

        CompletableFuture<Answer> second = Delivery.of(items, half.written(), outbox);
        assertThat(producer().sent()).containsExactly("run=b");
        producer().completeNext();
        assertThat(done(second).accepted()).isEqualTo(3);
        assertThat(done(second).rejected()).containsOnlyKeys(3);
        assertThat(half.written()).as("not the delivery's to change").isEqualTo(places(0, 2));
    }

    @Test
    void afterTheFirstFailureNoMoreIsSent() {
        // As metadata that cannot be had: each send would wait for it again.
        Broker away = new Broker();
        away.sendException = new TimeoutException("no metadata");
        CompletableFuture<Answer> answer = Delivery.of(
                List.of(event("a"), event("b"), event("c")), new BitSet(), new Outbox(() -> away, "telemetry"));
        assertThat(incomplete(answer).written()).isEqualTo(places());
        assertThat(away.attempts).isOne();
        assertThat(away.isClosed).isFalse();
    }

    @Test
    void anEventTooLargeForTheBrokersIsItsOwnFault() {
        CompletableFuture<Answer> answer = deliver(event("a"), event("big"), event("c"));
        producer().completeNext();
        producer().errorNext(new RecordTooLargeException("3 bytes"));
        producer().completeNext();

        assertThat(done(answer).accepted()).isEqualTo(2);
        assertThat(done(answer).rejected().get(1))
                .isEqualTo(new Item.Refused(
                        "too_large",
                        "the event has 6 bytes, more than the brokers take (max.message.bytes); send fewer metrics an"
                                + " event"));
        assertThat(producers).singleElement().matches(producer -> !producer.isClosed);
    }

    @Test
    void aProducerThatBreaksIsReplaced() {
        CompletableFuture<Answer> first = deliver(event("a"));
        Broker broken = producer();
        broken.errorNext(new OutOfOrderSequenceException("broken for good"));
        assertThat(incomplete(first).written()).isEqualTo(places());
        assertThat(broken.isClosed).isTrue();

        CompletableFuture<Answer> second = deliver(event("a"));
        assertThat(producers).hasSize(2);
        producer().completeNext();
        assertThat(done(second).accepted()).isOne();
        assertThat(producer().isClosed).isFalse();
    }

    @Test
    void whatASenderHearsOfTheBrokenOneDoesNotBreakTheNext() {
        deliver(event("a"), event("b"));
        Broker broken = producer();
        broken.errorNext(new OutOfOrderSequenceException("broken for good"));
        deliver(event("c"));
        Broker next = producer();

        broken.errorNext(new KafkaException("Producer is closed forcefully."));

        assertThat(next.isClosed).isFalse();
        assertThat(producers).containsExactly(broken, next);
    }

    @Test
    void rulesOfTheBrokersAndTheirAbsenceBreakNothing() {
        for (RuntimeException error : List.of(
                new TopicAuthorizationException("telemetry"),
                new InvalidTopicException("telemetry"),
                new TimeoutException("expired"))) {
            CompletableFuture<Answer> answer = deliver(event("a"));
            producer().errorNext(error);
            assertThat(incomplete(answer)).hasCause(error);
        }
        assertThat(producers).singleElement().matches(producer -> !producer.isClosed);
    }

    @Test
    void aProducerThatCannotBeMadeFailsTheBodyAndIsTriedAgain() {
        Outbox outboxOfNone = new Outbox(
                () -> {
                    throw new KafkaException("no such class");
                },
                "telemetry");
        CompletableFuture<Answer> answer = Delivery.of(List.of(event("a")), new BitSet(), outboxOfNone);
        assertThat(incomplete(answer)).hasRootCauseMessage("no such class");
    }

    @Test
    void closingGivesWhatIsOnItsWayItsTime() {
        deliver(event("a"));
        outbox.close();
        assertThat(producer().patience).isEqualTo(Duration.ofSeconds(5));
        assertThatCode(new Outbox(Broker::new, "telemetry")::close)
                .as("nothing was ever sent")
                .doesNotThrowAnyException();
    }
}
