package io.foreshock.topics;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The records that lay in a topic when it was opened, read once, in no consumer group: nobody who follows the topic
 * notices.
 *
 * <p><b>Order.</b> Within a partition that of the offsets; across partitions the record with the earlier time stamp
 * comes first, so that what one producer spread over partitions comes as it was sent. For that each partition is read
 * as far as its next wanted record before one is handed over.
 *
 * <p><b>Memory.</b> Of each partition at most {@value #HELD_BYTES} bytes of wanted records wait, and one fetch.
 *
 * <p>One thread at a time.
 */
public final class RetainedRecords implements Closeable {
    /** What waits of a partition while others are read; more than this and it pauses. */
    private static final long HELD_BYTES = 4L << 20;

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration METADATA_PATIENCE = Duration.ofSeconds(20);
    private static final Duration READ_PATIENCE = Duration.ofSeconds(60);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String topic;
    private final Predicate<ConsumerRecord<byte[], byte[]>> wanted;
    private final Map<TopicPartition, Lane> lanes = new HashMap<>();
    /** Lanes that have not been handed over to their end. */
    private final List<Lane> open = new ArrayList<>();

    private final long total;

    /** A partition. */
    private static final class Lane {
        private final TopicPartition partition;
        private final long start;
        private final long end;
        private final ArrayDeque<ConsumerRecord<byte[], byte[]>> waiting = new ArrayDeque<>();
        private long bytes;
        private long position;
        private boolean paused;

        Lane(TopicPartition partition, long start, long end) {
            this.partition = partition;
            this.start = start;
            this.end = end;
            this.position = start;
        }

        boolean isRead() {
            return position >= end;
        }

        long time() {
            return waiting.getFirst().timestamp();
        }
    }

    private RetainedRecords(
            KafkaConsumer<byte[], byte[]> consumer, String topic, Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
        this.consumer = consumer;
        this.topic = topic;
        this.wanted = wanted;
        List<TopicPartition> partitions = new ArrayList<>();
        for (PartitionInfo partition : consumer.partitionsFor(topic, METADATA_PATIENCE)) {
            partitions.add(new TopicPartition(topic, partition.partition()));
        }
        partitions.sort(Comparator.comparingInt(TopicPartition::partition));
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, METADATA_PATIENCE);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, METADATA_PATIENCE);
        long records = 0;
        for (TopicPartition partition : partitions) {
            Lane lane = new Lane(partition, starts.getOrDefault(partition, 0L), ends.getOrDefault(partition, 0L));
            records += lane.end - lane.start;
            lanes.put(partition, lane);
            open.add(lane);
        }
        this.total = records;
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /**
     * Opens a topic.
     *
     * @param client settings of the Kafka client, {@code bootstrap.servers} among them
     * @param wanted which records are handed over; asked once of each record, in the order of offsets
     * @throws IOException if no broker answers or the topic is not there; the message says which
     */
    public static RetainedRecords open(
            Map<String, String> client, String topic, Predicate<ConsumerRecord<byte[], byte[]>> wanted)
            throws IOException {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put("enable.auto.commit", "false");
        settings.put("allow.auto.create.topics", "false");
        settings.put("auto.offset.reset", "earliest");
        KafkaConsumer<byte[], byte[]> consumer;
        try {
            consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        } catch (KafkaException e) {
            throw unreadable(topic, client, e);
        }
        try {
            RetainedRecords records = new RetainedRecords(consumer, topic, wanted);
            if (records.lanes.isEmpty()) {
                throw new IOException("there is no topic " + topic + " at " + client.get("bootstrap.servers")
                        + "; foreshock topics --create makes it");
            }
            return records;
        } catch (KafkaException e) {
            consumer.close();
            throw unreadable(topic, client, e);
        } catch (IOException | RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private static IOException unreadable(String topic, Map<String, String> client, KafkaException e) {
        String place = client.getOrDefault("bootstrap.servers", "");
        return new IOException(KafkaTrouble.words(topic, place, "cannot be read", e), e);
    }

    /** Records between the beginning and the end of the topic when it was opened; a few more than can be read. */
    public long total() {
        return total;
    }

    /** How many of {@link #total} lie behind. */
    public long read() {
        return lanes.values().stream()
                .mapToLong(lane -> Math.min(lane.position, lane.end) - lane.start)
                .sum();
    }

    /** True if older records of the partition had been deleted when it was opened. */
    public boolean isTruncated(int partition) {
        Lane lane = lanes.get(new TopicPartition(topic, partition));
        return lane != null && lane.start > 0;
    }

    /**
     * The next wanted record, or null after the last.
     *
     * @throws IOException if the brokers stop giving records
     */
    public @Nullable ConsumerRecord<byte[], byte[]> next() throws IOException {
        long deadline = 0;
        while (true) {
            open.removeIf(lane -> lane.isRead() && lane.waiting.isEmpty());
            if (open.isEmpty()) {
                return null;
            }
            Lane first = first();
            if (first != null) {
                ConsumerRecord<byte[], byte[]> record = first.waiting.removeFirst();
                first.bytes -= size(record);
                return record;
            }
            long before = read();
            fetch();
            long now = System.nanoTime();
            if (deadline == 0 || read() > before) {
                deadline = now + READ_PATIENCE.toNanos();
            } else if (now - deadline > 0) {
                throw new IOException("topic " + topic + " cannot be read to its end: nothing came for "
                        + READ_PATIENCE.toSeconds() + " s, " + (total - read()) + " records before it");
            }
        }
    }

    /** The partition whose record is next; null while one has to be read further before that is known. */
    private @Nullable Lane first() {
        Lane first = null;
        for (Lane lane : open) {
            if (lane.waiting.isEmpty()) {
                return null;
            }
            if (first == null || lane.time() < first.time()) {
                first = lane;
            }
        }
        return first;
    }

    private void fetch() throws IOException {
        List<TopicPartition> pause = new ArrayList<>();
        List<TopicPartition> resume = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            boolean full = lane.isRead() || lane.bytes >= HELD_BYTES;
            if (full != lane.paused) {
                (full ? pause : resume).add(lane.partition);
                lane.paused = full;
            }
        }
        consumer.pause(pause);
        consumer.resume(resume);
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                Lane lane = lanes.get(new TopicPartition(topic, record.partition()));
                if (lane != null && record.offset() < lane.end && wanted.test(record)) {
                    lane.waiting.addLast(record);
                    lane.bytes += size(record);
                }
            }
            for (Lane lane : lanes.values()) {
                // Past compacted records and the marks of transactions, too.
                lane.position = Math.max(lane.position, consumer.position(lane.partition));
            }
        } catch (KafkaException e) {
            throw new IOException("topic " + topic + " cannot be read to its end: " + e.getMessage(), e);
        }
    }

    private static long size(ConsumerRecord<byte[], byte[]> record) {
        // What the record costs in memory besides its bytes is near this.
        return 200L + Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }

    @Override
    public void close() {
        consumer.close();
    }
}
