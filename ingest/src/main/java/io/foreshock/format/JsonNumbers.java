package io.foreshock.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Json;
import io.foreshock.wire.LoggedRow;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of JSON objects whose keys are names of metrics. Python's NaN and Infinity count, also as strings; other
 * strings, booleans, arrays and objects within are left aside.
 */
public final class JsonNumbers {
    /** Makes parsers that are bounded in what they take in. */
    public static final JsonFactory FACTORY = Json.ofStrangers();

    private final LoggedRow row;
    private final @Nullable String nested;
    private double step;
    private String stepName = "";
    private int stepRank;
    private long ts;

    /**
     * @param row takes the metrics
     * @param nested the one key whose object holds metrics as well, or null for none
     */
    public JsonNumbers(LoggedRow row, @Nullable String nested) {
        this.row = row;
        this.nested = nested;
    }

    /**
     * Reads the object at whose opening brace the parser is, up to its closing brace, into the row.
     *
     * @throws JacksonException when it is no JSON or cut off
     * @throws IOException when the disk fails
     */
    public void read(JsonParser parser) throws IOException {
        row.begin();
        step = Double.NaN;
        stepRank = Integer.MAX_VALUE;
        ts = StepSample.NONE;
        fields(parser, true);
    }

    private void fields(JsonParser parser, boolean outer) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_OBJECT && outer && name.equals(nested)) {
                fields(parser, false);
            } else if (token == JsonToken.VALUE_STRING) {
                // The quick look keeps texts of any length from being looked at as numbers.
                Double number = parser.getTextLength() > 12 ? null : Numbers.of(parser.getText());
                if (number != null && !Double.isFinite(number)) {
                    row.metric(name, number);
                } else if (Columns.isTime(name) && ts == StepSample.NONE) {
                    ts = Columns.millis(parser.getText());
                }
            } else if (token != null && token.isNumeric()) {
                number(name, parser.getDoubleValue(), outer);
            } else {
                parser.skipChildren();
            }
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) {
            throw new JsonEOFException(parser, parser.currentToken(), "the object is cut off");
        }
    }

    /** A step that is called several ways is the one of the best name; the others are metrics. */
    private void number(String name, double value, boolean outer) {
        int rank = outer ? Columns.stepRank(name) : -1;
        if (rank >= 0 && rank < stepRank) {
            if (stepRank != Integer.MAX_VALUE) {
                row.metric(stepName, step);
            }
            stepRank = rank;
            stepName = name;
            step = value;
            return;
        }
        long time = outer && Columns.isTime(name) ? Columns.millis(value) : StepSample.NONE;
        if (time != StepSample.NONE) {
            ts = time;
        } else {
            row.metric(name, value);
        }
    }

    /** The step of the object read last; -1 if it has none, or one that is no integer from 0 on. */
    public long step() {
        return Numbers.step(step);
    }

    /** What is wrong with its step; only where {@link #step} is negative. */
    public String stepTrouble() {
        return stepRank == Integer.MAX_VALUE
                ? "there is no step; it may be called " + Columns.stepNames()
                : "the step must be an integer >= 0, got " + step;
    }

    /** Its time in epoch milliseconds, or {@link StepSample#NONE}. */
    public long ts() {
        return ts;
    }
}
