package io.foreshock.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.foreshock.incident.Incident;
import io.foreshock.wire.IncidentJson;
import java.io.IOException;
import java.util.Set;
import java.util.function.Predicate;

/** Fields of the alert contract, taken from there so that a chart and an alert never differ, and escaped as {@code out} does. */
final class IncidentFields {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Of the one run that is shown, and drawn from its timelines. */
    private static final Set<String> KNOWN_ANYWAY = Set.of("run", "window");

    /** What changes underway. */
    private static final Set<String> CHANGING = Set.of("step", "status", "severity", "value", "forecast");

    private IncidentFields() {}

    /** An incident as it stands. */
    static void write(Incident incident, JsonGenerator out) throws IOException {
        copy(incident, field -> !KNOWN_ANYWAY.contains(field), out);
    }

    /** What an incident's change changed. */
    static void change(Incident incident, JsonGenerator out) throws IOException {
        copy(incident, CHANGING::contains, out);
    }

    private static void copy(Incident incident, Predicate<String> wanted, JsonGenerator out) throws IOException {
        try (JsonParser in = FACTORY.createParser(IncidentJson.write(incident))) {
            in.nextToken();
            for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
                in.nextToken();
                if (wanted.test(field)) {
                    out.writeFieldName(field);
                    out.copyCurrentStructure(in);
                } else {
                    in.skipChildren();
                }
            }
        }
    }
}
