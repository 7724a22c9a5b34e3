package io.foreshock.topics;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A topic of one partition that is read whole and seldom written: what people have set, what was delivered. Each call has a client
 * of its own.
 */
public final class SmallLog {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Map<String, Object> client;
    private final String bootstrapServers;
    private final String topic;

    /**
     * @param bootstrapServers brokers to begin with
     * @param topic its name
     * @param client settings of the Kafka clients, above all how to sign in
     */
    public SmallLog(String bootstrapServers, String topic, Map<String, String> client) {
        this.client = new HashMap<>(client);
        this.client.put("bootstrap.servers", bootstrapServers);
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
    }

    /**
     * All records that lie there now, in their order.
     *
     * @throws KafkaException if they cannot be read; says where, and what to look at
     */
    public List<ConsumerRecord<byte[], byte[]>> read() {
        Map<String, Object> reader = new HashMap<>(client);
        reader.put("enable.auto.commit", false);
        reader.put("allow.auto.create.topics", false);
        reader.put("default.api.timeout.ms", (int) PATIENCE.toMillis());
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(reader, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            KafkaTrouble.requireTopic(topic, bootstrapServers, consumer.partitionsFor(topic));
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (consumer.position(partition) < end) {
                consumer.poll(POLL).forEach(records::add);
                if (System.nanoTime() > deadline) {
                    throw new KafkaException("its end was not reached in " + PATIENCE.toSeconds() + " s");
                }
            }
        } catch (KafkaException e) {
            throw KafkaTrouble.of(topic, bootstrapServers, "cannot be read", e);
        }
        return records;
    }

    /**
     * Writes a record, and returns when the brokers have it.
     *
     * @param value null takes back what was written under this key
     * @throws KafkaException if they do not take it; says where, and what to look at
     */
    public void write(String key, byte @Nullable [] value) {
        Map<String, Object> writer = new HashMap<>(client);
        writer.put("acks", "all");
        writer.put("max.block.ms", PATIENCE.toMillis());
        writer.put("delivery.timeout.ms", (int) PATIENCE.toMillis());
        writer.put("request.timeout.ms", (int) PATIENCE.toMillis() / 2);
        writer.put("linger.ms", 0);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(writer, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, 0, key.getBytes(StandardCharsets.UTF_8), value))
                    .get();
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new KafkaException(KafkaTrouble.words(topic, bootstrapServers, "does not take it", cause), e);
        } catch (KafkaException e) {
            throw KafkaTrouble.of(topic, bootstrapServers, "does not take it", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while writing to " + topic, e);
        }
    }
}
