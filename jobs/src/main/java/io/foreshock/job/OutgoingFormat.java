package io.foreshock.job;

import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes to one topic. The record's time is when it is written, not the time of the event it follows from, which Flink
 * would copy: what matters is in the JSON, and retention should count from when it was said.
 */
final class OutgoingFormat implements KafkaRecordSerializationSchema<Outgoing> {
    private final String topic;

    OutgoingFormat(String topic) {
        this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
            Outgoing outgoing, KafkaSinkContext context, @Nullable Long timestamp) {
        return new ProducerRecord<>(topic, outgoing.key(), outgoing.value());
    }
}
