package io.foreshock.topics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads topics from their beginning and then as they grow, on a thread of its own, in no group. */
public final class TopicFeed implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration METADATA_PATIENCE = Duration.ofSeconds(20);
    private static final long CLOSE_PATIENCE_MILLIS = 2_000;

    /** A consumer says nothing of brokers that are away: one that hears nothing for so long asks whether they are there. */
    private static final Duration ASK_AFTER = Duration.ofSeconds(5);

    private static final Duration ASK_PATIENCE = Duration.ofSeconds(5);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Reader reader;
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable RuntimeException failure;
    private volatile boolean answered = true;

    /** Takes the records, one after the other. */
    public interface Reader {
        /**
         * A record.
         *
         * @param before true if the record was there when the feed was opened
         */
        void read(ConsumerRecord<byte[], byte[]> record, boolean before);
    }

    private TopicFeed(KafkaConsumer<byte[], byte[]> consumer, Reader reader) {
        this.consumer = consumer;
        this.reader = reader;
        this.thread = new Thread(this::run, "foreshock-feed");
        thread.setDaemon(true);
    }

    /** Opens the topics; what they hold already is handed over first, marked so. */
    public static TopicFeed open(String bootstrapServers, List<String> topics, Reader reader) {
        return open(bootstrapServers, Map.of(), topics, reader);
    }

    /**
     * The same on a cluster that asks who we are.
     *
     * @param client settings of the Kafka client: {@code security.protocol}, {@code sasl.…}
     * @throws KafkaException if the brokers cannot be reached, or a topic is not there; says which, and what to look at
     */
    public static TopicFeed open(
            String bootstrapServers, Map<String, String> client, List<String> topics, Reader reader) {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put("bootstrap.servers", bootstrapServers);
        settings.put("enable.auto.commit", "false");
        settings.put("fetch.max.wait.ms", "100");
        settings.put("allow.auto.create.topics", "false");
        KafkaConsumer<byte[], byte[]> consumer;
        try {
            consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        } catch (KafkaException e) {
            throw KafkaTrouble.of(topics.get(0), bootstrapServers, "cannot be read", e);
        }
        try {
            List<TopicPartition> partitions = new ArrayList<>();
            for (String topic : topics) {
                for (PartitionInfo partition : partitions(consumer, topic, bootstrapServers)) {
                    partitions.add(new TopicPartition(topic, partition.partition()));
                }
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
        TopicFeed feed = new TopicFeed(consumer, reader);
        feed.thread.start();
        return feed;
    }

    private static List<PartitionInfo> partitions(
            KafkaConsumer<byte[], byte[]> consumer, String topic, String bootstrapServers) {
        try {
            return KafkaTrouble.requireTopic(topic, bootstrapServers, consumer.partitionsFor(topic, METADATA_PATIENCE));
        } catch (KafkaException e) {
            throw KafkaTrouble.of(topic, bootstrapServers, "cannot be read", e);
        }
    }

    /** Waits until all that was there on opening was handed over; false if that took longer. */
    public boolean awaitCaughtUp(Duration patience) throws InterruptedException {
        return caughtUp.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What ended the feed before it was closed, or null. */
    public @Nullable RuntimeException failure() {
        return failure;
    }

    /** False while the brokers do not answer; what they have is read when they do. */
    public boolean isAnswered() {
        return answered;
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(CLOSE_PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (consumer) {
            Map<TopicPartition, Long> before = consumer.endOffsets(consumer.assignment());
            boolean behind = true;
            long heard = System.nanoTime();
            while (!closed) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                if (!records.isEmpty() || System.nanoTime() - heard > ASK_AFTER.toNanos()) {
                    answered = !records.isEmpty() || answers();
                    heard = System.nanoTime();
                }
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                    reader.read(record, record.offset() < before.getOrDefault(partition, 0L));
                }
                if (behind && reached(before)) {
                    behind = false;
                    caughtUp.countDown();
                }
            }
        } catch (WakeupException | InterruptException e) {
            // Told to stop.
            caughtUp.countDown();
        } catch (RuntimeException e) {
            failure = e;
            caughtUp.countDown();
        }
    }

    private boolean answers() {
        try {
            consumer.endOffsets(consumer.assignment(), ASK_PATIENCE);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private boolean reached(Map<TopicPartition, Long> ends) {
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            if (consumer.position(end.getKey()) < end.getValue()) {
                return false;
            }
        }
        return true;
    }
}
