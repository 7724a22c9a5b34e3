package io.foreshock.detect;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.MedianWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/**
 * Whether a run still has something to learn: what tells a gradient that vanished from one that is no longer needed.
 * Near its floor the gradient of a loss falls with the loss itself (cross-entropy) or with its root (squares), and so do
 * the updates; a learning rate that has been annealed asks for no more.
 *
 * <p>The start is the median of the first {@value #ROWS} losses, the present that of the last {@value #ROWS}. Losses that
 * are not positive have no floor at 0 and are not judged. Without a learning rate in the log it is taken as constant.
 */
public final class LossToGo implements State {
    private static final int ROWS = 12;

    /** Below this share of its start a loss is near its floor: a gradient of squares has fallen to 0.4 by then. */
    private static final double FLOOR = 0.15;

    /** Below this share of its peak the learning rate is being annealed. */
    private static final double ANNEALED = 0.1;

    private final MedianWindow losses = new MedianWindow(ROWS);
    private int rows;
    private double start;
    private double rate;
    private double peakRate;

    /** Advances by a row. */
    public void observe(Row row) {
        double loss = row.value(Signal.LOSS);
        if (Double.isFinite(loss)) {
            losses.add(loss);
            if (rows < ROWS) {
                rows++;
                start = losses.median();
            }
        }
        double newRate = row.value(Signal.LR);
        if (Double.isFinite(newRate)) {
            rate = newRate;
            peakRate = Math.max(peakRate, newRate);
        }
    }

    /** True once a loss was reported. */
    public boolean known() {
        return rows > 0;
    }

    /** True while the loss is far from its floor and the learning rate not annealed; false where no loss is known. */
    public boolean far() {
        return rows > 0 && start > 0 && losses.median() > FLOOR * start && rate >= ANNEALED * peakRate;
    }

    /** The present loss as a share of that at the start. */
    public double share() {
        return losses.median() / start;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        losses.persist(archive);
        rows = archive.count(rows);
        start = archive.real(start);
        rate = archive.real(rate);
        peakRate = archive.real(peakRate);
    }
}
