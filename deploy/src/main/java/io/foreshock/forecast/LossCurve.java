package io.foreshock.forecast;

import io.foreshock.judge.StepSignals;
import io.foreshock.statistics.Annealing;
import io.foreshock.statistics.LossLaw;
import io.foreshock.telemetry.Signal;
import java.util.Arrays;

/** Steps, learning rates and losses of one run; after a resume, what it went back over is replaced. */
public final class LossCurve {
    private final String run;
    private int size;
    private long[] steps = new long[1024];
    private double[] rates = new double[1024];
    private double[] losses = new double[1024];
    private boolean rated;
    private double rate = 1;

    public LossCurve(String run) {
        this.run = run;
    }

    /** Takes in a judged row; one without a finite loss says at most what the rate is. */
    public void add(StepSignals row) {
        double newRate = row.values().getOrDefault(Signal.LR, Double.NaN);
        if (newRate >= 0 && newRate < Double.POSITIVE_INFINITY) {
            rate = newRate;
            rated = true;
        }
        double loss = row.values().getOrDefault(Signal.LOSS, Double.NaN);
        if (!Double.isFinite(loss)) {
            return;
        }
        while (size > 0 && steps[size - 1] >= row.step()) {
            size--;
        }
        if (size == steps.length) {
            steps = Arrays.copyOf(steps, 2 * size);
            rates = Arrays.copyOf(rates, 2 * size);
            losses = Arrays.copyOf(losses, 2 * size);
        }
        steps[size] = row.step();
        rates[size] = rate;
        losses[size] = loss;
        size++;
    }

    public String run() {
        return run;
    }

    /** Rows with a loss. */
    public int size() {
        return size;
    }

    /** True if the run logged its learning rate. */
    public boolean rated() {
        return rated;
    }

    public long step(int row) {
        return steps[row];
    }

    public double rate(int row) {
        return rates[row];
    }

    /** The first row at or after this share of the run's steps. */
    public int rowAt(double share) {
        double step = steps[0] + share * (steps[size - 1] - steps[0]);
        int row = 0;
        while (row < size - 1 && steps[row] < step) {
            row++;
        }
        return row;
    }

    /** Mean loss of the rows from {@code first} up to {@code end}. */
    public double mean(int first, int end) {
        return Arrays.stream(losses, first, end).average().orElse(Double.NaN);
    }

    /**
     * The loss law of the rows before {@code end}.
     *
     * @param annealing false for a plain power law of the step, which knows of no schedule
     */
    public LossLaw law(int end, boolean annealing) {
        LossLaw law = new LossLaw();
        for (int i = 0; i < end; i++) {
            law.add(steps[i], annealing ? rates[i] : 1, losses[i]);
        }
        return law;
    }

    /** Goes on with the schedule over the run's own rows. */
    void follow(Annealing schedule, int first, int end, boolean annealing) {
        for (int i = first; i < end; i++) {
            schedule.advance(steps[i], annealing ? rates[i] : 1);
        }
    }
}
