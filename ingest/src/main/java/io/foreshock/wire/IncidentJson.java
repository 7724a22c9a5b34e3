package io.foreshock.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Story;
import io.foreshock.incident.Story.Consequence;
import io.foreshock.statistics.Forecast;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Incident} as JSON: the value of topic {@code foreshock.alerts}, whose key is the incident's id, and a line
 * of {@code --alerts FILE}. {@code severity} and {@code status} are in lower case, {@code ts}, {@code forecast},
 * {@code cause}, {@code acknowledged}, a consequence's {@code end_step} and a forecast's {@code high} may be null, numbers that
 * are not finite are strings.
 */
public final class IncidentJson {
    private IncidentJson() {}

    /** The record's key. */
    public static byte[] key(Incident incident) {
        return incident.id().getBytes(StandardCharsets.UTF_8);
    }

    /** The record's value, one line. */
    public static byte[] write(Incident incident) {
        return Json.object(out -> fields(incident, out));
    }

    /**
     * Reads it back. Fields that are not known are ignored.
     *
     * @throws IllegalArgumentException naming the field that is missing or wrong
     */
    public static Incident read(byte[] json) {
        JsonNode in = Json.tree(json, "incident");
        Severity severity = Json.constant(Severity.class, "severity", Json.text(in, "severity"));
        return new Incident(
                Json.text(in, "id"),
                Json.text(in, "run"),
                Json.smallInteger(in, "attempt"),
                Json.text(in, "signature"),
                Json.text(in, "series"),
                in.has("series_count") ? Json.smallInteger(in, "series_count") : 1,
                severity,
                Json.constant(Incident.Status.class, "status", Json.text(in, "status")),
                Json.integer(in, "onset_step"),
                Json.integer(in, "detected_step"),
                Json.integer(in, "step"),
                Json.integerOr(in, "ts", -1),
                Json.number(in.get("value"), "value"),
                Json.number(in.get("threshold"), "threshold"),
                Json.text(in, "unit"),
                forecast(in.get("forecast")),
                Json.text(in, "summary"),
                advice(in.get("advice")),
                story(in, severity),
                Json.text(in, "reference"),
                window(in.get("window")),
                in.path("muted").asBoolean(false),
                acknowledged(in.get("acknowledged")));
    }

    private static void fields(Incident incident, JsonGenerator out) throws IOException {
        out.writeStringField("id", incident.id());
        out.writeStringField("run", incident.run());
        out.writeNumberField("attempt", incident.attempt());
        out.writeStringField("signature", incident.signature());
        out.writeStringField("series", incident.series());
        out.writeNumberField("series_count", incident.seriesCount());
        out.writeStringField("severity", Json.slug(incident.severity()));
        out.writeStringField("status", Json.slug(incident.status()));
        out.writeNumberField("onset_step", incident.onsetStep());
        out.writeNumberField("detected_step", incident.detectedStep());
        out.writeNumberField("step", incident.step());
        if (incident.ts() < 0) {
            out.writeNullField("ts");
        } else {
            out.writeNumberField("ts", incident.ts());
        }
        out.writeNumberField("value", incident.value());
        out.writeNumberField("threshold", incident.threshold());
        out.writeStringField("unit", incident.unit());
        forecast(incident.forecast(), out);
        out.writeStringField("summary", incident.summary());
        out.writeArrayFieldStart("advice");
        for (String advice : incident.advice()) {
            out.writeString(advice);
        }
        out.writeEndArray();
        story(incident, out);
        out.writeStringField("reference", incident.reference());
        window(incident.window(), out);
        out.writeBooleanField("muted", incident.muted());
        acknowledged(incident.acknowledged(), out);
    }

    private static void acknowledged(@Nullable Acknowledgement seen, JsonGenerator out) throws IOException {
        if (seen == null) {
            out.writeNullField("acknowledged");
            return;
        }
        out.writeObjectFieldStart("acknowledged");
        out.writeStringField("by", seen.by());
        out.writeNumberField("ts", seen.ts());
        out.writeStringField("note", seen.note());
        out.writeEndObject();
    }

    private static @Nullable Acknowledgement acknowledged(@Nullable JsonNode in) {
        if (in == null || in.isNull()) {
            return null;
        }
        return new Acknowledgement(Json.text(in, "by"), Json.integer(in, "ts"), Json.text(in, "note"));
    }

    private static void forecast(@Nullable Forecast forecast, JsonGenerator out) throws IOException {
        if (forecast == null) {
            out.writeNullField("forecast");
            return;
        }
        out.writeObjectFieldStart("forecast");
        out.writeStringField("quantity", forecast.quantity());
        out.writeNumberField("level", forecast.level());
        out.writeNumberField("step", forecast.step());
        out.writeNumberField("low", forecast.low());
        if (forecast.high() == Long.MAX_VALUE) {
            out.writeNullField("high");
        } else {
            out.writeNumberField("high", forecast.high());
        }
        out.writeEndObject();
    }

    private static @Nullable Forecast forecast(@Nullable JsonNode in) {
        if (in == null || in.isNull()) {
            return null;
        }
        return new Forecast(
                Json.text(in, "quantity"),
                Json.number(in.get("level"), "forecast.level"),
                Json.integer(in, "step"),
                Json.integer(in, "low"),
                Json.integerOr(in, "high", Long.MAX_VALUE));
    }

    private static List<String> advice(@Nullable JsonNode in) {
        List<String> advice = new ArrayList<>();
        if (in != null) {
            for (JsonNode line : in) {
                advice.add(line.asText());
            }
        }
        return List.copyOf(advice);
    }

    private static void story(Incident incident, JsonGenerator out) throws IOException {
        Story story = incident.story();
        out.writeStringField("cause", story.cause());
        out.writeStringField("story", story.root());
        out.writeBooleanField("pages", incident.pages());
        out.writeArrayFieldStart("consequences");
        for (Consequence consequence : story.consequences()) {
            out.writeStartObject();
            out.writeStringField("id", consequence.id());
            out.writeStringField("signature", consequence.signature());
            out.writeNumberField("count", consequence.count());
            out.writeStringField("severity", Json.slug(consequence.severity()));
            out.writeNumberField("onset_step", consequence.onsetStep());
            out.writeNumberField("detected_step", consequence.detectedStep());
            if (consequence.endStep() < 0) {
                out.writeNullField("end_step");
            } else {
                out.writeNumberField("end_step", consequence.endStep());
            }
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    /** What an older Foreshock wrote tells no stories: each incident is its own. */
    private static Story story(JsonNode in, Severity severity) {
        String root = Json.textOrNull(in, "story");
        List<Consequence> consequences = new ArrayList<>();
        for (JsonNode one : in.path("consequences")) {
            consequences.add(new Consequence(
                    Json.text(one, "id"),
                    Json.text(one, "signature"),
                    Json.smallInteger(one, "count"),
                    Json.constant(Severity.class, "severity", Json.text(one, "severity")),
                    Json.integer(one, "onset_step"),
                    Json.integer(one, "detected_step"),
                    Json.integerOr(one, "end_step", -1)));
        }
        String cause = Json.textOrNull(in, "cause");
        // What is muted or acknowledged calls nobody; its story would, if it begins one.
        boolean handled = in.path("muted").asBoolean() || in.hasNonNull("acknowledged");
        boolean calls = in.path("pages").asBoolean(severity != Severity.INFO);
        return new Story(
                cause,
                root == null ? Json.text(in, "id") : root,
                calls || (handled && cause == null && severity != Severity.INFO),
                consequences);
    }

    private static void window(Incident.Window window, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("window");
        if (window.steps().length > 0) {
            out.writeNumberField("first_step", window.steps()[0]);
        }
        out.writeArrayFieldStart("steps");
        for (long step : window.steps()) {
            out.writeNumber(step);
        }
        out.writeEndArray();
        out.writeArrayFieldStart("values");
        for (double value : window.values()) {
            out.writeNumber(value);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static Incident.Window window(@Nullable JsonNode in) {
        if (in == null || in.isNull()) {
            return Incident.Window.EMPTY;
        }
        JsonNode stepsIn = in.path("steps");
        JsonNode valuesIn = in.path("values");
        if (stepsIn.size() != valuesIn.size()) {
            throw new IllegalArgumentException(
                    "window must have as many steps as values, got " + stepsIn.size() + " and " + valuesIn.size());
        }
        long[] steps = new long[stepsIn.size()];
        double[] values = new double[steps.length];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = stepsIn.get(i).asLong();
            values[i] = Json.number(valuesIn.get(i), "window.values");
        }
        return new Incident.Window(steps, values);
    }
}
