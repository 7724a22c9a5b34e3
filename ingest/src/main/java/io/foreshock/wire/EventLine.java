package io.foreshock.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.telemetry.StepSample;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes a published record a line of a telemetry file: its very bytes, with what only the record knew written in at the
 * end of the object. Read as a line, the event gives the same {@link StepSample} as the record did.
 *
 * <p>Added are {@code run} where the key alone names it, and {@code ts} where the event has none, for the job judges it
 * by the record's time. Line breaks, which JSON has between its parts alone, become spaces. Of a record that is rejected,
 * the bytes are kept as well, so that the file is rejected alike, unless they would be an event of another run.
 *
 * <p>One thread at a time.
 */
public final class EventLine {
    private final EventReader reader = new EventReader();

    /**
     * The line, without its line break.
     *
     * @param value the record's value
     * @param published what {@link EventReader} made of the record
     * @return null if the record has no line: it is empty, or it is rejected because its body names another run than
     *     its key
     */
    public byte @Nullable [] of(byte @Nullable [] value, Parsed published) {
        if (value == null || isBlank(value)) {
            return null;
        }
        byte[] line = oneLine(value);
        if (published instanceof Parsed.Refused refused) {
            return refused.rejected().reason() == Reason.KEY_MISMATCH ? null : line;
        }
        StepSample sample = ((Parsed.Sample) published).sample();
        Parsed alone = reader.read(line, 0, line.length, null, StepSample.NONE);
        String missing = "";
        if (alone instanceof Parsed.Refused) {
            // All that can be amiss with it alone is that it names no run.
            missing = ",\"run\":\"" + new String(JsonStringEncoder.getInstance().quoteAsString(sample.run())) + "\"";
            alone = reader.read(line, 0, line.length, sample.run(), StepSample.NONE);
        }
        boolean timed = alone instanceof Parsed.Sample read && read.sample().ts() == sample.ts();
        if (!timed) {
            missing += ",\"ts\":" + sample.ts();
        }
        return missing.isEmpty() ? line : within(line, missing);
    }

    /** The object with more fields at its end, where they count even if the object has a null under their names. */
    private static byte[] within(byte[] object, String fields) {
        int brace = object.length - 1;
        while (object[brace] != '}') {
            brace--;
        }
        byte[] added = fields.getBytes(StandardCharsets.UTF_8);
        byte[] line = Arrays.copyOf(object, brace + added.length + 1);
        System.arraycopy(added, 0, line, brace, added.length);
        line[line.length - 1] = '}';
        return line;
    }

    private static byte[] oneLine(byte[] value) {
        byte[] line = value.clone();
        for (int i = 0; i < line.length; i++) {
            if (line[i] == '\n' || line[i] == '\r') {
                line[i] = ' ';
            }
        }
        return line;
    }

    private static boolean isBlank(byte[] value) {
        for (byte b : value) {
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return false;
            }
        }
        return true;
    }
}
