package io.foreshock.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A {@link Rejected} as JSON: the value of topic {@code foreshock.rejected}. {@code raw} is the original in base64,
 * {@code text} the same made readable: decoded, shortened, what cannot be printed escaped.
 */
public final class RejectedJson {
    private RejectedJson() {}

    /** The record's value, one line. */
    public static byte[] write(Rejected rejected) {
        return Json.object(out -> {
            out.writeStringField("reason", reason(rejected.reason()));
            out.writeStringField("detail", rejected.detail());
            out.writeStringField("run", rejected.run());
            out.writeNumberField("partition", rejected.partition());
            out.writeNumberField("offset", rejected.offset());
            out.writeStringField("text", text(rejected.raw()));
            out.writeBinaryField("raw", rejected.raw());
        });
    }

    /** A reason as on the wire and in metric labels: {@code bad_step}. */
    public static String reason(Rejected.Reason reason) {
        return Json.slug(reason);
    }

    /** The start of an event's bytes for people: one line, at most a few hundred characters. */
    public static String text(byte[] raw) {
        return Excerpt.sentence(new String(raw, StandardCharsets.UTF_8));
    }

    /**
     * Reads it back.
     *
     * @throws IllegalArgumentException naming the field that is missing or wrong
     */
    public static Rejected read(byte[] json) {
        JsonNode in = Json.tree(json, "rejected record");
        try {
            byte[] raw = in.path("raw").binaryValue();
            return new Rejected(
                    Json.constant(Rejected.Reason.class, "reason", Json.text(in, "reason")),
                    Json.text(in, "detail"),
                    Json.text(in, "run"),
                    (int) Json.integerOr(in, "partition", StepSample.NONE),
                    Json.integerOr(in, "offset", StepSample.NONE),
                    raw == null ? new byte[0] : raw);
        } catch (IOException e) {
            throw new IllegalArgumentException("raw must be base64: " + e.getMessage(), e);
        }
    }
}
