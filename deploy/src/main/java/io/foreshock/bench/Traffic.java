package io.foreshock.bench;

import io.foreshock.live.Recording;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import java.util.ArrayList;
import java.util.List;

/** Recorded runs under many names, side by side, in the wire format. */
final class Traffic {
    /**
     * An encoded event.
     *
     * @param run its run, the key in Kafka
     * @param value the event
     */
    record Event(String run, byte[] value) {}

    private Traffic() {}

    /**
     * Encodes so many events.
     *
     * @param recordings played again and again, each time as another run
     */
    static List<Event> of(List<Recording> recordings, int count, String prefix) {
        EventWriter writer = new EventWriter();
        List<Event> events = new ArrayList<>(count);
        for (int round = 0; events.size() < count; round++) {
            long longest = recordings.stream()
                    .mapToLong(recording -> recording.samples().size())
                    .max()
                    .orElseThrow();
            for (int i = 0; i < longest && events.size() < count; i++) {
                for (int r = 0; r < recordings.size() && events.size() < count; r++) {
                    List<StepSample> samples = recordings.get(r).samples();
                    if (i < samples.size()) {
                        StepSample sample = samples.get(i);
                        events.add(encode(writer, Recording.copy(sample, prefix + round + "-" + r, sample.ts())));
                    }
                }
            }
        }
        return events;
    }

    static Event encode(EventWriter writer, StepSample sample) {
        return new Event(sample.run(), writer.write(sample));
    }
}
