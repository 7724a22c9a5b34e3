package io.foreshock.terminal;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import java.util.ArrayList;
import java.util.List;

/** A table with a line for each run: how far it is, what is wrong, since when, and what it comes to. */
public final class RunTable {
    private static final List<String> HEADINGS =
            List.of("RUN", "STEPS", "STATE", "CRITICAL", "WARNING", "INFO", "FIRST TROUBLE", "LEAD", "VERDICT");

    private final Colour colour;

    public RunTable(Colour colour) {
        this.colour = colour;
    }

    /** The table, without a line break at its end. */
    public String print(List<RunSummary> runs) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADINGS);
        for (RunSummary run : runs) {
            rows.add(cells(run));
        }
        int[] widths = new int[HEADINGS.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            String line = line(rows.get(i), widths);
            lines.add(i == 0 ? colour.strong(line) : coloured(runs.get(i - 1), line));
        }
        return String.join("\n", lines);
    }

    private static List<String> cells(RunSummary run) {
        Incident first = run.firstTrouble();
        Long lead = run.lead();
        return List.of(
                Words.safe(run.run()),
                Words.step(run.rows()),
                run.state(),
                count(run, Severity.CRITICAL),
                count(run, Severity.WARNING),
                count(run, Severity.INFO),
                first == null ? "-" : Words.safe(first.signature()) + " at step " + Words.step(first.detectedStep()),
                lead == null ? "-" : Words.step(lead),
                run.verdict());
    }

    private static String count(RunSummary run, Severity severity) {
        long count = run.count(severity);
        return count == 0 ? "-" : Words.step(count);
    }

    private String coloured(RunSummary run, String line) {
        Incident first = run.firstTrouble();
        if (first == null) {
            return line;
        }
        return colour.severity(run.count(Severity.CRITICAL) > 0 ? Severity.CRITICAL : Severity.WARNING, line);
    }

    private static String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            boolean number = i == 1 || (i >= 3 && i <= 5) || i == 7;
            String padding = " ".repeat(widths[i] - width(cells.get(i)));
            line.append(number ? padding : "")
                    .append(cells.get(i))
                    .append(number ? "" : padding)
                    .append("  ");
        }
        return line.toString().stripTrailing();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
