package io.foreshock.follow;

import io.foreshock.publish.TelemetryPublisher;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic of Kafka. The producer is idempotent and never gives up, so that events arrive once each and in order. */
public final class KafkaOutlet implements Outlet {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(200);
    /** Records keep coming within this, or the brokers are in trouble. */
    private static final Duration READ_PATIENCE = Duration.ofSeconds(60);

    private final Map<String, Object> client;
    private final String topic;
    private final String id;
    private final KafkaProducer<byte[], byte[]> producer;

    private KafkaOutlet(Map<String, Object> client, String topic, String id, KafkaProducer<byte[], byte[]> producer) {
        this.client = client;
        this.topic = topic;
        this.id = id;
        this.producer = producer;
    }

    /**
     * Connects.
     *
     * @param client settings of the Kafka client, {@code bootstrap.servers} among them
     * @throws BeginAnew if no broker answers
     * @throws IOException if the topic is not there, or the settings are wrong
     */
    public static KafkaOutlet connect(Map<String, String> client, String topic) throws IOException {
        Map<String, Object> settings = new HashMap<>(client);
        try {
            String id = id(settings, topic);
            Map<String, Object> sending = new HashMap<>(TelemetryPublisher.producerProperties());
            sending.putAll(settings);
            return new KafkaOutlet(
                    settings,
                    topic,
                    id,
                    new KafkaProducer<>(sending, new ByteArraySerializer(), new ByteArraySerializer()));
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("Kafka at " + client.get("bootstrap.servers") + ": " + cause.getMessage(), e);
        }
    }

    private static String id(Map<String, Object> client, String topic) throws IOException {
        String servers = String.valueOf(client.get("bootstrap.servers"));
        try (Admin admin = Admin.create(client)) {
            return Objects.requireNonNull(admin.describeTopics(List.of(topic))
                            .allTopicNames()
                            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                            .get(topic))
                    .topicId()
                    .toString();
        } catch (TimeoutException e) {
            throw away(servers, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof UnknownTopicOrPartitionException) {
                throw new IOException(
                        "there is no topic " + topic + " at " + servers + "; foreshock topics --create makes it", e);
            }
            if (cause instanceof org.apache.kafka.common.errors.TimeoutException) {
                throw away(servers, e);
            }
            throw new IOException("Kafka at " + servers + ": " + cause.getMessage(), e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private static BeginAnew away(String servers, Exception e) {
        return new BeginAnew("no Kafka answers at " + servers + "; is it there, and --bootstrap-servers right?", e);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Map<Integer, Long> read(Map<Integer, Long> from, Reading each) throws IOException {
        Map<String, Object> reading = new HashMap<>(client);
        reading.put("enable.auto.commit", "false");
        reading.put("allow.auto.create.topics", "false");
        // What retention has deleted meanwhile is of no concern any more.
        reading.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (PartitionInfo partition : consumer.partitionsFor(topic, PATIENCE)) {
                partitions.add(new TopicPartition(topic, partition.partition()));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, PATIENCE);
            from.forEach((partition, offset) -> {
                TopicPartition at = new TopicPartition(topic, partition);
                if (ends.containsKey(at)) {
                    consumer.seek(at, Math.min(offset, ends.getOrDefault(at, 0L)));
                }
            });
            read(consumer, ends, each);
            Map<Integer, Long> read = new HashMap<>();
            ends.forEach((partition, end) -> read.put(partition.partition(), end));
            return read;
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            throw new BeginAnew("topic " + topic + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void read(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, Reading each)
            throws IOException {
        long left = Long.MAX_VALUE;
        long deadline = 0;
        while (true) {
            long now = 0;
            List<TopicPartition> done = new ArrayList<>();
            for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
                long behind = Math.max(0, end.getValue() - consumer.position(end.getKey(), PATIENCE));
                now += behind;
                if (behind == 0) {
                    done.add(end.getKey());
                }
            }
            if (now == 0) {
                return;
            }
            consumer.pause(done);
            if (now < left) {
                left = now;
                deadline = System.nanoTime() + READ_PATIENCE.toNanos();
            } else if (System.nanoTime() - deadline > 0) {
                throw new BeginAnew(
                        "topic " + topic + " cannot be read to its end: nothing came for " + READ_PATIENCE.toSeconds()
                                + " s, " + left + " records before it",
                        new TimeoutException());
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                byte[] key = record.key();
                byte[] value = record.value();
                // Ours have both.
                if (key != null && value != null) {
                    each.record(record.partition(), record.offset(), key, value);
                }
            }
        }
    }

    @Override
    public void send(byte[] key, byte[] value, Receipt receipt) {
        producer.send(new ProducerRecord<>(topic, key, value), (metadata, failure) -> {
            if (failure == null) {
                receipt.acknowledged(metadata.partition(), metadata.offset());
            } else {
                receipt.failed(failure);
            }
        });
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
