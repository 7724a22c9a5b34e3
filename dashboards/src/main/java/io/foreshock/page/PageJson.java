package io.foreshock.page;

import com.fasterxml.jackson.core.JsonGenerator;
import io.foreshock.board.BoardRun;
import io.foreshock.board.RunLine;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.Json;
import io.foreshock.wire.RejectedJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the API answers with, see {@code openapi.yaml}. */
final class PageJson {
    private PageJson() {}

    static byte[] lines(List<RunLine> lines) {
        return Json.object(out -> {
            out.writeArrayFieldStart("runs");
            for (RunLine line : lines) {
                line(line, out);
            }
            out.writeEndArray();
        });
    }

    /** A run as it stands, and who is muted. */
    static byte[] head(RunLine line, List<Mute> mutes) {
        return Json.object(out -> {
            fields(line, out);
            mutes(mutes, out);
        });
    }

    /** All that is known of a run but its course. The board is locked. */
    static byte[] run(BoardRun run, RunLine line, List<Mute> mutes) {
        return Json.object(out -> {
            fields(line, out);
            mutes(mutes, out);
            incidents(run.incidents().values(), out);
            out.writeObjectFieldStart("verdicts");
            for (Map.Entry<String, Verdict> verdict : run.view().verdicts().entrySet()) {
                out.writeStringField(verdict.getKey(), slug(verdict.getValue()));
            }
            out.writeEndObject();
            out.writeArrayFieldStart("not_evaluable");
            for (Map.Entry<String, Verdict> verdict : run.view().verdicts().entrySet()) {
                if (verdict.getValue() == Verdict.NOT_EVALUABLE) {
                    out.writeStartObject();
                    out.writeStringField("signature", verdict.getKey());
                    out.writeArrayFieldStart("missing");
                    for (String metric : run.view().missing(verdict.getKey())) {
                        out.writeString(metric);
                    }
                    out.writeEndArray();
                    out.writeEndObject();
                }
            }
            out.writeEndArray();
            rejected(run.lastRejected(), out);
        });
    }

    private static void line(RunLine line, JsonGenerator out) throws IOException {
        out.writeStartObject();
        fields(line, out);
        out.writeEndObject();
    }

    private static void fields(RunLine line, JsonGenerator out) throws IOException {
        out.writeStringField("run", line.run());
        out.writeStringField("state", line.standing().slug());
        out.writeStringField("attention", line.attention().slug());
        out.writeNumberField("attempt", line.attempt());
        out.writeNumberField("rows", line.rows());
        orNull("last_step", line.lastStep(), out);
        orNull("ts", line.ts(), out);
        out.writeNumberField("heard", line.heard());
        if (Double.isFinite(line.stepsPerSecond())) {
            // Four digits are enough for people, and a number that hardly changes need not be sent anew.
            out.writeNumberField(
                    "steps_per_second", Double.parseDouble(String.format(Locale.ROOT, "%.3e", line.stepsPerSecond())));
        } else {
            out.writeNullField("steps_per_second");
        }
        out.writeObjectFieldStart("open");
        out.writeNumberField("critical", line.openCritical());
        out.writeNumberField("warning", line.openWarning());
        out.writeNumberField("info", line.openInfo());
        out.writeEndObject();
        out.writeNumberField("calling", line.calling());
        out.writeNumberField("acknowledged", line.acknowledged());
        out.writeNumberField("muted", line.muted());
        incident("first_trouble", line.first(), out);
        incident("gravest", line.gravest(), out);
        out.writeNumberField("rejected", line.rejected());
    }

    private static void orNull(String field, long value, JsonGenerator out) throws IOException {
        if (value < 0) {
            out.writeNullField(field);
        } else {
            out.writeNumberField(field, value);
        }
    }

    private static void incident(String field, @Nullable Incident incident, JsonGenerator out) throws IOException {
        if (incident == null) {
            out.writeNullField(field);
            return;
        }
        out.writeObjectFieldStart(field);
        out.writeStringField("id", incident.id());
        out.writeStringField("signature", incident.signature());
        out.writeStringField("severity", incident.severity().name().toLowerCase(Locale.ROOT));
        out.writeNumberField("detected_step", incident.detectedStep());
        out.writeStringField("summary", incident.summary());
        out.writeEndObject();
    }

    private static void rejected(@Nullable Rejected last, JsonGenerator out) throws IOException {
        if (last == null) {
            out.writeNullField("last_rejected");
            return;
        }
        out.writeObjectFieldStart("last_rejected");
        out.writeStringField("reason", RejectedJson.reason(last.reason()));
        out.writeStringField("detail", last.detail());
        out.writeNumberField("partition", last.partition());
        out.writeNumberField("offset", last.offset());
        out.writeEndObject();
    }

    static byte[] incidents(Collection<Incident> incidents) {
        return Json.object(out -> incidents(incidents, out));
    }

    private static void incidents(Collection<Incident> incidents, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("incidents");
        for (Incident incident : incidents) {
            out.writeRawValue(new String(IncidentJson.write(incident), StandardCharsets.UTF_8));
        }
        out.writeEndArray();
    }

    static byte[] mutes(List<Mute> mutes) {
        return Json.object(out -> mutes(mutes, out));
    }

    private static void mutes(List<Mute> mutes, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("mutes");
        for (Mute mute : mutes) {
            out.writeRawValue(new String(mute.json(), StandardCharsets.UTF_8));
        }
        out.writeEndArray();
    }

    /** A change was written to the settings topic, as this record. */
    static byte[] written(String key) {
        return Json.object(out -> out.writeStringField("written", key));
    }

    private static String slug(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
