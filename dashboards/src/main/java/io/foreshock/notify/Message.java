package io.foreshock.notify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.incident.Incident;
import io.foreshock.wire.IncidentJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the webhook gets of an incident next.
 *
 * @param type {@code incident.opened}, {@code incident.escalated} or {@code incident.resolved}
 * @param id the same for the same message, however often it is sent
 * @param concern the incident as it stands
 * @param told what is to be noted once it has arrived
 */
record Message(String type, String id, Concern concern, Delivery told) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static final String OPENED = "incident.opened";
    static final String ESCALATED = "incident.escalated";
    static final String RESOLVED = "incident.resolved";

    /**
     * The next message about an incident, or null if there is none by now.
     *
     * @param known the last that arrived, or null
     * @param policy what is told, and when
     * @param now epoch milliseconds
     */
    static @Nullable Message next(Concern concern, @Nullable Delivery known, WebhookPolicy policy, long now) {
        Incident incident = concern.incident();
        if (known != null && !known.resolved()) {
            if (!concern.isOpen()) {
                return message(RESOLVED, known.opening(), true, concern);
            }
            boolean isGraver = incident.severity().compareTo(known.severity()) > 0;
            return isGraver && !concern.isHandled() ? message(ESCALATED, known.opening(), false, concern) : null;
        }
        // An end that was told before the board has read of it is no new beginning.
        boolean isNew = known == null || incident.step() > known.step();
        return concern.isOpen() && isNew && policy.calls(concern, now)
                ? message(OPENED, known == null ? 1 : known.opening() + 1, false, concern)
                : null;
    }

    private static Message message(String type, int opening, boolean resolved, Concern concern) {
        Incident incident = concern.incident();
        String what = resolved ? "resolved" : Alert.slug(incident.severity());
        return new Message(
                type,
                incident.id() + "-" + opening + "-" + what,
                concern,
                new Delivery(opening, resolved, incident.severity(), incident.step()));
    }

    /** The body: the alert contract, with what the receiver needs besides. */
    byte[] body(long now) {
        try {
            ObjectNode data = (ObjectNode) JSON.readTree(IncidentJson.write(concern.incident()));
            // It is for charts, and the board does not keep it.
            data.remove("window");
            data.set("labels", JSON.valueToTree(concern.labels()));
            data.put("run_state", concern.standing().slug());
            data.put("page", concern.page());
            return JSON.writeValueAsBytes(JSON.createObjectNode()
                    .put("type", type)
                    .put("timestamp", Instant.ofEpochMilli(now).toString())
                    .set("data", data));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
