package io.foreshock.forecast;

import io.foreshock.statistics.Annealing;
import io.foreshock.statistics.LossLaw;
import io.foreshock.statistics.LossLaw.Expected;
import org.jspecify.annotations.Nullable;

/**
 * A forecast of the end of a recorded run from its beginning, its later learning rates known, beside what came.
 *
 * @param run the run
 * @param fromStep the last step that was known
 * @param toStep the run's last step
 * @param came mean loss of its last rows
 * @param law what the loss law said
 * @param powerLaw what a power law of the step said, which knows no schedule
 * @param lastMean mean loss of the last rows that were known
 */
public record Check(
        String run, long fromStep, long toStep, double came, Expected law, double powerLaw, double lastMean) {
    /** Share of the run's rows whose mean is its loss at the end, and at the cut. */
    private static final double END = 0.02;

    /** Rows of which a mean is made at least. */
    private static final int FEWEST = 4;

    /** Null where the run is too short, or its loss follows no law. */
    public static @Nullable Check of(LossCurve curve, double share) {
        if (curve.size() == 0) {
            return null;
        }
        int cut = curve.rowAt(share);
        int last = Math.max(FEWEST, (int) (END * curve.size()));
        int end = curve.size();
        Expected law = expected(curve, cut, end - last, true);
        Expected powerLaw = expected(curve, cut, end - last, false);
        if (law == null || powerLaw == null || cut < last || cut > end - last) {
            return null;
        }
        return new Check(
                curve.run(),
                curve.step(cut - 1),
                curve.step(end - 1),
                curve.mean(end - last, end),
                law,
                powerLaw.loss(),
                curve.mean(cut - last, cut));
    }

    private static @Nullable Expected expected(LossCurve curve, int cut, int first, boolean annealing) {
        LossLaw law = curve.law(cut, annealing);
        LossLaw.Fit fit = law.fit();
        if (fit == null || first < cut) {
            return null;
        }
        Annealing schedule = law.schedule();
        curve.follow(schedule, cut, first, annealing);
        double loss = 0;
        double deviation = 0;
        int rows = curve.size() - first;
        for (int row = first; row < curve.size(); row++) {
            curve.follow(schedule, row, row + 1, annealing);
            Expected one = fit.at(schedule);
            loss += one.loss() / rows;
            deviation += one.deviation() / rows;
        }
        return new Expected(loss, deviation);
    }

    /** True if what came lies in the interval of 90 %. */
    public boolean held() {
        return law.low() <= came && came <= law.high();
    }

    /** Error of a forecast as a share of what came. */
    public double error(double forecast) {
        return forecast / came - 1;
    }
}
