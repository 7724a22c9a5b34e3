package io.foreshock.follow;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is sent for a row.
 *
 * @param key the run's id in UTF-8
 * @param value in the wire format, or what was there instead
 */
record Event(byte[] key, byte[] value) {
    /** Makes events of rows. One thread at a time. */
    static final class Encoder {
        private final String run;
        private final boolean asTheyAre;
        private final EventWriter writer = new EventWriter();
        private @Nullable String trouble;

        /**
         * @param run of what names none
         * @param asTheyAre whether lines that cannot be read are sent as they are: of our own form, which the job then
         *     rejects with the reason, for all to see
         */
        Encoder(String run, boolean asTheyAre) {
            this.run = run;
            this.asTheyAre = asTheyAre;
        }

        /** The event; null if there is nothing to send. {@link #trouble} then says why, or what the job will not take. */
        @Nullable
        Event of(Parsed row) {
            trouble = null;
            if (row instanceof Parsed.Refused refused) {
                Rejected rejected = refused.rejected();
                trouble = rejected.reason().name().toLowerCase(java.util.Locale.ROOT) + ": " + rejected.detail();
                byte[] raw = rejected.raw();
                return asTheyAre && raw.length > 0 ? event(rejected.run().isEmpty() ? run : rejected.run(), raw) : null;
            }
            StepSample sample = ((Parsed.Sample) row).sample();
            byte[] value = writer.write(sample);
            if (value.length > Limits.MAX_EVENT_BYTES) {
                trouble = "too_large: the event of step " + sample.step() + " has " + value.length + " bytes, at most "
                        + Limits.MAX_EVENT_BYTES + " are allowed";
                return null;
            }
            return event(sample.run(), value);
        }

        /** What is wrong with the row asked for last, or null. */
        @Nullable
        String trouble() {
            return trouble;
        }

        private static Event event(String run, byte[] value) {
            return new Event(run.getBytes(StandardCharsets.UTF_8), value);
        }
    }
}
