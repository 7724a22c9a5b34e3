package io.foreshock.page;

import io.foreshock.board.BoardKafka;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;

/**
 * The telemetry of one run, read out of its partition: what lies there, and then what comes. Kafka's own clients put a run into
 * the partition that the hash of its key says; if nothing is there, the others are read, too. One thread at a time.
 */
final class RunTelemetry implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    /** Clocks of publishers differ: so much before the first record that is known of, in milliseconds. */
    private static final long MARGIN = 600_000;

    /** Takes what was read. */
    interface Samples {
        void take(StepSample sample);
    }

    private final String run;
    private final byte[] key;
    private final Consumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final EventReader reader = new EventReader();
    private final Set<Integer> homes = new TreeSet<>();
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    RunTelemetry(BoardKafka kafka, String run) {
        this(kafka.consumer(), kafka.topics().telemetry().name(), run);
    }

    RunTelemetry(Consumer<byte[], byte[]> consumer, String topic, String run) {
        this.run = run;
        this.key = run.getBytes(StandardCharsets.UTF_8);
        this.consumer = consumer;
        try {
            consumer.partitionsFor(topic)
                    .forEach(found -> partitions.add(new TopicPartition(topic, found.partition())));
            if (partitions.isEmpty()) {
                throw new KafkaException("there is no topic " + topic + "; 'foreshock topics --create' makes it");
            }
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /**
     * Reads what lies in the topic.
     *
     * @param since when its first record came, epoch milliseconds; negative if it is not known
     * @param stop asked often: true to leave off
     */
    void read(long since, Samples out, BooleanSupplier stop) {
        int hashed = Utils.toPositive(Utils.murmur2(key)) % partitions.size();
        List<TopicPartition> home = new ArrayList<>();
        List<TopicPartition> others = new ArrayList<>();
        partitions.forEach(partition -> (partition.partition() == hashed ? home : others).add(partition));
        pass(home, since, out, stop);
        if (homes.isEmpty() && !others.isEmpty()) {
            pass(others, since, out, stop);
        }
    }

    private void pass(List<TopicPartition> assigned, long since, Samples out, BooleanSupplier stop) {
        consumer.assign(assigned);
        consumer.seekToBeginning(assigned);
        if (since >= 0) {
            Map<TopicPartition, Long> times = new HashMap<>();
            assigned.forEach(partition -> times.put(partition, Math.max(0, since - MARGIN)));
            Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
            found.forEach((partition, offset) -> {
                if (offset != null) {
                    consumer.seek(partition, offset.offset());
                }
            });
        }
        Map<TopicPartition, Long> ends = consumer.endOffsets(assigned);
        while (!stop.getAsBoolean() && !reached(ends)) {
            poll(out);
        }
        assigned.forEach(partition -> positions.put(partition, consumer.position(partition)));
    }

    private boolean reached(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /** Goes on with what comes from now on, until told to stop. */
    void follow(Samples out, BooleanSupplier stop) {
        List<TopicPartition> followed = partitions.stream()
                .filter(partition -> homes.isEmpty() || homes.contains(partition.partition()))
                .toList();
        consumer.assign(followed);
        for (TopicPartition partition : followed) {
            Long position = positions.get(partition);
            if (position == null) {
                consumer.seekToEnd(List.of(partition));
            } else {
                consumer.seek(partition, position);
            }
        }
        while (!stop.getAsBoolean()) {
            poll(out);
        }
    }

    private void poll(Samples out) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            boolean keyed = record.key() != null && record.key().length > 0;
            if (keyed && !Arrays.equals(record.key(), key)) {
                continue;
            }
            Parsed parsed =
                    reader.read(record.key(), record.value(), record.partition(), record.offset(), record.timestamp());
            if (parsed instanceof Parsed.Sample read && read.sample().run().equals(run)) {
                homes.add(record.partition());
                out.take(read.sample());
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
