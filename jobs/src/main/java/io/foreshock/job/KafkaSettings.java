package io.foreshock.job;

import io.foreshock.topics.SmallLog;
import io.foreshock.topics.Topics;
import java.util.Map;

/**
 * The job against Kafka.
 *
 * @param bootstrapServers brokers to begin with, {@code host:port,…}
 * @param groupId the consumer group whose committed offsets are where a job without a checkpoint begins
 * @param topics where to read and write
 * @param createTopics whether missing topics are created at the start
 * @param client settings of every Kafka client, above all how to sign in ({@code security.protocol}, {@code sasl.…})
 * @param job what the job does
 */
public record KafkaSettings(
        String bootstrapServers,
        String groupId,
        Topics topics,
        boolean createTopics,
        Map<String, String> client,
        JobSettings job) {
    public KafkaSettings {
        if (bootstrapServers.isBlank()) {
            throw new IllegalArgumentException("bootstrap-servers must be host:port,…, got nothing");
        }
        if (groupId.isBlank()) {
            throw new IllegalArgumentException("group-id must not be empty");
        }
        client = Map.copyOf(client);
    }

    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(bootstrapServers, "foreshock", Topics.standard(), true, Map.of(), JobSettings.DEFAULT);
    }

    /** The settings topic of this job, to be read or written. */
    public SmallLog settingsLog() {
        return new SmallLog(bootstrapServers, topics.settings().name(), client);
    }

    public KafkaSettings withGroupId(String changed) {
        return new KafkaSettings(bootstrapServers, changed, topics, createTopics, client, job);
    }

    public KafkaSettings withTopics(Topics changed) {
        return new KafkaSettings(bootstrapServers, groupId, changed, createTopics, client, job);
    }

    public KafkaSettings withClient(Map<String, String> changed) {
        return new KafkaSettings(bootstrapServers, groupId, topics, createTopics, changed, job);
    }

    public KafkaSettings withJob(JobSettings changed) {
        return new KafkaSettings(bootstrapServers, groupId, topics, createTopics, client, changed);
    }
}
