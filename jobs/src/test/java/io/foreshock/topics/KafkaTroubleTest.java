package io.foreshock.topics;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KafkaTroubleTest {
    @AfterEach
    void notInterrupted() {
        // Making an InterruptException interrupts.
        Thread.interrupted();
    }

    @Test
    void silenceIsToldWithWhatToLookAt() {
        KafkaException told = KafkaTrouble.of(
                "foreshock.alerts",
                "localhost:1",
                "cannot be read",
                new TimeoutException("Timeout expired while fetching topic metadata"));

        assertThat(told)
                .hasMessage("no Kafka answers at localhost:1 for topic foreshock.alerts; is it there, is"
                        + " --bootstrap-servers right, and does 'foreshock topics' show the topic?");
    }

    @Test
    void anythingElseIsToldWithItsCause() {
        KafkaException told = KafkaTrouble.of(
                "foreshock.settings",
                "kafka:9092",
                "does not take it",
                new KafkaException("Failed to construct kafka producer", new ConfigException("no such mechanism")));

        assertThat(told).hasMessage("topic foreshock.settings at kafka:9092 does not take it: no such mechanism");
    }

    @Test
    void anInterruptionStaysOne() {
        InterruptException interruption = new InterruptException("stop");

        assertThat(KafkaTrouble.of("t", "s", "cannot be read", interruption)).isSameAs(interruption);
    }
}
