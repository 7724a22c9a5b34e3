package io.foreshock.job;

import io.foreshock.topics.SmallLog;
import java.util.HashMap;
import java.util.List;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * The settings topic as the job reads it: to its end before it judges anything, so that what was muted stays so from
 * the first event on; after that it hears of changes as they come.
 */
final class SettingsTopic implements SerializableSupplier<List<SettingsRecord>> {
    private final String bootstrapServers;
    private final String topic;
    private final HashMap<String, String> client;

    SettingsTopic(KafkaSettings settings) {
        bootstrapServers = settings.bootstrapServers();
        topic = settings.topics().settings().name();
        client = new HashMap<>(settings.client());
    }

    @Override
    public List<SettingsRecord> get() {
        return new SmallLog(bootstrapServers, topic, client)
                .read().stream()
                        .map(record -> new SettingsRecord(record.offset(), record.key(), record.value()))
                        .toList();
    }
}
