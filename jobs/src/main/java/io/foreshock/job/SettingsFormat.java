package io.foreshock.job;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads the settings topic; what the records say is looked at behind it. */
final class SettingsFormat implements KafkaRecordDeserializationSchema<SettingsRecord> {
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SettingsRecord> out) {
        out.collect(new SettingsRecord(record.offset(), record.key(), record.value()));
    }

    @Override
    public TypeInformation<SettingsRecord> getProducedType() {
        return SettingsRecord.TYPE;
    }
}
