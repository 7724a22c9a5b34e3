package io.foreshock.topics;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;

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

    /** The same as an exception; that somebody interrupted the client stays what it is. */
    static KafkaException of(String topic, String servers, String work, KafkaException error) {
        return error instanceof InterruptException
                ? error
                : new KafkaException(words(topic, servers, work, error), error);
    }
}
