package io.foreshock.format.csv;

import io.foreshock.format.Columns;
import io.foreshock.format.Format;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import java.util.List;

/** A table with a header line that names a column of steps. */
public final class Csv implements Format {
    @Override
    public String name() {
        return "CSV";
    }

    @Override
    public String needs() {
        return "first line that names a column of steps (" + Columns.stepNames() + ") and others";
    }

    @Override
    public boolean matches(Source source) {
        List<String> lines = source.beginningLines();
        for (String line : lines) {
            if (!line.isBlank()) {
                return Header.of(line) != null;
            }
        }
        return false;
    }

    @Override
    public TelemetryFile open(Source source, String run) {
        return new CsvFile(source, run);
    }
}
