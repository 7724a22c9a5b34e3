package io.foreshock.format.printed;

import io.foreshock.format.Columns;
import io.foreshock.format.LoggedLines;
import io.foreshock.format.Source;
import io.foreshock.wire.Parsed;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a trainer printed: the lines that tell a step, among whatever else was printed. Where a launcher put the
 * rank before each line, those of the rank that told the first step count, since the others say the same.
 */
final class PrintedFile extends LoggedLines {
    /** Longer lines are none that a trainer prints of a step. */
    static final int MAX_CHARS = 8 * 1024;

    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*+m");

    /** {@code [rank0]:} and {@code [default0]:} of torchrun, {@code 0:} of srun. */
    private static final Pattern RANK = Pattern.compile("^\\s*+(?:[^\\s\\[]++ )?+\\[(?:rank|default)(\\d+)]:|^\\s*+(\\d+): ");

    private final Dialect dialect;
    private @Nullable String rank;

    PrintedFile(Source source, String run, Dialect dialect) {
        super(source, run);
        this.dialect = dialect;
    }

    @Override
    protected @Nullable Parsed read() {
        String line = plain(lines.text());
        row.begin();
        long step = dialect.read(line, row);
        if (step < 0 || row.count() == 0 || !isOfOneRank(line)) {
            return null;
        }
        return row.end(step, Columns.millis(line), lines.number());
    }

    /** A progress bar, or what else was printed without end. */
    @Override
    protected @Nullable Parsed overlong() {
        return null;
    }

    /** The line as a terminal shows it: without colours, and of what was written over itself only the last. */
    static String plain(String text) {
        String line = text.substring(text.lastIndexOf('\r') + 1);
        if (line.length() > MAX_CHARS) {
            return "";
        }
        return line.indexOf('\u001b') < 0 ? line : COLOUR.matcher(line).replaceAll("");
    }

    private boolean isOfOneRank(String line) {
        Matcher matcher = RANK.matcher(line);
        String own = "";
        if (matcher.find()) {
            own = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        }
        if (rank == null) {
            rank = own;
        }
        return own.equals(rank);
    }
}
