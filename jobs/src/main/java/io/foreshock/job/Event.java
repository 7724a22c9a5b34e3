package io.foreshock.job;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.jspecify.annotations.Nullable;

/**
 * What came of one record of the telemetry topic: a {@link Parsed}, flattened, because Flink knows no sealed types.
 * Exactly one of the two is there.
 *
 * @param sample what was read
 * @param rejected why it could not be
 */
public record Event(@Nullable StepSample sample, @Nullable Rejected rejected) {
    public static final TypeInformation<Event> TYPE = new OwnType<>(Event.class, new EventSerializer());

    public Event {
        if ((sample == null) == (rejected == null)) {
            throw new IllegalArgumentException("an event is either a sample or rejected");
        }
    }

    public static Event of(StepSample sample) {
        return new Event(sample, null);
    }

    public static Event of(Parsed parsed) {
        return parsed instanceof Parsed.Refused refused
                ? new Event(null, refused.rejected())
                : new Event(((Parsed.Sample) parsed).sample(), null);
    }
}
