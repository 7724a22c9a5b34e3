package io.foreshock.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.topics.Topics.Topic;
import org.junit.jupiter.api.Test;

class TopicsTest {
    @Test
    void publishersWriteWhereTheJobReads() {
        assertThat(Topics.standard().telemetry().name()).isEqualTo(TelemetryPublisher.TOPIC);
    }

    @Test
    void thePrefixIsThatOfEveryTopic() {
        assertThat(Topics.of("team-a.", 2).all())
                .extracting(Topic::name)
                .containsExactly(
                        "team-a.telemetry",
                        "team-a.alerts",
                        "team-a.signals",
                        "team-a.rejected",
                        "team-a.settings",
                        "team-a.deliveries");
    }

    @Test
    void theLastWordOnAnIncidentOutlivesTelemetry() {
        Topics topics = Topics.standard();

        assertThat(topics.alerts().config().get("cleanup.policy")).contains("compact");
        assertThat(retention(topics.alerts())).isGreaterThan(retention(topics.telemetry()));
        assertThat(topics.alerts().partitions()).isEqualTo(1);
    }

    @Test
    void aTopicWithoutPartitionsIsNone() {
        assertThatThrownBy(() -> Topics.of("foreshock.", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("partitions of foreshock.telemetry must be > 0, got 0");
    }

    private static long retention(Topic topic) {
        return Long.parseLong(topic.config().get("retention.ms"));
    }
}
