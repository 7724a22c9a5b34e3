package io.foreshock.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.board.BoardRun;
import io.foreshock.board.InForce;
import io.foreshock.board.Told;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident.Status;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A run whose telemetry cannot be read, by a clock that stands still until it is told to go on. */
class WatchTest {
    private static final String RUN = "llama-7b-3";
    private static final String TOPIC = "foreshock.telemetry";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    /** What is found at each try, in order. */
    private final BlockingQueue<Supplier<RunTelemetry>> tries = new LinkedBlockingQueue<>();

    /** How long it wanted to wait before each further try. */
    private final BlockingQueue<Long> pauses = new LinkedBlockingQueue<>();

    private final Semaphore over = new Semaphore(0);

    private Watch watch() {
        BoardRun run = new BoardRun(RUN);
        return new Watch(
                run, new InForce(Signatures.all()), () -> tries.remove().get(), (millis, closed) -> {
                    pauses.add(millis);
                    over.acquire();
                });
    }

    private void failing(String reason) {
        tries.add(() -> {
            throw new KafkaException(reason);
        });
    }

    /** A topic that holds the rows of these steps, gives so many more when it is followed, does this, and breaks. */
    private void holding(int rows, int more, String reason, Runnable meanwhile) {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
        consumer.updatePartitions(TOPIC, List.of(new PartitionInfo(TOPIC, 0, null, new Node[0], new Node[0])));
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(Map.of(PARTITION, (long) rows));
        consumer.schedulePollTask(() -> {
            meanwhile.run();
            add(consumer, 0, rows);
        });
        consumer.schedulePollTask(() -> add(consumer, rows, rows + more));
        consumer.schedulePollTask(() -> consumer.setPollException(new KafkaException(reason)));
        tries.add(() -> new RunTelemetry(consumer, TOPIC, RUN));
    }

    private static void add(MockConsumer<byte[], byte[]> consumer, int from, int to) {
        for (int step = from; step < to; step++) {
            byte[] value = new EventWriter()
                    .write(StepSample.builder(RUN, step)
                            .ts(Told.at(step))
                            .metric("loss", 3.0)
                            .build());
            consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, step, null, value));
        }
    }

    /** Lets it try once more, and waits until it gave up. */
    private void again() throws InterruptedException {
        over.release();
        givenUp();
    }

    private void givenUp() throws InterruptedException {
        assertThat(pauses.poll(60, TimeUnit.SECONDS)).as("milliseconds to wait").isEqualTo(10_000);
    }

    private static JsonNode run(Watch watch) throws Exception {
        return new ObjectMapper().readTree(watch.drawn().json()).at("/runs/0");
    }

    private static List<String> told(Watch watch, String cursor) {
        Watch.Since since = watch.since(cursor, 1_000);
        assertThat(since.anew()).as("%s is known", cursor).isFalse();
        return since.news().stream().map(Watch.News::event).toList();
    }

    @Test
    void itIsReadAgainEveryTenSecondsAndNothingIsToldBeforeItWasRead() throws Exception {
        failing("not authorized");
        failing("there is no topic");
        holding(3, 0, "gone", () -> {});
        try (Watch watch = watch()) {
            givenUp();
            String cursor = watch.cursor();
            assertThat(watch.trouble()).isEqualTo("telemetry cannot be read: not authorized");
            assertThat(watch.drawn()).isNull();
            assertThat(told(watch, cursor)).isEmpty();

            again();
            assertThat(watch.trouble()).isEqualTo("telemetry cannot be read: there is no topic");
            assertThat(watch.drawn()).isNull();
            assertThat(told(watch, cursor)).isEmpty();

            again();
            assertThat(told(watch, cursor)).containsExactly("view");
            assertThat(run(watch).get("rows").asInt()).isEqualTo(3);
        }
    }

    @Test
    void whatWasReadStaysWhileItCannotBeReadAnyMoreAndNothingIsThereTwiceAfterwards() throws Exception {
        holding(3, 2, "gone", () -> {});
        failing("still gone");
        try (Watch watch = watch()) {
            String cursor = watch.cursor();
            givenUp();
            assertThat(watch.trouble()).isEqualTo("telemetry cannot be read: gone");
            assertThat(told(watch, cursor)).containsExactly("view", "row", "row");
            assertThat(run(watch).get("rows").asInt()).isEqualTo(5);

            String known = watch.cursor();
            again();
            assertThat(watch.trouble()).isEqualTo("telemetry cannot be read: still gone");
            assertThat(told(watch, known)).isEmpty();
            assertThat(run(watch).get("rows").asInt()).isEqualTo(5);

            // Read anew in full; what is said of the run meanwhile is in it, too.
            holding(
                    8,
                    1,
                    "gone again",
                    () -> watch.incident(Told.incident(RUN, "loss_spike", Severity.WARNING, Status.OPEN, 4, 5)));
            again();
            assertThat(told(watch, known)).containsExactly("incident", "view", "row");
            assertThat(run(watch).get("rows").asInt()).isEqualTo(9);
            assertThat(run(watch).at("/attempts/0/last_step").asInt()).isEqualTo(8);
            assertThat(run(watch).get("incidents").findValuesAsText("signature"))
                    .containsExactly("loss_spike");
        }
    }

    @Test
    void whoLostTheConnectionAfterAnyRowGoesOnWithTheNextOne() throws Exception {
        holding(3, 4, "gone", () -> {});
        try (Watch watch = watch()) {
            String cursor = watch.cursor();
            givenUp();
            List<Watch.News> news = watch.since(cursor, 1_000).news();
            for (int i = 0; i < news.size(); i++) {
                assertThat(watch.since(watch.cursor(news.get(i)), 1_000).news())
                        .isEqualTo(news.subList(i + 1, news.size()));
            }
        }
    }
}
