package io.foreshock.board;

/** Steps a second over the last rows, by the run's own clock. */
final class StepRate {
    private static final int ROWS = 32;

    private final long[] steps = new long[ROWS];
    private final long[] times = new long[ROWS];
    private int rows;

    /**
     * Takes in a row.
     *
     * @param ts epoch milliseconds; a row without, or before the one before, begins anew
     */
    void add(long step, long ts) {
        int last = (rows - 1) % ROWS;
        if (rows > 0 && (ts < times[last] || step < steps[last])) {
            rows = 0;
        }
        if (ts < 0) {
            return;
        }
        steps[rows % ROWS] = step;
        times[rows % ROWS] = ts;
        rows++;
        if (rows == 2 * ROWS) {
            // The ring is full either way.
            rows = ROWS;
        }
    }

    /** Steps a second, or NaN when it cannot be said yet. */
    double perSecond() {
        return span() > 0 ? 1e3 * (steps[newest()] - steps[oldest()]) / span() : Double.NaN;
    }

    /** Milliseconds from one row to the next, or 0 when it cannot be said yet. */
    long gap() {
        return rows < 2 ? 0 : span() / (Math.min(rows, ROWS) - 1);
    }

    private long span() {
        return rows < 2 ? 0 : times[newest()] - times[oldest()];
    }

    private int newest() {
        return (rows - 1) % ROWS;
    }

    private int oldest() {
        return rows < ROWS ? 0 : rows % ROWS;
    }
}
