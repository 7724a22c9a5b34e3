package io.foreshock.wire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.foreshock.alias.Aliases;
import io.foreshock.alias.MetricCollector;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads telemetry events: JSON bytes to a {@link StepSample} under canonical names, or to a {@link Rejected} that says
 * what is wrong. It never throws on input, and what it remembers between events is bounded whatever the input.
 *
 * <p>The format is that of {@code docs/wire-format.md}. Of a field or metric given twice the later one counts. Numbers
 * too large for a double are infinite, as in Python. Unknown fields are skipped.
 *
 * <p>Buffers are reused, so a reader serves one thread: not thread-safe. Make one a thread; it takes about 100 kB.
 */
public final class EventReader {
    private static final byte[] NOTHING = new byte[0];

    private final JsonFactory json = Json.ofStrangers();

    private final RunIds runs = new RunIds();
    private final MetricCollector metrics;

    // The event being read.
    private @Nullable String run;
    private @Nullable RunEnd end;
    private long step;
    private long ts;
    private int attempt;
    private int rank;
    /** The field or metric being read. */
    private String field = "";

    private boolean inMetrics;

    public EventReader() {
        this(Aliases.standard());
    }

    public EventReader(Aliases aliases) {
        metrics = new MetricCollector(aliases);
    }

    /**
     * Reads a Kafka record.
     *
     * @param key the run id in UTF-8; may be null or empty when the body names the run
     * @param value the event
     * @param partition the record's partition, kept as origin
     * @param offset the record's offset, kept as origin
     * @param timestamp the record's time stamp in epoch milliseconds, used when the event has no {@code ts}; negative
     *     for none
     */
    public Parsed read(byte @Nullable [] key, byte @Nullable [] value, int partition, long offset, long timestamp) {
        byte[] bytes = value == null ? NOTHING : value;
        String keyRun = null;
        try {
            if (key != null && key.length > 0) {
                keyRun = runs.ofKey(key);
            }
        } catch (Refusal refusal) {
            return refused(refusal.reason, refusal.detail(), "", partition, offset, bytes, 0, bytes.length);
        }
        return read(bytes, 0, bytes.length, keyRun, true, partition, offset, timestamp);
    }

    /**
     * Reads a line of a file, or any event that stands alone.
     *
     * @param buffer holds the event
     * @param from where it starts
     * @param to where it ends, exclusive
     * @param defaultRun the run of an event that names none, or null when it has to
     * @param line line number, kept as origin; {@link StepSample#NONE} if unknown
     */
    public Parsed read(byte[] buffer, int from, int to, @Nullable String defaultRun, long line) {
        return read(buffer, from, to, defaultRun, false, (int) StepSample.NONE, line, StepSample.NONE);
    }

    private Parsed read(
            byte[] buffer,
            int from,
            int to,
            @Nullable String outerRun,
            boolean outerRunBinds,
            int partition,
            long offset,
            long timestamp) {
        run = null;
        end = null;
        step = StepSample.NONE;
        ts = StepSample.NONE;
        attempt = 0;
        rank = 0;
        field = "";
        inMetrics = false;
        metrics.clear();
        Reason reason;
        String detail;
        try {
            checkStart(buffer, from, to);
            try (JsonParser parser = json.createParser(buffer, from, to - from)) {
                try {
                    event(parser);
                } catch (StreamConstraintsException e) {
                    // Jackson looks at a number while it reads the name before it.
                    String current = parser.currentName();
                    field = current == null ? field : current;
                    throw e;
                }
            }
            return new Parsed.Sample(sample(outerRun, outerRunBinds, partition, offset, timestamp));
        } catch (Refusal refusal) {
            reason = refusal.reason;
            detail = refusal.detail();
        } catch (StreamConstraintsException e) {
            reason = constraint(e);
            detail = constraintDetail(reason);
        } catch (JacksonException e) {
            reason = Reason.NOT_JSON;
            long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
            detail = "not JSON" + (at < 0 ? "" : " at byte " + at) + ": " + message(e.getOriginalMessage());
        } catch (IOException | RuntimeException e) {
            reason = Reason.NOT_JSON;
            detail = "not readable as JSON: " + message(e.toString());
        }
        String known = run != null && !outerRunBinds ? run : outerRun != null ? outerRun : run;
        return refused(reason, detail, known == null ? "" : known, partition, offset, buffer, from, to);
    }

    private static Parsed refused(
            Reason reason, String detail, String run, int partition, long offset, byte[] buffer, int from, int to) {
        byte[] raw = Arrays.copyOfRange(buffer, from, Math.min(to, from + Rejected.RAW_LIMIT));
        return new Parsed.Refused(new Rejected(reason, detail, run, partition, offset, raw));
    }

    /** Jackson would read UTF-16 and UTF-32 as well; the wire format is UTF-8, with or without a byte order mark. */
    private static void checkStart(byte[] buffer, int from, int to) throws Refusal {
        int at = from;
        if (to - from > Limits.MAX_EVENT_BYTES) {
            throw new Refusal(
                    Reason.TOO_LARGE,
                    "the event has " + (to - from) + " bytes, at most " + Limits.MAX_EVENT_BYTES
                            + " are allowed; send fewer metrics an event");
        }
        if (to - at >= 3
                && buffer[at] == (byte) 0xEF
                && buffer[at + 1] == (byte) 0xBB
                && buffer[at + 2] == (byte) 0xBF) {
            at += 3;
        }
        while (at < to && (buffer[at] == ' ' || buffer[at] == '\t' || buffer[at] == '\r' || buffer[at] == '\n')) {
            at++;
        }
        if (at == to) {
            throw new Refusal(Reason.NOT_JSON, "the event is empty; send a JSON object");
        }
        if (buffer[at] != '{') {
            throw new Refusal(
                    Reason.NOT_JSON,
                    "an event must be a JSON object in UTF-8 and start with {, got "
                            + (buffer[at] > ' ' && buffer[at] < 0x7f
                                    ? "" + (char) buffer[at]
                                    : String.format("byte 0x%02x", buffer[at] & 0xff)));
        }
        for (int i = from; i < Math.min(to, from + 4); i++) {
            if (buffer[i] == 0) {
                throw new Refusal(Reason.NOT_JSON, "the event is not UTF-8 (a zero byte at " + (i - from) + ")");
            }
        }
    }

    private void event(JsonParser parser) throws IOException, Refusal {
        parser.nextToken();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            field = name;
            JsonToken token = parser.nextToken();
            switch (name) {
                case "run" -> {
                    run = token == JsonToken.VALUE_NULL ? null : run(parser, token);
                }
                case "step" -> {
                    step = token == JsonToken.VALUE_NULL
                            ? StepSample.NONE
                            : integer(parser, token, Long.MAX_VALUE, Reason.BAD_STEP);
                }
                case "rank" -> {
                    rank = token == JsonToken.VALUE_NULL
                            ? 0
                            : (int) integer(parser, token, Limits.MAX_RANKS - 1, Reason.BAD_FIELD);
                }
                case "attempt" -> {
                    attempt = token == JsonToken.VALUE_NULL
                            ? 0
                            : (int) integer(parser, token, Limits.MAX_ATTEMPTS - 1, Reason.BAD_FIELD);
                }
                case "ts" -> {
                    ts = token == JsonToken.VALUE_NULL ? StepSample.NONE : time(parser, token);
                }
                case "end" -> {
                    end = token == JsonToken.VALUE_NULL ? null : end(parser, token);
                }
                case "metrics" -> {
                    metrics.clear();
                    if (token == JsonToken.START_OBJECT) {
                        inMetrics = true;
                        metrics(parser);
                        inMetrics = false;
                    } else if (token != JsonToken.VALUE_NULL) {
                        throw bad(Reason.BAD_FIELD, "metrics must be an object of names and numbers", parser, token);
                    }
                }
                default -> parser.skipChildren();
            }
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) {
            throw new Refusal(Reason.NOT_JSON, "the event is cut off");
        }
        if (parser.nextToken() != null) {
            throw new Refusal(
                    Reason.NOT_JSON,
                    "more text follows after the event's closing brace, at byte "
                            + parser.currentTokenLocation().getByteOffset() + "; send one object a record or line");
        }
    }

    private StepSample sample(
            @Nullable String outerRun, boolean outerRunBinds, int partition, long offset, long timestamp)
            throws Refusal {
        String name = run;
        if (name == null) {
            if (outerRun == null) {
                throw new Refusal(Reason.NO_RUN, "the event names no run; set run, or the record's key, to the run id");
            }
            name = outerRun;
        } else if (outerRunBinds && outerRun != null && !outerRun.equals(name)) {
            throw new Refusal(
                    Reason.KEY_MISMATCH,
                    "run is " + Excerpt.quote(name) + " but the record's key is " + Excerpt.quote(outerRun)
                            + "; they must be the same");
        }
        if (step < 0 && end == null) {
            throw new Refusal(Reason.BAD_STEP, "step is missing; it must be an integer >= 0");
        }
        long time = ts >= 0 ? ts : timestamp >= 0 ? timestamp : StepSample.NONE;
        return metrics.sample(name, attempt, rank, step, time, end, partition, offset);
    }

    private String run(JsonParser parser, JsonToken token) throws IOException, Refusal {
        if (token != JsonToken.VALUE_STRING) {
            throw bad(Reason.BAD_FIELD, "run must be a string", parser, token);
        }
        return runs.of(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    }

    private static RunEnd end(JsonParser parser, JsonToken token) throws IOException, Refusal {
        if (token == JsonToken.VALUE_STRING) {
            switch (parser.getText().toLowerCase(Locale.ROOT)) {
                case "finished":
                    return RunEnd.FINISHED;
                case "failed":
                    return RunEnd.FAILED;
                case "stopped":
                    return RunEnd.STOPPED;
                default:
                    break;
            }
        }
        throw bad(Reason.BAD_FIELD, "end must be \"finished\", \"failed\" or \"stopped\"", parser, token);
    }

    /** An integer from 0 to {@code max}, also written as 1200.0 or 1.2e3. */
    private long integer(JsonParser parser, JsonToken token, long max, Reason reason) throws IOException, Refusal {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            if (parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                long value = parser.getLongValue();
                if (value >= 0 && value <= max) {
                    return value;
                }
            }
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            double value = parser.getDoubleValue();
            // 2^63 itself is no long, and comparing with the double nearest to Long.MAX_VALUE would let it in.
            if (value >= 0 && value < 0x1p63 && value == Math.rint(value) && (long) value <= max) {
                return (long) value;
            }
        }
        String range = max == Long.MAX_VALUE ? " must be an integer >= 0" : " must be an integer from 0 to " + max;
        throw bad(reason, field + range, parser, token);
    }

    /** Epoch milliseconds; a fraction of one, as from {@code time.time() * 1000}, is dropped. */
    private static long time(JsonParser parser, JsonToken token) throws IOException, Refusal {
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            double value = parser.getDoubleValue();
            if (value >= 1e9 && value < 1e10) {
                throw bad(Reason.BAD_FIELD, "ts must be epoch milliseconds, this looks like seconds", parser, token);
            }
            if (value >= 0 && value < Limits.MAX_TS) {
                return (long) value;
            }
        }
        throw bad(Reason.BAD_FIELD, "ts must be epoch milliseconds from 0 to " + (Limits.MAX_TS - 1), parser, token);
    }

    private void metrics(JsonParser parser) throws IOException, Refusal {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            if (metrics.count() == Limits.MAX_METRICS) {
                throw new Refusal(
                        Reason.TOO_MANY_SERIES,
                        "metrics has more than " + Limits.MAX_METRICS
                                + " names; send the numbers of layers and heads as arrays");
            }
            checkName(name);
            field = name;
            metrics.begin(name);
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_ARRAY) {
                array(parser, name);
            } else if (token == JsonToken.VALUE_NULL) {
                metrics.end(0, 0);
            } else {
                metrics.number(number(parser, token, name));
                metrics.end(0, 0);
            }
            if (metrics.numbers() > Limits.MAX_NUMBERS) {
                throw tooManyNumbers();
            }
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) {
            throw new Refusal(Reason.NOT_JSON, "the event is cut off inside metrics");
        }
    }

    /**
     * A name that a run can have.
     *
     * @throws IllegalArgumentException if it is none; says why
     */
    public static String requireRun(String name) {
        try {
            return RunIds.check(name, "run");
        } catch (Refusal e) {
            throw new IllegalArgumentException(e.detail(), e);
        }
    }

    static void checkName(String name) throws Refusal {
        if (name.isEmpty() || name.length() > Limits.MAX_NAME_CHARS) {
            throw new Refusal(
                    Reason.BAD_METRIC,
                    "a metric's name must have 1 to " + Limits.MAX_NAME_CHARS + " characters, got "
                            + Excerpt.quote(name));
        }
        if (Excerpt.unprintable(name) >= 0) {
            throw new Refusal(
                    Reason.BAD_METRIC,
                    "a metric's name must be printable, got " + Excerpt.quote(name)
                            + " with a control character or lone surrogate");
        }
    }

    /** Numbers, one a layer, or arrays of numbers, one array a layer. */
    private void array(JsonParser parser, String name) throws IOException, Refusal {
        JsonToken token = parser.nextToken();
        if (token != JsonToken.START_ARRAY) {
            metrics.end(numbers(parser, token, name), 0);
            return;
        }
        int layers = 0;
        int heads = 0;
        for (; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token != JsonToken.START_ARRAY) {
                throw mixed(name, parser, token);
            }
            int row = numbers(parser, parser.nextToken(), name);
            if (layers > 0 && row != heads) {
                throw new Refusal(
                        Reason.BAD_METRIC,
                        "metric " + Excerpt.quote(name) + " has " + heads + " heads in layer 0 and " + row
                                + " in layer " + layers + "; all layers need as many, null where one is missing");
            }
            heads = row;
            layers++;
        }
        metrics.end(layers, heads);
    }

    /** Reads numbers up to the array's end and returns how many there were. */
    private int numbers(JsonParser parser, @Nullable JsonToken first, String name) throws IOException, Refusal {
        int count = 0;
        for (JsonToken token = first; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == null) {
                throw new Refusal(Reason.NOT_JSON, "the event is cut off inside metrics");
            }
            if (token == JsonToken.VALUE_NULL) {
                metrics.number(StepSample.ABSENT);
            } else if (token == JsonToken.START_ARRAY) {
                if (parser.getParsingContext().getNestingDepth() > 4) {
                    throw new Refusal(
                            Reason.TOO_DEEP,
                            "metric " + Excerpt.quote(name)
                                    + " is nested deeper than layers and heads; send several metrics");
                }
                throw mixed(name, parser, token);
            } else {
                metrics.number(number(parser, token, name));
            }
            count++;
            if (metrics.begun() > Limits.MAX_NUMBERS) {
                throw tooManyNumbers();
            }
        }
        return count;
    }

    private static double number(JsonParser parser, @Nullable JsonToken token, String name)
            throws IOException, Refusal {
        if (token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT) {
            return parser.getDoubleValue();
        }
        String fix = "";
        if (token == JsonToken.VALUE_STRING) {
            if (parser.getTextLength() <= "-infinity".length()) {
                switch (parser.getText().toLowerCase(Locale.ROOT)) {
                    case "nan":
                        return Double.NaN;
                    case "infinity", "+infinity", "inf", "+inf":
                        return Double.POSITIVE_INFINITY;
                    case "-infinity", "-inf":
                        return Double.NEGATIVE_INFINITY;
                    default:
                        break;
                }
            }
            fix = "; send numbers without quotes (only \"NaN\", \"Infinity\" and \"-Infinity\" may have them)";
        } else if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
            fix = "; send 1 or 0";
        } else if (token == JsonToken.START_OBJECT) {
            fix = "; send each series under a name of its own, such as " + Excerpt.quote(name + "/part");
        }
        throw new Refusal(
                Reason.BAD_METRIC,
                "metric " + Excerpt.quote(name) + " must be a number, an array or an array of arrays, got "
                        + got(parser, token) + fix);
    }

    private static Refusal mixed(String name, JsonParser parser, @Nullable JsonToken token) throws IOException {
        return new Refusal(
                Reason.BAD_METRIC,
                "metric " + Excerpt.quote(name) + " mixes arrays and " + got(parser, token)
                        + "; send numbers (one a layer) or arrays of numbers (one array a layer)");
    }

    private static Refusal tooManyNumbers() {
        return new Refusal(
                Reason.TOO_MANY_SERIES,
                "metrics holds more than " + Limits.MAX_NUMBERS + " numbers; send fewer, or several events a step");
    }

    private static Refusal bad(Reason reason, String rule, JsonParser parser, @Nullable JsonToken token)
            throws IOException {
        return new Refusal(reason, rule + ", got " + got(parser, token));
    }

    /** The present value, shortened, for a message. */
    private static String got(JsonParser parser, @Nullable JsonToken token) throws IOException {
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> Excerpt.quote(parser.getText());
            case VALUE_NULL -> "null";
            default -> Excerpt.plain(parser.getText());
        };
    }

    private Reason constraint(StreamConstraintsException e) {
        if (message(e.getOriginalMessage()).contains("nesting depth")) {
            return Reason.TOO_DEEP;
        }
        return inMetrics ? Reason.BAD_METRIC : field.equals("step") ? Reason.BAD_STEP : Reason.BAD_FIELD;
    }

    private String constraintDetail(Reason reason) {
        if (reason == Reason.TOO_DEEP) {
            return "the event is nested deeper than " + Limits.MAX_DEPTH + " levels";
        }
        return (inMetrics ? "metric " : "field ") + Excerpt.quote(field) + " has a number of more than "
                + Limits.MAX_NUMBER_CHARS + " characters; send a double";
    }

    /** Jackson's message, its first line, printable; foreign bytes may be quoted in it. */
    private static String message(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return "unexpected input";
        }
        int line = text.indexOf('\n');
        return Excerpt.sentence(line < 0 ? text : text.substring(0, line));
    }
}
