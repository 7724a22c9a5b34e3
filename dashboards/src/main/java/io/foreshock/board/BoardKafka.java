package io.foreshock.board;

import io.foreshock.topics.Topics;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Where the topics are.
 *
 * @param bootstrapServers brokers to begin with
 * @param topics their names
 * @param client settings of every Kafka client: {@code security.protocol}, {@code sasl.…}
 */
public record BoardKafka(String bootstrapServers, Topics topics, Map<String, String> client) {
    public BoardKafka {
        client = Map.copyOf(client);
    }

    /** A consumer in no group. */
    public KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(settings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A consumer that sees what a group has committed; it neither joins nor commits. */
    public KafkaConsumer<byte[], byte[]> consumer(String groupId) {
        Map<String, Object> settings = settings();
        settings.put("group.id", groupId);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put("bootstrap.servers", bootstrapServers);
        settings.put("enable.auto.commit", false);
        settings.put("allow.auto.create.topics", false);
        settings.put("fetch.max.wait.ms", 100);
        return settings;
    }
}
