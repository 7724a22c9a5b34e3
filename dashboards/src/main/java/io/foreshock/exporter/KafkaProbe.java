package io.foreshock.exporter;

import io.foreshock.board.BoardKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the job is behind, by the offsets that its checkpoints commit to its consumer group: looked up beside the scrapes, which
 * report what was seen last. While Kafka is away there is nothing to report.
 */
final class KafkaProbe implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaProbe.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** The oldest event of a partition that lags comes with the first fetch. */
    private static final Duration FETCH = Duration.ofSeconds(2);

    private static final double MILLIS = 1e3;

    private final BoardKafka kafka;
    private final String groupId;
    private final LongSupplier clock;
    private @Nullable KafkaConsumer<byte[], byte[]> consumer;
    private volatile @Nullable Seen seen;

    /**
     * What was seen.
     *
     * @param events that came to the telemetry topic, by its offsets
     * @param rows that came to the signals topic
     * @param lag events that the group has not committed
     * @param oldest time stamp of the oldest of them, epoch milliseconds, or -1 if there is none, or it was not to be had
     */
    private record Seen(long events, long rows, long lag, long oldest) {}

    /** @param clock epoch milliseconds */
    KafkaProbe(BoardKafka kafka, String groupId, LongSupplier clock) {
        this.kafka = kafka;
        this.groupId = groupId;
        this.clock = clock;
    }

    /** Looks once; of one thread. */
    void look() {
        try {
            seen = see();
        } catch (KafkaException e) {
            LOG.warn("lag of group {} cannot be looked up: {}", groupId, e.getMessage());
            seen = null;
            // Whatever is wrong with the clients, new ones begin without it.
            close();
        }
    }

    void addTo(Samples samples) {
        Seen last = seen;
        if (last == null) {
            return;
        }
        samples.add(Figure.TELEMETRY_EVENTS, last.events);
        samples.add(Figure.ROWS_JUDGED, last.rows);
        samples.add(Figure.JOB_LAG_EVENTS, last.lag);
        if (last.lag == 0) {
            samples.add(Figure.JOB_LAG_SECONDS, 0);
        } else if (last.oldest >= 0) {
            samples.add(Figure.JOB_LAG_SECONDS, Math.max(0, (clock.getAsLong() - last.oldest) / MILLIS));
        }
    }

    private Seen see() {
        KafkaConsumer<byte[], byte[]> reader = consumer == null ? kafka.consumer(groupId) : consumer;
        consumer = reader;
        Map<TopicPartition, Long> ends = ends(reader, kafka.topics().telemetry().name());
        Map<TopicPartition, Long> positions = positions(reader, ends.keySet());
        long lag = 0;
        Map<TopicPartition, Long> behind = new HashMap<>();
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            long position = positions.getOrDefault(end.getKey(), 0L);
            if (position < end.getValue()) {
                lag += end.getValue() - position;
                behind.put(end.getKey(), position);
            }
        }
        return new Seen(
                sum(ends),
                sum(ends(reader, kafka.topics().signals().name())),
                lag,
                behind.isEmpty() ? -1 : oldest(reader, behind));
    }

    private static Map<TopicPartition, Long> ends(KafkaConsumer<byte[], byte[]> reader, String topic) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (PartitionInfo partition : reader.partitionsFor(topic, PATIENCE)) {
            partitions.add(new TopicPartition(topic, partition.partition()));
        }
        return reader.endOffsets(partitions, PATIENCE);
    }

    /** Where the group stands, or where the topic begins if it has not come so far. */
    private static Map<TopicPartition, Long> positions(
            KafkaConsumer<byte[], byte[]> reader, Set<TopicPartition> partitions) {
        Map<TopicPartition, Long> positions = new HashMap<>(reader.beginningOffsets(partitions, PATIENCE));
        reader.committed(partitions, PATIENCE).forEach((partition, offset) -> {
            if (offset != null) {
                positions.computeIfPresent(partition, (same, first) -> Math.max(first, offset.offset()));
            }
        });
        return positions;
    }

    private static long oldest(KafkaConsumer<byte[], byte[]> reader, Map<TopicPartition, Long> behind) {
        reader.assign(behind.keySet());
        // What was paused the last time is so still.
        reader.resume(reader.paused());
        behind.forEach(reader::seek);
        Set<TopicPartition> waiting = new HashSet<>(behind.keySet());
        long oldest = -1;
        long deadline = System.nanoTime() + FETCH.toNanos();
        while (!waiting.isEmpty() && System.nanoTime() < deadline) {
            for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
                if (waiting.remove(new TopicPartition(record.topic(), record.partition()))) {
                    oldest = oldest < 0 ? record.timestamp() : Math.min(oldest, record.timestamp());
                }
            }
            reader.pause(behind.keySet().stream()
                    .filter(partition -> !waiting.contains(partition))
                    .toList());
        }
        return oldest;
    }

    private static long sum(Map<TopicPartition, Long> offsets) {
        return offsets.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() {
        if (consumer != null) {
            consumer.close();
            consumer = null;
        }
    }
}
