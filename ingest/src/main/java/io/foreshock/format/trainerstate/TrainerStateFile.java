package io.foreshock.format.trainerstate;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.foreshock.format.JsonNumbers;
import io.foreshock.format.LoggedRecords;
import io.foreshock.format.Source;
import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.wire.Excerpt;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** Reads the entries of {@code log_history} one after the other; a file of any length takes the memory of one entry. */
final class TrainerStateFile extends LoggedRecords {
    private final JsonNumbers numbers;
    private final JsonParser parser;
    private boolean inHistory;

    TrainerStateFile(Source source, String run) throws IOException {
        super(source, run);
        this.numbers = new JsonNumbers(row, null);
        this.parser = JsonNumbers.FACTORY.createParser(source.in());
    }

    @Override
    protected boolean read() throws IOException {
        try {
            if (!inHistory) {
                inHistory = toHistory();
            }
            while (inHistory && parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() == JsonToken.START_OBJECT) {
                    entry();
                    return true;
                }
                if (parser.currentToken() == null) {
                    end("log_history is cut off");
                    return false;
                }
                parser.skipChildren();
            }
            // Whether compressed data is damaged shows only where it is read.
            source.in().transferTo(OutputStream.nullOutputStream());
            end(inHistory ? null : "there is no log_history");
        } catch (JsonEOFException e) {
            end("log_history is cut off");
        } catch (JacksonException e) {
            end(Excerpt.sentence(e.getOriginalMessage()));
        } catch (CharConversionException e) {
            end("it is not UTF-8");
        }
        return false;
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

    private void entry() throws IOException {
        long line = line();
        numbers.read(parser);
        if (numbers.step() < 0) {
            refuse(Reason.BAD_STEP, numbers.stepTrouble(), line);
        } else {
            handOut(row.end(numbers.step(), numbers.ts(), line));
        }
    }

    /** @param trouble what ended the reading before its time, or null */
    private void end(@Nullable String trouble) {
        String damage = source.damage();
        String what = damage == null ? trouble : damage;
        if (what != null) {
            refuse(Reason.NOT_JSON, what + "; all entries before line " + line() + " were read", line());
        }
    }

    private long line() {
        return parser.currentLocation().getLineNr();
    }

    @Override
    public void close() throws IOException {
        parser.close();
        super.close();
    }
}
