package io.foreshock.detect.overfitting;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.CurveNoise;
import io.foreshock.statistics.MeanWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/**
 * Held-out loss beside training loss, evaluation by evaluation: the lowest held-out loss, how far the last evaluations
 * are above it, and where the training loss was then and is now. The package gives the rule.
 *
 * <p>The <em>training level</em> of an evaluation is the mean of the training losses since the evaluation before, of the
 * last {@value #ROWS} at least. A data change, a warm restart or a spike raises it well above all it had reached: what the
 * held-out loss does meanwhile is not overfitting, and the level that it takes then is the best to measure from.
 */
public final class EvalCourse implements State {
    /** Evaluations whose mean stands for now, at least: one alone is noise, and a bump is over in two. */
    public static final int RECENT = 3;

    /** The same at most. */
    private static final int MANY = 12;

    /** Share of all evaluations that stand for now: where there are many, none needs to be trusted alone. */
    private static final int SHARE = 8;

    /** Rows over which the training loss is averaged at least. */
    private static final int ROWS = 8;

    /** Share of the first loss under which a loss is solved: what moves there does not matter. */
    private static final double FLOOR = 0.02;

    /** A best held-out loss counts as this share of the first at least: near 0 it moves by multiples that cost nothing. */
    private static final double LEAST = 0.2;

    /** Share of its first value under which the training loss of a model that never generalised shows memory. */
    private static final double MEMORISED = 0.25;

    private final MeanWindow trainWindow = new MeanWindow(ROWS);
    private double trainSum;
    private long trainCount;
    private long trainRows;
    private double firstTrain;
    private double trainNow;
    /** The lowest training level so far, and what it was when the best evaluation had settled. */
    private double lowest = Double.POSITIVE_INFINITY;

    private double reference;

    private double mean;
    private final CurveNoise noise = new CurveNoise();
    private double firstEval;
    private double before;
    private double now;
    private double best = Double.POSITIVE_INFINITY;
    private long bestStep;
    private long bestRows;
    private long onset;
    private int since;
    private boolean interrupted;
    private boolean overfits;
    private double crest;

    /**
     * Takes in a row; true if it brought an evaluation that can be set beside a training loss.
     *
     * @param row the row
     * @param config the limits
     */
    public boolean observe(Row row, Overfitting.Config config) {
        double loss = row.value(Signal.LOSS);
        // Beyond 1e100 the run has other troubles, and sums are no numbers.
        if (Math.abs(loss) < 1e100) {
            trainWindow.add(loss);
            trainSum += loss;
            trainCount++;
            trainRows++;
        }
        double eval = row.value(Signal.EVAL_LOSS);
        if (!(Math.abs(eval) < 1e100) || trainRows == 0) {
            return false;
        }
        trainNow = trainCount >= ROWS ? trainSum / trainCount : trainWindow.mean();
        trainSum = 0;
        trainCount = 0;
        evaluate(eval, row.step(), config);
        return true;
    }

    private void evaluate(double eval, long step, Overfitting.Config config) {
        if (noise.count() == 0) {
            firstTrain = trainNow;
            firstEval = eval;
        }
        noise.add(eval);
        double middle = (before + now) / 2;
        before = now;
        now = eval;
        if (eval < best) {
            best = eval;
            bestStep = step;
            bestRows = trainRows;
            mean = eval;
            since = 0;
            interrupted = false;
            overfits = false;
            settle();
            return;
        }
        since++;
        if (since == 1) {
            onset = step;
        }
        mean += (eval - mean) / Math.min(since, Math.max(RECENT, Math.min(MANY, noise.count() / SHARE)));
        if (since == 1 || trainRows - bestRows < ROWS) {
            settle();
        } else if (!overfits && above(trainNow, reference, config.jump()) && !trainSolved()) {
            best = interrupted ? Math.min(best, eval) : eval;
            bestStep = step;
            interrupted = true;
            mean = best;
            since = 0;
        } else {
            interrupted = false;
            lowest = Math.min(lowest, trainNow);
            judge(middle, config);
        }
    }

    /** The mean of the training losses lags: it has not heard yet how low it was at the best evaluation. */
    private void settle() {
        lowest = Math.min(lowest, trainNow);
        reference = lowest;
    }

    private void judge(double middle, Overfitting.Config config) {
        if (since < RECENT) {
            return;
        }
        double excess = mean - best;
        boolean matters = excess > config.size() * Math.max(Math.abs(best), floor());
        // From an untrained model on, the held-out loss first rises because the model grows sure.
        boolean learned = best < (1 - config.size()) * firstEval || trainNow < MEMORISED * firstTrain;
        boolean learns = learned && above(reference, trainNow, 0) && reference - trainNow > config.fall() * Math.abs(reference);
        if (!overfits) {
            // The gap grows by what the one loses and the other gains.
            double gap = excess + Math.max(0, reference - trainNow);
            double sigma = config.certainty() * noise.deviation();
            boolean certain = excess > CurveNoise.luckOf(noise.count()) * sigma
                    && gap > CurveNoise.largestOf(noise.count()) * sigma * Math.sqrt(1 + 1.0 / RECENT);
            overfits = matters && learns && certain && now >= middle;
            crest = mean;
        } else {
            crest = Math.max(crest, mean);
            overfits = matters && learns && excess > (crest - best) / 2;
        }
    }

    private static boolean above(double one, double other, double share) {
        return one - other > share * Math.abs(other);
    }

    private boolean trainSolved() {
        return trainNow <= FLOOR * firstTrain;
    }

    private double floor() {
        return LEAST * Math.min(Math.abs(firstEval), Math.abs(firstTrain));
    }

    /** True while the held-out loss is above its best because the training data are learned by heart. */
    public boolean overfits() {
        return overfits;
    }

    /** True once both losses are known. */
    public boolean evaluable() {
        return noise.count() > 0;
    }

    /** Evaluations since the best one. */
    public int since() {
        return since;
    }

    /** Evaluations so far. */
    public long evaluations() {
        return noise.count();
    }

    /** First step at which an evaluation was above the best. */
    public long onset() {
        return onset;
    }

    /** Step of the best evaluation. */
    public long bestStep() {
        return bestStep;
    }

    /** The lowest held-out loss, in its own unit. */
    public double best() {
        return best;
    }

    /** Mean of the last evaluations since the best; that one itself if it is the last. */
    public double now() {
        return mean;
    }

    /** The held-out loss of the last evaluation. */
    public double last() {
        return now;
    }

    /** The first held-out loss. */
    public double first() {
        return firstEval;
    }

    /** The lowest training level when the held-out loss was at its best. */
    public double trainThen() {
        return reference;
    }

    /** The training level of the last evaluation. */
    public double trainNow() {
        return trainNow;
    }

    /** The training level of the first evaluation. */
    public double trainFirst() {
        return firstTrain;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        trainWindow.persist(archive);
        trainSum = archive.real(trainSum);
        trainCount = archive.whole(trainCount);
        trainRows = archive.whole(trainRows);
        firstTrain = archive.real(firstTrain);
        trainNow = archive.real(trainNow);
        lowest = archive.real(lowest);
        reference = archive.real(reference);
        mean = archive.real(mean);
        noise.persist(archive);
        firstEval = archive.real(firstEval);
        before = archive.real(before);
        now = archive.real(now);
        best = archive.real(best);
        bestStep = archive.whole(bestStep);
        bestRows = archive.whole(bestRows);
        onset = archive.whole(onset);
        since = archive.count(since);
        interrupted = archive.flag(interrupted);
        overfits = archive.flag(overfits);
        crest = archive.real(crest);
    }
}
