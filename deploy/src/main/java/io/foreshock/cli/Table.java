package io.foreshock.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns of text, as wide as what is in them. A heading that starts with {@code >} aligns its column right. */
final class Table {
    private static final String GAP = "   ";

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();
    private final List<Integer> rules = new ArrayList<>();

    Table(String... headings) {
        right = new boolean[headings.length];
        String[] names = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            right[i] = headings[i].startsWith(">");
            names[i] = right[i] ? headings[i].substring(1) : headings[i];
        }
        rows.add(names);
        rule();
    }

    void row(Object... cells) {
        String[] row = new String[right.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = String.valueOf(cells[i]);
        }
        rows.add(row);
    }

    /** A line across, below the rows so far. */
    void rule() {
        rules.add(rows.size());
    }

    void print(PrintWriter out) {
        int[] widths = new int[right.length];
        int total = GAP.length() * (right.length - 1);
        for (int i = 0; i < widths.length; i++) {
            for (String[] row : rows) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
            total += widths[i];
        }
        for (int r = 0; r < rows.size(); r++) {
            if (rules.contains(r)) {
                out.println("-".repeat(total));
            }
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = rows.get(r)[i];
                String fill = " ".repeat(widths[i] - cell.length());
                line.append(i == 0 ? "" : GAP).append(right[i] ? fill + cell : cell + fill);
            }
            out.println(line.toString().stripTrailing());
        }
        if (rules.contains(rows.size())) {
            out.println("-".repeat(total));
        }
    }
}
