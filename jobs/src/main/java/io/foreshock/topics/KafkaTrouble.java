package io.foreshock.topics;

import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What a Kafka client says when it cannot do its work, in words that name the topic and the brokers, and what to look at. */
final class KafkaTrouble {
    private KafkaTrouble() {}

    /**
     * The words.
     *
     * @param topic the topic that was asked for
     * @param servers the brokers that were asked
     * @param work what could not be done: "cannot be read"
     */
    static String words(String topic, String servers, String work, Throwable error) {
        if (error instanceof TimeoutException) {
            return "no Kafka answers at " + servers + " for topic " + topic
                    + "; is it there, is --bootstrap-servers right, and does 'foreshock topics' show the topic?";
        }
        Throwable cause = error.getCause() == null ? error : error.getCause();
        return "topic " + topic + " at " + servers + " " + work + ": " + cause.getMessage();
    }

    /**
     * Refuses to go on without a topic.
     *
     * @param found its partitions as the brokers tell of them, null or empty if there is no such topic
     */
    static List<PartitionInfo> requireTopic(String topic, String servers, @Nullable List<PartitionInfo> found) {
        if (found == null || found.isEmpty()) {
            throw new MissingTopic(
                    "there is no topic " + topic + " at " + servers + "; foreshock topics --create makes it");
        }
        return found;
    }

    /** Says all that there is to say. */
    private static final class MissingTopic extends KafkaException {
        private static final long serialVersionUID = 1;

        MissingTopic(String message) {
            super(message);
        }
    }

    /** The same as an exception; what needs no more words stays what it is. */
    static KafkaException of(String topic, String servers, String work, KafkaException error) {
        return error instanceof InterruptException || error instanceof MissingTopic
                ? error
                : new KafkaException(words(topic, servers, work, error), error);
    }
}
