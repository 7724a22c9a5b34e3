package io.foreshock.format.csv;

import io.foreshock.format.Columns;
import io.foreshock.format.LoggedLines;
import io.foreshock.format.Numbers;
import io.foreshock.format.Source;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Parsed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table: a row is a report of its step, a blank cell is absent, words are left aside. A header may come again,
 * with other columns: tools that learn of a new metric on the way write one.
 */
final class CsvFile extends LoggedLines {
    private @Nullable Header header;

    CsvFile(Source source, String run) {
        super(source, run);
    }

    @Override
    protected @Nullable Parsed read() {
        String line = lines.text();
        Header known = header;
        if (known == null) {
            header = Header.of(line);
            return header != null ? null : refused(Rejected.Reason.NOT_JSON, "line 1 names no column of steps");
        }
        List<String> cells = Cells.of(line, known.separator());
        if (cells == null) {
            return refused(Rejected.Reason.NOT_JSON, "a quote is not closed within line " + lines.number());
        }
        String step = known.step() < cells.size() ? cells.get(known.step()) : "";
        Double number = Numbers.of(step);
        if (number == null) {
            Header again = Header.of(line);
            if (again != null) {
                header = again;
                return null;
            }
        }
        if (cells.size() != known.names().size()) {
            return refused(
                    Rejected.Reason.NOT_JSON,
                    "line " + lines.number() + " has " + cells.size() + " cells, the header has "
                            + known.names().size() + " columns");
        }
        if (number == null || Numbers.step(number) < 0) {
            return refused(
                    Rejected.Reason.BAD_STEP,
                    known.names().get(known.step()) + " must be an integer >= 0, got " + Excerpt.quote(step));
        }
        return row(known, cells, Numbers.step(number));
    }

    private @Nullable Parsed row(Header known, List<String> cells, long step) {
        row.begin();
        long ts = StepSample.NONE;
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            String name = known.names().get(i);
            if (i == known.step() || cell.isBlank() || name.isEmpty()) {
                continue;
            }
            Double value = Numbers.of(cell);
            if (Columns.isTime(name)) {
                long time = value == null ? Columns.millis(cell) : Columns.millis(value);
                if (time != StepSample.NONE) {
                    ts = time;
                    continue;
                }
            }
            if (value != null) {
                row.metric(name, value);
            }
        }
        return row.end(step, ts, lines.number());
    }
}
