package io.foreshock.page;

import com.fasterxml.jackson.core.JsonGenerator;
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
                line.write(out);
            }
            out.writeEndArray();
        });
    }

    /** A run as it stands, and who is muted. */
    static byte[] head(RunLine line, List<Mute> mutes) {
        return Json.object(out -> {
            line.fields(out);
            mutes(mutes, out);
        });
    }

    /** All that is known of a run but its course. The board is locked. */
    static byte[] run(BoardRun run, RunLine line, List<Mute> mutes) {
        return Json.object(out -> {
            line.fields(out);
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
