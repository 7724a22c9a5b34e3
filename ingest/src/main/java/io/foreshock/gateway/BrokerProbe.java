package io.foreshock.gateway;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Asks the brokers now and then whether they are there and have the topic, whether or not anybody sends. */
final class BrokerProbe implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Admin admin;
    private final String servers;
    private final String topic;
    private volatile @Nullable String trouble = "the brokers have not been asked yet";

    /** @param client settings of a Kafka client, with {@code bootstrap.servers} */
    BrokerProbe(Map<String, Object> client, String servers, String topic) {
        this.admin = Admin.create(client);
        this.servers = servers;
        this.topic = topic;
    }

    /** What is wrong, or null. */
    @Nullable
    String trouble() {
        return trouble;
    }

    void look() {
        try {
            admin.describeTopics(List.of(topic)).allTopicNames().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            trouble = null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException | KafkaException e) {
            trouble = words(e);
        }
    }

    private String words(Exception error) {
        Throwable cause = error.getCause() == null ? error : error.getCause();
        if (cause instanceof UnknownTopicOrPartitionException) {
            return "there is no topic " + topic + " at " + servers + "; foreshock topics --create makes it";
        }
        if (cause instanceof TimeoutException || cause instanceof org.apache.kafka.common.errors.TimeoutException) {
            return "no Kafka answers at " + servers;
        }
        return "topic " + topic + " at " + servers + " cannot be written: " + cause.getMessage();
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
