package io.foreshock.job;

import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsChange;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The settings topic, read to its end or written to. A job reads it before it judges anything, so that what was muted
 * stays so from the first event on; after that it hears of changes as they come.
 */
public final class SettingsTopic implements SerializableSupplier<List<SettingsRecord>> {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HashMap<String, Object> client;
    private final String topic;

    /** The settings topic of this job. */
    public SettingsTopic(KafkaSettings settings) {
        client = new HashMap<>(settings.client());
        client.put("bootstrap.servers", settings.bootstrapServers());
        topic = settings.topics().settings().name();
    }

    /** All records that lie there now, in their order. */
    @Override
    public List<SettingsRecord> get() {
        Map<String, Object> reader = new HashMap<>(client);
        reader.put("enable.auto.commit", false);
        reader.put("allow.auto.create.topics", false);
        reader.put("default.api.timeout.ms", (int) PATIENCE.toMillis());
        List<SettingsRecord> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(reader, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    records.add(new SettingsRecord(record.offset(), record.key(), record.value()));
                }
                if (System.nanoTime() > deadline) {
                    throw new KafkaException("topic " + topic + " could not be read to its end in " + PATIENCE);
                }
            }
        }
        return records;
    }

    /**
     * The settings in force: the last ones that lie there and can be followed, as the job follows them.
     *
     * @param known the signatures that come with Foreshock
     * @throws KafkaException if the topic cannot be read
     */
    public Settings inForce(List<Signature> known) {
        LiveSettings live = new LiveSettings(known);
        get().forEach(live::follow);
        return live.settings();
    }

    /**
     * Writes what was changed, and returns when the brokers have it.
     *
     * @throws KafkaException if they do not take it
     */
    public void publish(SettingsChange change) {
        Map<String, Object> writer = new HashMap<>(client);
        writer.put("acks", "all");
        writer.put("max.block.ms", PATIENCE.toMillis());
        writer.put("delivery.timeout.ms", (int) PATIENCE.toMillis());
        writer.put("request.timeout.ms", (int) PATIENCE.toMillis() / 2);
        writer.put("linger.ms", 0);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(writer, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, 0, change.key().getBytes(StandardCharsets.UTF_8), change.json()))
                    .get();
        } catch (ExecutionException e) {
            throw new KafkaException("topic " + topic + " does not take it: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while writing to " + topic, e);
        }
    }
}
