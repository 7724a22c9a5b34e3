package io.foreshock.notify;

import com.fasterxml.jackson.databind.JsonNode;
import io.foreshock.detect.Severity;
import io.foreshock.wire.Json;
import java.util.Locale;

/**
 * The last that the webhook got of an incident; a record of topic {@code foreshock.deliveries}, whose key is the incident's id.
 *
 * @param opening how often it had opened: what has calmed down may begin again
 * @param resolved whether the end was told
 * @param severity as it was told
 * @param step of the incident, as it was told
 */
record Delivery(int opening, boolean resolved, Severity severity, long step) {
    byte[] json() {
        return Json.object(out -> {
            out.writeNumberField("opening", opening);
            out.writeBooleanField("resolved", resolved);
            out.writeStringField("severity", Alert.slug(severity));
            out.writeNumberField("step", step);
        });
    }

    /** @throws IllegalArgumentException naming the field that is missing or wrong */
    static Delivery read(byte[] json) {
        JsonNode in = Json.tree(json, "delivery");
        return new Delivery(
                (int) Json.integer(in, "opening"),
                in.path("resolved").asBoolean(),
                Severity.valueOf(Json.text(in, "severity").toUpperCase(Locale.ROOT)),
                Json.integer(in, "step"));
    }
}
