package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import java.util.Arrays;

/**
 * What a learning-rate schedule has done so far, as the loss law with annealing counts it (arXiv:2408.11029): S1, the
 * sum of the rates of all steps, and S2, the sum over steps of a momentum to which each decrease of the rate adds and
 * which keeps a share λ a step. S2 is kept for each of {@link #KEEP}, because how long an annealing takes effect depends
 * on the run. Between two rows the rate is taken to change in a straight line, so every logging interval gives the same.
 */
public final class Annealing implements State {
    /** Shares λ of the momentum kept a step: it lasts 100, 1,000 or 10,000 steps. */
    private static final double[] KEEP = {0.99, 0.999, 0.9999, 0.99, 0.999, 0.9999};

    /** Steps for which the momentum lasts. */
    private static final double[] LASTS =
            Arrays.stream(KEEP).map(keep -> 1 / (1 - keep)).toArray();

    /** Whether decreases of the rate itself count, as in the paper, or those of its root. */
    private static final boolean[] ROOT = {false, false, false, true, true, true};

    /** Pairs of the two, for each of which S2 is kept. */
    static final int KINDS = KEEP.length;

    private long step = -1;
    private double rate;
    private double peak;
    private double s1;
    private double[] momentum = new double[KINDS];
    private double[] s2 = new double[KINDS];

    /** Goes on to a later step, with the rate it had there; the first call stands for all steps before at this rate. */
    public void advance(long newStep, double newRate) {
        long steps = step < 0 ? newStep + 1 : newStep - step;
        if (steps <= 0) {
            return;
        }
        s1 += step < 0 ? newRate * steps : steps * newRate + (rate - newRate) * (steps - 1) / 2;
        double root = Math.sqrt(rate);
        double newRoot = Math.sqrt(newRate);
        for (int k = 0; k < KINDS; k++) {
            double fell = ROOT[k] ? root - newRoot : rate - newRate;
            double fall = step < 0 ? 0 : fell / steps;
            double lasts = LASTS[k];
            double kept = steps == 1 ? KEEP[k] : Math.pow(KEEP[k], (double) steps);
            double seen = KEEP[k] * (1 - kept) * lasts;
            s2[k] += momentum[k] * seen + fall * lasts * (steps - seen);
            momentum[k] = kept * momentum[k] + fall * (1 - kept) * lasts;
        }
        step = newStep;
        rate = newRate;
        peak = Math.max(peak, newRate);
    }

    /** Goes back to an earlier step, as a resume does: the rates since then did not happen. */
    void rewind(long earlier) {
        s1 = Math.max(s1 / 2, s1 - rate * Math.max(0, step - earlier));
        step = Math.min(step, earlier);
    }

    /** The last step, -1 before the first. */
    public long step() {
        return step;
    }

    /** The rate at the last step. */
    public double rate() {
        return rate;
    }

    /** Sum of the rates. */
    public double s1() {
        return s1;
    }

    /** S2 as a share of what a slow decay from the peak to 0 makes of it. */
    double annealed(int k) {
        return peak > 0 ? s2[k] * (1 - KEEP[k]) / height(peak, k) : 0;
    }

    private static double height(double rate, int k) {
        return ROOT[k] ? Math.sqrt(rate) : rate;
    }

    /** The same history, to be continued otherwise. */
    public Annealing copy() {
        Annealing copy = new Annealing();
        copy.step = step;
        copy.rate = rate;
        copy.peak = peak;
        copy.s1 = s1;
        copy.momentum = momentum.clone();
        copy.s2 = s2.clone();
        return copy;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        step = archive.whole(step);
        rate = archive.real(rate);
        peak = archive.real(peak);
        s1 = archive.real(s1);
        momentum = archive.reals(momentum);
        s2 = archive.reals(s2);
    }
}
