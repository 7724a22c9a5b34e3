package io.foreshock;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The detectors can be embedded anywhere because nothing comes with them. */
class ClassPathTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org/apache/flink/api/common/JobID.class",
                "org/apache/kafka/common/TopicPartition.class",
                "com/fasterxml/jackson/core/JsonParser.class",
                "org/slf4j/Logger.class",
                "org/apache/logging/log4j/Logger.class"
            })
    void hasNoFrameworkAndNoLogger(String resource) {
        assertThat(ClassPathTest.class.getClassLoader().getResource(resource)).isNull();
    }
}
