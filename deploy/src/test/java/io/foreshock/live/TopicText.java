package io.foreshock.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What a topic holds at this moment. */
final class TopicText {
    private TopicText() {}

    /** Its records as {@code key=value}, by partition and offset. */
    static List<String> of(String bootstrapServers, String topic) {
        List<String> records = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers), new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(part -> new TopicPartition(topic, part.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    records.add(record.key() + "=" + record.value());
                }
            }
        }
        return records;
    }

    /** Those of one key, without it. */
    static List<String> of(String bootstrapServers, String topic, String key) {
        return of(bootstrapServers, topic).stream()
                .filter(record -> record.startsWith(key + "="))
                .map(record -> record.substring(key.length() + 1))
                .toList();
    }

    /** Bytes of ASCII, as sockets take them. */
    static byte[] ascii(String text) {
        return text.getBytes(UTF_8);
    }
}
