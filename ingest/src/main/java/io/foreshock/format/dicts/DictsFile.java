package io.foreshock.format.dicts;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.foreshock.format.Columns;
import io.foreshock.format.JsonNumbers;
import io.foreshock.format.LoggedLines;
import io.foreshock.format.Source;
import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads JSON objects, one a line. */
final class DictsFile extends LoggedLines {
    /** Under which verl keeps the metrics. */
    static final String DATA = "data";

    private final JsonNumbers numbers = new JsonNumbers(row, DATA);

    DictsFile(Source source, String run) {
        super(source, run);
    }

    /** An object that is cut off has no closing brace. */
    @Override
    protected boolean endsItself() {
        return true;
    }

    @Override
    protected @Nullable Parsed read() {
        try (JsonParser parser =
                JsonNumbers.FACTORY.createParser(lines.buffer(), lines.start(), lines.end() - lines.start())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return refused(Rejected.Reason.NOT_JSON, "line " + lines.number() + " is no JSON object");
            }
            numbers.read(parser);
            if (parser.nextToken() != null) {
                return refused(
                        Rejected.Reason.NOT_JSON, "more text follows the object on line " + lines.number());
            }
        } catch (JsonEOFException e) {
            return refused(Rejected.Reason.NOT_JSON, "the object on line " + lines.number() + " is cut off");
        } catch (JacksonException e) {
            return refused(
                    Rejected.Reason.NOT_JSON,
                    "line " + lines.number() + " is not JSON: " + Excerpt.sentence(e.getOriginalMessage()));
        } catch (IOException e) {
            // Read from memory, it can only be an encoding that is none.
            return refused(Rejected.Reason.NOT_JSON, "line " + lines.number() + " is not UTF-8");
        }
        if (!numbers.hasStep()) {
            return refused(Rejected.Reason.BAD_STEP, "there is no step; it may be called " + Columns.stepNames());
        }
        return row.end(numbers.step(), numbers.ts(), lines.number());
    }
}
