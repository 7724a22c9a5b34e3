package io.foreshock.replay;

import io.foreshock.format.TelemetryFile;
import io.foreshock.topics.RetainedRuns;
import java.util.List;

/**
 * Runs that lie in Kafka.
 *
 * @param topic the telemetry topic
 * @param runs its events, which can be read once
 */
public record RecordedTopic(String topic, RetainedRuns runs) implements Recorded {
    @Override
    public String shown() {
        return "topic " + topic;
    }

    @Override
    public TelemetryFile open() {
        return runs;
    }

    @Override
    public long size() {
        return runs.size();
    }

    @Override
    public List<String> notes() {
        return runs.notes();
    }
}
