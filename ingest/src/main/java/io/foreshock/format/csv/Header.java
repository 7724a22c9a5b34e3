package io.foreshock.format.csv;

import io.foreshock.format.Columns;
import io.foreshock.format.Numbers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line that names the columns.
 *
 * @param names the columns
 * @param separator what is between two cells
 * @param step where the step is
 */
record Header(List<String> names, char separator, int step) {
    private static final char[] SEPARATORS = {',', '\t', ';'};

    Header {
        names = List.copyOf(names);
    }

    /** The header that the line is; null if it is none: a column of steps and another are named, and none is a number. */
    static @Nullable Header of(String line) {
        for (char separator : SEPARATORS) {
            List<String> cells = line.indexOf(separator) < 0 ? null : Cells.of(line, separator);
            Header header = cells == null ? null : of(cells, separator);
            if (header != null) {
                return header;
            }
        }
        return null;
    }

    private static @Nullable Header of(List<String> cells, char separator) {
        int best = -1;
        List<String> names = cells.stream().map(String::strip).toList();
        for (int i = 0; i < names.size(); i++) {
            if (Numbers.of(names.get(i)) != null) {
                return null;
            }
            int rank = Columns.stepRank(names.get(i));
            if (rank >= 0 && (best < 0 || rank < Columns.stepRank(names.get(best)))) {
                best = i;
            }
        }
        return best < 0 || names.size() < 2 ? null : new Header(names, separator, best);
    }
}
