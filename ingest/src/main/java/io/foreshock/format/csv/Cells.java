package io.foreshock.format.csv;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes a line apart. */
final class Cells {
    private static final CsvFactory FACTORY =
            CsvFactory.builder().enable(CsvParser.Feature.WRAP_AS_ARRAY).build();

    private Cells() {}

    /** The cells of a line, quotes removed; null if a quote is not closed within it. */
    static @Nullable List<String> of(String line, char separator) {
        List<String> cells = new ArrayList<>();
        try (CsvParser parser = FACTORY.createParser(line)) {
            parser.setSchema(CsvSchema.emptySchema().withColumnSeparator(separator));
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    String cell = parser.getText();
                    cells.add(cell == null ? "" : cell);
                }
            }
        } catch (JacksonException e) {
            return null;
        } catch (IOException e) {
            // It is read from memory.
            throw new UncheckedIOException(e);
        }
        return cells;
    }
}
