package io.foreshock.backtest;

import io.foreshock.backtest.LabelledEvent.Mark;
import java.util.Arrays;

/**
 * The rows of one log, in which scores are counted: a row is a step as logged, whatever number of ranks (lines) report
 * it, and a step that is logged again after a resume is a new row.
 */
public final class LogRows {
    private long[] steps = new long[1024];
    private long[] trained = new long[1024];
    private int[] rowOfLine = new int[1024];
    private int rows;
    private int lines;

    /**
     * Takes in a line.
     *
     * @param line its number, from 0; lines in between, if any, could not be read and belong to the row before
     * @param step its step
     */
    public void add(int line, long step) {
        if (rows == 0 || steps[rows - 1] != step) {
            if (rows == steps.length) {
                steps = Arrays.copyOf(steps, 2 * rows);
                trained = Arrays.copyOf(trained, 2 * rows);
            }
            trained[rows] = rows == 0 ? 0 : trained[rows - 1] + Math.max(0, step - steps[rows - 1]);
            steps[rows++] = step;
        }
        if (line >= rowOfLine.length) {
            rowOfLine = Arrays.copyOf(rowOfLine, Math.max(line + 1, 2 * rowOfLine.length));
        }
        Arrays.fill(rowOfLine, lines, line, Math.max(0, rows - 2));
        rowOfLine[line] = rows - 1;
        lines = line + 1;
    }

    /** How many there are. */
    public int count() {
        return rows;
    }

    /** The latest row so far of this step; the latest of all if the step was not logged. */
    public int latest(long step) {
        for (int row = rows - 1; row >= 0; row--) {
            if (steps[row] == step) {
                return row;
            }
        }
        return Math.max(0, rows - 1);
    }

    /** Where the mark lies; {@link #count()} if it lies after the last row. */
    public int at(Mark mark) {
        Integer line = mark.line();
        if (line != null) {
            return line < lines ? rowOfLine[line] : rows;
        }
        int row = 0;
        while (row < rows && steps[row] < mark.step()) {
            row++;
        }
        return row;
    }

    /** The last row of a stretch that starts at this row and ends with the mark. */
    public int last(int from, Mark end) {
        if (end.line() != null) {
            return Math.min(rows - 1, at(end));
        }
        int row = from;
        while (row + 1 < rows && steps[row + 1] <= end.step()) {
            row++;
        }
        return row;
    }

    /** Steps of training from one row to another, those counted that a resume made the run repeat; negative backwards. */
    public long steps(int from, int to) {
        return trained[Math.min(to, rows - 1)] - trained[Math.min(from, rows - 1)];
    }
}
