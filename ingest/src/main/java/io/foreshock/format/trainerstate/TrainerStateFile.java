package io.foreshock.format.trainerstate;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.foreshock.format.JsonNumbers;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.LoggedRow;
import io.foreshock.wire.Parsed;
import java.io.CharConversionException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the entries of {@code log_history} one after the other; a file of any length takes the memory of one entry. */
final class TrainerStateFile implements TelemetryFile {
    private static final byte[] NOTHING = new byte[0];

    private final Source source;
    private final String run;
    private final LoggedRow row;
    private final JsonNumbers numbers;
    private final JsonParser parser;
    private boolean inHistory;
    private boolean ended;

    TrainerStateFile(Source source, String run) throws IOException {
        this.source = source;
        this.run = run;
        this.row = new LoggedRow(run);
        this.numbers = new JsonNumbers(row, null);
        this.parser = JsonNumbers.FACTORY.createParser(source.in());
    }

    @Override
    public @Nullable Parsed next() throws IOException {
        if (ended) {
            return null;
        }
        try {
            if (!inHistory) {
                inHistory = toHistory();
            }
            while (inHistory && parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() == JsonToken.START_OBJECT) {
                    return entry();
                }
                if (parser.currentToken() == null) {
                    return end("log_history is cut off");
                }
                parser.skipChildren();
            }
        } catch (JsonEOFException e) {
            return end("log_history is cut off");
        } catch (JacksonException e) {
            return end(Excerpt.sentence(e.getOriginalMessage()));
        } catch (CharConversionException e) {
            return end("it is not UTF-8");
        }
        return inHistory ? end(null) : end("there is no log_history");
    }

    /** Goes to the opening bracket of the history; false if there is none. */
    private boolean toHistory() throws IOException {
        if (parser.nextToken() == JsonToken.START_OBJECT) {
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (parser.nextToken() == JsonToken.START_ARRAY && name.equals("log_history")) {
                    return true;
                }
                parser.skipChildren();
            }
        }
        return false;
    }

    private Parsed entry() throws IOException {
        long line = line();
        numbers.read(parser);
        if (!numbers.hasStep()) {
            return row.refused(Rejected.Reason.BAD_STEP, "the entry of log_history has no step", line, NOTHING);
        }
        return row.end(numbers.step(), numbers.ts(), line);
    }

    /**
     * Ends the reading.
     *
     * @param trouble what ended it before its time, or null
     */
    private @Nullable Parsed end(@Nullable String trouble) {
        ended = true;
        String damage = source.damage();
        if (trouble == null && damage == null) {
            return null;
        }
        String detail = (damage == null ? trouble : damage) + "; all entries before line " + line() + " were read";
        return row.refused(Rejected.Reason.NOT_JSON, detail, line(), NOTHING);
    }

    private long line() {
        return parser.currentLocation().getLineNr();
    }

    @Override
    public String run() {
        return run;
    }

    @Override
    public long bytesRead() {
        return source.bytesRead();
    }

    @Override
    public void close() throws IOException {
        parser.close();
        source.close();
    }
}
