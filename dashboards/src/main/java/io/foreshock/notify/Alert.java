package io.foreshock.notify;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.statistics.Forecast;
import io.foreshock.terminal.IncidentText;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An incident as an alert of Alertmanager. Its labels are its identity there: of what they hold only the severity changes
 * while it is open.
 *
 * @param labels by name; see docs/notifications.md
 * @param annotations by name
 * @param startsAt epoch milliseconds
 * @param page address that the alert comes from, or ""
 */
record Alert(Map<String, String> labels, Map<String, String> annotations, long startsAt, String page) {
    private static final String ROLE = "role";
    private static final String CAUSE = "cause";

    /** True if it mutes others, and none mutes it. */
    boolean isCause() {
        return CAUSE.equals(labels.get(ROLE));
    }

    static Alert of(Concern concern) {
        Incident incident = concern.incident();
        Map<String, String> labels = new TreeMap<>(concern.labels());
        labels.put("alertname", incident.signature());
        labels.put("run", incident.run());
        labels.put("signature", incident.signature());
        labels.put("severity", slug(incident.severity()));
        labels.put("incident", incident.id());
        labels.put("story", incident.story().root());
        // What its story lets call: the cause, and a consequence of a cause that somebody had muted before.
        labels.put(ROLE, incident.story().pages() ? CAUSE : "consequence");

        Map<String, String> annotations = new TreeMap<>();
        annotations.put("summary", incident.summary());
        annotations.put("description", description(incident));
        if (!incident.advice().isEmpty()) {
            annotations.put("advice", String.join("\n", incident.advice()));
        }
        annotations.put("onset_step", String.valueOf(incident.onsetStep()));
        annotations.put("step", String.valueOf(incident.step()));
        if (!concern.page().isEmpty()) {
            annotations.put("page", concern.page());
        }
        return new Alert(labels, annotations, concern.opened(), concern.page());
    }

    private static String description(Incident incident) {
        Forecast forecast = incident.forecast();
        return IncidentText.evidence(incident) + "."
                + (forecast == null ? "" : " " + IncidentText.forecast(forecast) + ".");
    }

    static String slug(Severity severity) {
        return severity.name().toLowerCase(Locale.ROOT);
    }
}
