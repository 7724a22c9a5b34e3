package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.publish.TelemetryPublisher.Settings;
import io.foreshock.publish.TelemetryPublisher.Stats;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.topics.Topics;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Parsed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker goes away and comes back; the trainer must not notice. */
class TelemetryPublisherITCase {
    private static final int BUFFER = 5_000;
    private static final int BEFORE = 1_000;
    private static final int DURING = 9_000;
    private static final int AFTER = 500;

    /** A training step is tens of milliseconds at least; a garbage collection may take some. */
    private static final long LONGEST_CALL_MILLIS = 500;

    @TempDir
    Path directory;

    @Test
    void aBrokerThatIsAwayCostsOldEventsAtMostAndNeverTime() throws Exception {
        long longest = 0;
        EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0);
        int port = kafka.port();
        create(kafka.bootstrapServers());
        Settings settings =
                new Settings(TelemetryPublisher.TOPIC, BUFFER, 1L << 30, Duration.ofMillis(50), Duration.ofMillis(500));
        try (TelemetryPublisher publisher =
                TelemetryPublisher.connect(Map.of("bootstrap.servers", kafka.bootstrapServers()), settings)) {
            longest = Math.max(longest, publish(publisher, 0, BEFORE));
            assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();
            kafka.close();

            longest = Math.max(longest, publish(publisher, BEFORE, BEFORE + DURING));
            Stats away = publisher.stats();
            assertThat(away.buffered()).isEqualTo(BUFFER);
            assertThat(away.dropped()).isEqualTo(DURING - BUFFER);

            kafka = EmbeddedKafka.start(directory, port);
            longest = Math.max(longest, publish(publisher, BEFORE + DURING, BEFORE + DURING + AFTER));
            assertThat(publisher.flush(Duration.ofSeconds(40))).isTrue();

            Stats back = publisher.stats();
            assertThat(back.accepted()).isEqualTo(BEFORE + DURING + AFTER);
            assertThat(back.sent() + back.dropped()).isEqualTo(back.accepted());
            List<Long> arrived = read(kafka.bootstrapServers(), back.sent());
            assertThat(arrived).isSorted().doesNotHaveDuplicates().hasSize((int) back.sent());
            assertThat(arrived)
                    .containsAll(steps(0, BEFORE))
                    .containsAll(steps(BEFORE + DURING, BEFORE + DURING + AFTER));
            assertThat(longest).as("longest call, ms").isLessThan(LONGEST_CALL_MILLIS);
        } finally {
            kafka.close();
        }
    }

    private static List<Long> steps(int from, int to) {
        return LongStream.range(from, to).boxed().toList();
    }

    /** Returns the longest call in milliseconds. */
    private static long publish(TelemetryPublisher publisher, int from, int to) {
        long longest = 0;
        for (int step = from; step < to; step++) {
            long began = System.nanoTime();
            publisher.publish(StepSample.builder("r", step).metric("loss", 2).build());
            longest = Math.max(longest, System.nanoTime() - began);
        }
        return longest / 1_000_000;
    }

    private static void create(String bootstrapServers) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            Topics.standard().ensure(admin);
        }
    }

    private static List<Long> read(String bootstrapServers, long count) throws InterruptedException {
        EventReader reader = new EventReader();
        List<Long> steps = new ArrayList<>();
        try (TopicFeed feed = TopicFeed.open(bootstrapServers, List.of(TelemetryPublisher.TOPIC), (record, before) -> {
            Parsed event = reader.read(record.key(), record.value(), record.partition(), record.offset(), -1);
            synchronized (steps) {
                steps.add(((Parsed.Sample) event).sample().step());
            }
        })) {
            assertThat(feed.awaitCaughtUp(Duration.ofSeconds(20))).isTrue();
            Judged.await(Duration.ofSeconds(10), () -> {
                synchronized (steps) {
                    return steps.size() >= count;
                }
            });
        }
        return steps;
    }
}
