package io.foreshock.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import io.foreshock.view.RunView.Attempt;
import io.foreshock.view.RunView.SeenForecast;
import io.foreshock.wire.IncidentJson;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs as the browser draws them ({@code view.js} reads it). It may stand inside an HTML {@code script} element: no character of
 * it can end one, or begin a comment.
 *
 * <pre>{@code
 * {"format":1,"made":"2026-11-28T01:00:00Z","versions":{"foreshock":"0.1.0"},
 *  "groups":["Loss and evaluation",…],
 *  "catalogue":{"loss":{"group":0,"panel":"Loss","log":false,"low":false,"meaning":"…"}},
 *  "runs":[
 *   {"run":"llama-7b-3","rows":1000,"first_ts":…,"last_ts":…,"end":"finished",
 *    "attempts":[{"attempt":0,"first_step":0,"last_step":999}],
 *    "titles":{"loss_spike":"Loss spike"},
 *    "incidents":[{…as in topic foreshock.alerts, without window…,"changes":[
 *        {"step":121,"status":"open","severity":"warning","value":64,"forecast":{…}}]}],
 *    "forgotten":0,
 *    "forecasts":[{"at":500,"step":1000,"value":2.1,"low":2.0,"high":2.2}],
 *    "verdicts":{"loss_spike":"quiet","kl_blowup":"not_evaluable"},
 *    "not_evaluable":[{"signature":"kl_blowup","missing":["kl"]}],
 *    "settings":"loss_spike: …",
 *    "axes":[{"steps":COLUMN,"spans":COLUMN,"rows":COLUMN,"attempts":[[0,0]]}],
 *    "metrics":[{"name":"loss","layers":0,"heads":0,"axis":0,"values":COLUMN,"marks":COLUMN or null}],
 *    "undrawn":{"count":0,"names":[]},
 *    "comparison":null or {"sides":[{"name":"…","incidents":[…]},{…}],"pairs":[["5f0c…","5f0c…"]]}}]}
 * }</pre>
 *
 * <p>COLUMN is what {@link Column} writes. An axis has a bucket of rows an entry: {@code steps} is its first step less the one
 * before it, {@code spans} its last step less its first, {@code rows} how many rows it stands for, and {@code attempts} from which
 * bucket on which attempt goes. {@code values} has for each series, bucket by bucket, one number where the bucket is one row, else
 * its first, smallest, largest and last; NaN where there is none. {@code marks} has a byte a series and bucket: 1 NaN, 2 infinite,
 * 4 negative infinite, added up.
 */
public final class ViewJson {
    /** Version of this form; raised when an older {@code view.js} could not read it. */
    static final int FORMAT = 1;

    private static final JsonFactory FACTORY = JsonFactory.builder().build().setCharacterEscapes(new Markup());

    private ViewJson() {}

    /**
     * Writes the runs and leaves the stream open.
     *
     * @param made when, for people
     * @param versions of what made it, by name
     */
    public static void write(String made, Map<String, String> versions, List<RunView> runs, OutputStream to)
            throws IOException {
        // A writer, because it takes a name with half a surrogate pair, too.
        Writer text = new OutputStreamWriter(to, StandardCharsets.UTF_8);
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            out.writeStartObject();
            out.writeNumberField("format", FORMAT);
            out.writeStringField("made", made);
            out.writeObjectFieldStart("versions");
            for (Map.Entry<String, String> version : versions.entrySet()) {
                out.writeStringField(version.getKey(), version.getValue());
            }
            out.writeEndObject();
            catalogue(out);
            out.writeArrayFieldStart("runs");
            for (RunView run : runs) {
                run(run, out);
            }
            out.writeEndArray();
            out.writeEndObject();
        }
    }

    private static void catalogue(JsonGenerator out) throws IOException {
        strings(
                "groups",
                Arrays.stream(Panel.Group.values()).map(Panel.Group::title).toList(),
                out);
        out.writeObjectFieldStart("catalogue");
        for (Signal signal : Signal.values()) {
            Panel panel = Panel.of(signal);
            out.writeObjectFieldStart(signal.key());
            out.writeNumberField("group", panel.group().ordinal());
            out.writeStringField("panel", panel.title());
            out.writeBooleanField("log", panel.log());
            out.writeBooleanField("low", panel.low());
            out.writeStringField("meaning", signal.meaning());
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    /** A change of an incident, as {@code view.js} takes it in while a run goes on: as in topic foreshock.alerts. */
    public static byte[] incident(Incident change) {
        return IncidentJson.write(change);
    }

    /**
     * A row, as {@code view.js} takes it in while a run goes on:
     * {@code {"attempt":0,"step":1200,"metrics":{"loss":2.31,"grad_norm/layer":[0.1,"NaN"]}}}, arrays as on the wire.
     */
    public static byte[] row(Row row) {
        StringWriter text = new StringWriter(1024);
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            out.writeStartObject();
            out.writeNumberField("attempt", row.attempt());
            out.writeNumberField("step", row.step());
            if (row.ts() != StepSample.NONE) {
                out.writeNumberField("ts", row.ts());
            }
            out.writeObjectFieldStart("metrics");
            for (int i = 0; i < row.count(); i++) {
                out.writeFieldName(row.name(i));
                values(row, i, out);
            }
            out.writeEndObject();
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void values(Row row, int metric, JsonGenerator out) throws IOException {
        if (row.layers(metric) == 0) {
            number(row.value(metric, 0), out);
            return;
        }
        int heads = row.heads(metric);
        out.writeStartArray();
        for (int k = 0; k < row.size(metric); k++) {
            if (heads > 0 && k % heads == 0) {
                out.writeStartArray();
            }
            number(row.value(metric, k), out);
            if (heads > 0 && k % heads == heads - 1) {
                out.writeEndArray();
            }
        }
        out.writeEndArray();
    }

    private static void number(double value, JsonGenerator out) throws IOException {
        if (StepSample.isAbsent(value)) {
            out.writeNull();
        } else {
            out.writeNumber(value);
        }
    }

    private static void run(RunView run, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("run", run.run());
        out.writeNumberField("rows", run.rows());
        time("first_ts", run.firstTs(), out);
        time("last_ts", run.lastTs(), out);
        out.writeStringField("end", run.end() == null ? null : slug(run.end()));
        out.writeArrayFieldStart("attempts");
        for (Attempt attempt : run.attempts()) {
            out.writeStartObject();
            out.writeNumberField("attempt", attempt.number());
            out.writeNumberField("first_step", attempt.firstStep());
            out.writeNumberField("last_step", attempt.lastStep());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeObjectFieldStart("titles");
        for (Signature signature : run.signatures()) {
            out.writeStringField(signature.slug(), signature.title());
        }
        out.writeEndObject();
        incidents(run, out);
        judgement(run, out);
        metrics(run, out);
        comparison(run.comparison(), out);
        out.writeEndObject();
    }

    private static void time(String field, long ts, JsonGenerator out) throws IOException {
        if (ts < 0) {
            out.writeNullField(field);
        } else {
            out.writeNumberField(field, ts);
        }
    }

    private static void incidents(RunView run, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("incidents");
        for (IncidentTrack track : run.tracks()) {
            out.writeStartObject();
            IncidentFields.write(track.last(), out);
            out.writeArrayFieldStart("changes");
            for (Incident change : track.changes()) {
                out.writeStartObject();
                IncidentFields.change(change, out);
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeNumberField("forgotten", run.forgotten());
    }

    private static void judgement(RunView run, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("forecasts");
        for (SeenForecast seen : run.forecasts()) {
            out.writeStartObject();
            out.writeNumberField("at", seen.at());
            out.writeNumberField("step", seen.loss().step());
            out.writeNumberField("value", seen.loss().value());
            out.writeNumberField("low", seen.loss().low());
            out.writeNumberField("high", seen.loss().high());
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeObjectFieldStart("verdicts");
        for (Map.Entry<String, Verdict> verdict : run.verdicts().entrySet()) {
            out.writeStringField(verdict.getKey(), slug(verdict.getValue()));
        }
        out.writeEndObject();
        out.writeArrayFieldStart("not_evaluable");
        for (Map.Entry<String, Verdict> verdict : run.verdicts().entrySet()) {
            if (verdict.getValue() == Verdict.NOT_EVALUABLE) {
                out.writeStartObject();
                out.writeStringField("signature", verdict.getKey());
                strings("missing", run.missing(verdict.getKey()), out);
                out.writeEndObject();
            }
        }
        out.writeEndArray();
        out.writeStringField("settings", run.settings());
    }

    private static void strings(String field, List<String> texts, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart(field);
        for (String text : texts) {
            out.writeString(text);
        }
        out.writeEndArray();
    }

    private static void metrics(RunView run, JsonGenerator out) throws IOException {
        strings(
                "groups",
                Arrays.stream(Panel.Group.values()).map(Panel.Group::title).toList(),
                out);
        List<Axis> axes = new ArrayList<>();
        out.writeArrayFieldStart("metrics");
        for (Metric metric : run.metrics()) {
            Axis axis = Axis.of(metric.timeline());
            int index = axes.indexOf(axis);
            if (index < 0) {
                index = axes.size();
                axes.add(axis);
            }
            metric(metric, index, out);
        }
        out.writeEndArray();
        out.writeArrayFieldStart("axes");
        for (Axis axis : axes) {
            axis.write(out);
        }
        out.writeEndArray();
        out.writeObjectFieldStart("undrawn");
        out.writeNumberField("count", run.undrawnCount());
        strings("names", run.undrawn(), out);
        out.writeEndObject();
    }

    private static void metric(Metric metric, int axis, JsonGenerator out) throws IOException {
        Timeline timeline = metric.timeline();
        out.writeStartObject();
        out.writeStringField("name", metric.name());
        out.writeNumberField("layers", metric.layers());
        out.writeNumberField("heads", metric.heads());
        out.writeNumberField("axis", axis);
        out.writeFieldName("values");
        Column.numbers(numbers(timeline), out);
        byte[] marks = marks(timeline);
        out.writeFieldName("marks");
        if (marks == null) {
            out.writeNull();
        } else {
            Column.bytes(marks, out);
        }
        out.writeEndObject();
    }

    private static double[] numbers(Timeline timeline) {
        int single = 0;
        for (int i = 0; i < timeline.count(); i++) {
            single += timeline.rows(i) == 1 ? 1 : 0;
        }
        int each = single + (timeline.count() - single) * Timeline.NUMBERS;
        double[] numbers = new double[each * timeline.series()];
        int at = 0;
        for (int k = 0; k < timeline.series(); k++) {
            for (int i = 0; i < timeline.count(); i++) {
                int kept = timeline.rows(i) == 1 ? 1 : Timeline.NUMBERS;
                for (int which = 0; which < kept; which++) {
                    numbers[at++] = timeline.value(i, k, which);
                }
            }
        }
        return numbers;
    }

    private static byte @Nullable [] marks(Timeline timeline) {
        byte[] marks = new byte[timeline.count() * timeline.series()];
        boolean any = false;
        for (int k = 0; k < timeline.series(); k++) {
            for (int i = 0; i < timeline.count(); i++) {
                byte mark = (byte) timeline.marks(i, k);
                marks[k * timeline.count() + i] = mark;
                any |= mark != 0;
            }
        }
        return any ? marks : null;
    }

    private static void comparison(@Nullable Comparison comparison, JsonGenerator out) throws IOException {
        if (comparison == null) {
            out.writeNullField("comparison");
            return;
        }
        out.writeObjectFieldStart("comparison");
        out.writeArrayFieldStart("sides");
        configuration(comparison.first(), comparison.ofFirst(), out);
        configuration(comparison.second(), comparison.ofSecond(), out);
        out.writeEndArray();
        out.writeArrayFieldStart("pairs");
        for (Comparison.Pair pair : comparison.pairs()) {
            out.writeStartArray();
            out.writeString(pair.first());
            out.writeString(pair.second());
            out.writeEndArray();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void configuration(String name, List<Incident> incidents, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", name);
        out.writeArrayFieldStart("incidents");
        for (Incident incident : incidents) {
            out.writeStartObject();
            IncidentFields.write(incident, out);
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static String slug(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Written as escapes: what could end a {@code script} element, begin a comment in it, or a line in JavaScript. */
    private static final class Markup extends CharacterEscapes {
        private static final long serialVersionUID = 1L;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = standardAsciiEscapesForJSON();
            for (char markup : new char[] {'<', '>', '&', '\''}) {
                codes[markup] = ESCAPE_STANDARD;
            }
            return codes;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int character) {
            return switch (character) {
                case 0x2028 -> new SerializedString("\\u2028");
                case 0x2029 -> new SerializedString("\\u2029");
                default -> null;
            };
        }
    }
}
