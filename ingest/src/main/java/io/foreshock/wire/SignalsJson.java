package io.foreshock.wire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.foreshock.detect.Verdict;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.StepSignals.LossForecast;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link StepSignals} row as JSON: the value of topic {@code foreshock.signals}, whose key is the run.
 *
 * <pre>{@code
 * {"run":"llama-7b-3","attempt":0,"step":1200,"ts":1763870000123,
 *  "values":{"loss":2.31,"grad_norm":0.8},"verdicts":{"loss_spike":"quiet","kl_blowup":"not_evaluable"},
 *  "missing":{"kl_blowup":["kl"]},
 *  "forecasts":{"loss":{"step":2400,"value":2.17,"low":2.12,"high":2.22}}}
 * {"run":"llama-7b-3","attempt":0,"step":9000,"ts":1763870900123,"end":"finished","values":{},"verdicts":{}}
 * }</pre>
 */
public final class SignalsJson {
    private SignalsJson() {}

    /** The record's value, one line; {@code ts} is left out when unknown. */
    public static byte[] write(StepSignals row) {
        return Json.object(out -> fields(row, out));
    }

    private static void fields(StepSignals row, JsonGenerator out) throws IOException {
        out.writeStringField("run", row.run());
        out.writeNumberField("attempt", row.attempt());
        out.writeNumberField("step", row.step());
        if (row.ts() >= 0) {
            out.writeNumberField("ts", row.ts());
        }
        RunEnd end = row.end();
        if (end != null) {
            out.writeStringField("end", Json.slug(end));
        }
        out.writeObjectFieldStart("values");
        for (Map.Entry<Signal, Double> value : row.values().entrySet()) {
            out.writeNumberField(value.getKey().key(), value.getValue());
        }
        out.writeEndObject();
        out.writeObjectFieldStart("verdicts");
        for (Map.Entry<String, Verdict> verdict : row.verdicts().entrySet()) {
            out.writeStringField(verdict.getKey(), Json.slug(verdict.getValue()));
        }
        out.writeEndObject();
        if (!row.missing().isEmpty()) {
            out.writeObjectFieldStart("missing");
            for (Map.Entry<String, List<String>> lacking : row.missing().entrySet()) {
                out.writeArrayFieldStart(lacking.getKey());
                for (String metric : lacking.getValue()) {
                    out.writeString(metric);
                }
                out.writeEndArray();
            }
            out.writeEndObject();
        }
        LossForecast forecast = row.lossForecast();
        if (forecast != null) {
            out.writeObjectFieldStart("forecasts");
            out.writeObjectFieldStart(Signal.LOSS.key());
            out.writeNumberField("step", forecast.step());
            out.writeNumberField("value", forecast.value());
            out.writeNumberField("low", forecast.low());
            out.writeNumberField("high", forecast.high());
            out.writeEndObject();
            out.writeEndObject();
        }
    }

    /**
     * Reads it back. Signals and fields that are not known are ignored.
     *
     * @throws IllegalArgumentException when it is not such a row
     */
    public static StepSignals read(byte[] json) {
        String run = "";
        int attempt = 0;
        long step = -1;
        long ts = -1;
        Map<Signal, Double> values = new EnumMap<>(Signal.class);
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        Map<String, List<String>> missing = new LinkedHashMap<>();
        LossForecast forecast = null;
        RunEnd end = null;
        try (JsonParser in = Json.FACTORY.createParser(json)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("signals row must be a JSON object");
            }
            for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                JsonToken token = in.nextToken();
                switch (name) {
                    case "run" -> run = in.getText();
                    case "attempt" -> attempt = in.getIntValue();
                    case "step" -> step = in.getLongValue();
                    case "ts" -> ts = token == JsonToken.VALUE_NULL ? -1 : in.getLongValue();
                    case "values" -> values(in, values);
                    case "verdicts" -> verdicts(in, verdicts);
                    case "missing" -> missing(in, missing);
                    case "forecasts" -> forecast = forecast(in);
                    case "end" ->
                        end = token == JsonToken.VALUE_NULL
                                ? null
                                : Json.constant(RunEnd.class, "end", String.valueOf(in.getText()));
                    default -> in.skipChildren();
                }
            }
            if (in.currentToken() != JsonToken.END_OBJECT) {
                throw new IllegalArgumentException("signals row is cut off");
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("signals row is not readable: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (run.isEmpty() || step < 0) {
            throw new IllegalArgumentException("signals row must have run and step");
        }
        return new StepSignals(run, attempt, step, ts, values, verdicts, missing, forecast, end);
    }

    private static void missing(JsonParser in, Map<String, List<String>> out) throws IOException {
        for (String slug = in.nextFieldName(); slug != null; slug = in.nextFieldName()) {
            List<String> metrics = new ArrayList<>();
            if (in.nextToken() == JsonToken.START_ARRAY) {
                while (in.nextToken() == JsonToken.VALUE_STRING) {
                    metrics.add(in.getText());
                }
            }
            out.put(slug, metrics);
        }
    }

    private static @Nullable LossForecast forecast(JsonParser in) throws IOException {
        LossForecast loss = null;
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            if (!name.equals(Signal.LOSS.key())) {
                in.skipChildren();
                continue;
            }
            long step = -1;
            Map<String, Double> numbers = new HashMap<>();
            for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
                in.nextToken();
                if (field.equals("step")) {
                    step = in.getLongValue();
                } else {
                    numbers.put(field, Json.number(in, "forecasts.loss." + field));
                }
            }
            double unknown = Double.NaN;
            loss = new LossForecast(
                    step,
                    numbers.getOrDefault("value", unknown),
                    numbers.getOrDefault("low", unknown),
                    numbers.getOrDefault("high", unknown));
        }
        return loss;
    }

    private static void values(JsonParser in, Map<Signal, Double> out) throws IOException {
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            Signal signal = Signal.of(name);
            if (signal == null) {
                in.skipChildren();
            } else {
                out.put(signal, Json.number(in, name));
            }
        }
    }

    private static void verdicts(JsonParser in, Map<String, Verdict> out) throws IOException {
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            out.put(name, Json.constant(Verdict.class, "verdicts." + name, in.getText()));
        }
    }
}
