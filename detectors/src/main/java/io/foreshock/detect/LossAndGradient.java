package io.foreshock.detect;

import io.foreshock.detect.Changes.Kind;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Course;
import io.foreshock.statistics.MeanWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.List;

/**
 * Loss and gradient norm of a run beside their courses, and what else changed: what the loss and gradient signatures
 * have in common. They share the one that {@link RunHistory#lossAndGradient} keeps, unless they are set to other limits.
 *
 * <p><b>Departure.</b> A loss departs from its course when it is significant in its own noise ({@code sigmas} scales) and
 * large enough to matter ({@code excess} times its level). Both, always: significance alone fires on healthy runs. From
 * then on level and scale are held and the rows stay out of them. The departure goes on while rows are above half the
 * sigmas, and ends in one of three ways: the loss <i>returns</i> ({@value #BACK} such rows missing); or it is
 * <i>accepted</i> as a change of the data; or it <i>lasts</i> for {@value #HOLD} rows and becomes the new course.
 *
 * <p><b>Reason.</b> What instability leaves beside the loss, and new data does not: the gradient norm moved too, or the
 * learning rate had risen, or the run had been resumed, or its optimizer's state was lost ({@link Changes}). Where a gradient is logged, a departure without a reason that
 * is not back after {@value #PATIENCE} rows is a change of data.
 *
 * <p><b>Hill.</b> A lost optimizer state or too high a rate lift the loss slowly, no single row stands out, and the
 * course follows. For {@value #MEMORY} rows after such a change the mean of {@value #NEAR} rows is compared with the
 * course as it was before it; half the excess is enough, because the moment is known beforehand.
 *
 * <p><b>Warned.</b> For {@value #MEMORY} rows after a known cause began to fire, or somebody changed the run, half the
 * evidence and half the size suffice. A cause that has fired for longer has shown that the loss bears it.
 *
 * <p>Relative numbers are shares of {@link #base}. Rows, not steps, are the clock: logs have 1 to 500 steps between
 * rows. A resume keeps the courses, because a clean one continues on them, unless it goes back by more than a fifth of
 * the run; another batch size and another logged stage of the data begin new ones. NaN and infinite values are not seen, gradient norms of 0 neither. A loss that is 0 from the start has no
 * course until it is something else.
 */
public final class LossAndGradient implements State {
    /** Scales above its course at which a loss departs. */
    public static final double SIGMAS = 6;

    /** Share of its level by which a loss that departs is above its course. */
    public static final double EXCESS = 0.25;

    /** Rows before the first verdict. */
    public static final int WARM_UP = 12;

    /** Rows of the mean that shows a hill. */
    public static final int NEAR = 6;

    /** Rows back on course that end a departure. */
    public static final int BACK = 3;

    /** Raised rows in a row after which a loss that came back was no isolated batch. */
    public static final int MORE_THAN_A_BATCH = 3;

    /** Rows of a departure without a reason after which it is a change of data. */
    public static final int PATIENCE = 14;

    /** Rows for which level and scale are held: three lengths of the course. */
    public static final int HOLD = 3 * Course.LENGTH;

    /** Rows for which a rate that rose, or a resume, is a reason: one length of the course. */
    public static final int MEMORY = Course.LENGTH;

    /** Rows by which a gradient may move ahead of the loss. */
    private static final int AHEAD = 2;

    /**
     * A gradient moved when it is this many scales, and this many times, above its course. The clearer it stands out, the
     * less it needs to have grown: the logarithm needed falls with the root of the scales.
     */
    private static final double GRADIENT_SIGMAS = 3;

    private static final double GRADIENT_RATIO = 1.8;

    /** A level below this share of the first loss counts as this share: a fitted task may move there. */
    private static final double FLOOR = 0.001;

    /** Noise that a number of three digits cannot show. */
    private static final double SMALLEST_NOISE = 0.001;

    private static final double SMALLEST_LOG_NOISE = 0.01;

    /** What is known to end in a loss that leaves its course. A healthy run shows none of it. */
    private static final List<String> CAUSES = List.of(
            "lr_anomaly",
            "attention_logit_growth",
            "attention_entropy_collapse",
            "output_logit_drift",
            "activation_growth");

    /** Share of the evidence that suffices while such a cause fires. Evidence grows with the square of the scales. */
    private static final double KNOWN = 0.5;

    private static final long LONG_AGO = Long.MAX_VALUE / 2;

    /** How a departure ends. */
    public enum End {
        NOT_YET,
        RETURNED,
        ACCEPTED,
        LASTED
    }

    private final double sigmas;
    private final double excess;

    private final Course loss = new Course();
    private final Course gradient = new Course();
    private final MeanWindow near = new MeanWindow(NEAR);
    private long lossRows;
    private long gradientRows;
    private double first;
    private long sinceChange = LONG_AGO;
    private long sinceGradient = LONG_AGO;
    private long sinceCause = LONG_AGO;
    private int causes;
    private double levelBeforeChange;
    private double scaleBeforeChange;

    private int departed;
    private int raisedRows;
    private int backRows;
    private int streak;
    private int longestStreak;
    private boolean reason;
    private long onset;
    private double peak;
    private double area;
    private double level;
    private double scale;
    private double[] aside = new double[PATIENCE];

    // What this row shows, overwritten by the next.
    private boolean judged;
    private boolean raised;
    private End end = End.NOT_YET;
    private double value;
    private double bareLevel;
    private double bareScale;
    private boolean gradientJudged;
    private double logRatio;
    private double logScale;
    private double gradientLevel;

    public LossAndGradient() {
        this(SIGMAS, EXCESS);
    }

    /**
     * @param sigmas scales above its course at which a loss departs, {@code > 0}
     * @param excess share of its level by which it is above it, {@code > 0}
     */
    public LossAndGradient(double sigmas, double excess) {
        this.sigmas = sigmas;
        this.excess = excess;
    }

    /**
     * Advances by a row.
     *
     * @param run what else is known of the run as of this row
     */
    public void observe(Row row, RunHistory run) {
        settle();
        judged = false;
        raised = false;
        gradientJudged = false;
        end = End.NOT_YET;
        observeCauses(run);
        observeChange(run.changes());
        double norm = row.value(Signal.GRAD_NORM);
        if (norm > 0 && norm < Double.POSITIVE_INFINITY) {
            observeGradient(Math.log(norm));
        }
        double newLoss = row.value(Signal.LOSS);
        if (Double.isFinite(newLoss)) {
            observeLoss(newLoss, row.step());
        }
    }

    /**
     * Forgets a departure that ended with the row before, and takes up the new course if there is one. Isolated batches are
     * noise, and enter the course now.
     */
    private void settle() {
        if (end == End.NOT_YET) {
            return;
        }
        if (end != End.RETURNED) {
            loss.clear();
            gradient.clear();
        } else if (!reason && longestStreak < MORE_THAN_A_BATCH) {
            for (int i = 0; i < Math.min(departed, PATIENCE); i++) {
                loss.add(aside[i]);
            }
        }
        departed = 0;
        end = End.NOT_YET;
    }

    private void observeCauses(RunHistory run) {
        int firing = 0;
        for (String cause : CAUSES) {
            firing += run.firing(cause) ? 1 : 0;
        }
        sinceCause = firing > causes ? 0 : sinceCause + 1;
        causes = firing;
    }

    private void observeChange(Changes changes) {
        if (changes.now(Kind.RESUME) || changes.relearn()) {
            departed = 0;
        }
        if (changes.relearn()) {
            loss.clear();
            gradient.clear();
        }
        boolean rose = changes.rateRose() && lossRows >= WARM_UP;
        if (changes.now(Kind.RESUME) || changes.now(Kind.OPTIMIZER) || rose) {
            change();
        }
    }

    private void change() {
        sinceChange = 0;
        near.clear();
        levelBeforeChange = loss.level();
        scaleBeforeChange = loss.size() < WARM_UP ? Double.POSITIVE_INFINITY : noise(loss);
    }

    private void observeGradient(double log) {
        gradientRows++;
        if (gradient.size() >= WARM_UP) {
            gradientJudged = true;
            gradientLevel = Math.exp(gradient.level());
            logScale = Math.max(gradient.scale(), SMALLEST_LOG_NOISE);
            logRatio = log - gradient.level();
            sinceGradient = moved() ? 0 : sinceGradient + 1;
        }
        if (departed == 0) {
            gradient.add(log);
        }
    }

    private boolean moved() {
        double scales = logRatio / logScale;
        return scales > GRADIENT_SIGMAS && logRatio > Math.log(GRADIENT_RATIO) * Math.sqrt(GRADIENT_SIGMAS / scales);
    }

    private void observeLoss(double newLoss, long step) {
        value = newLoss;
        near.add(newLoss);
        lossRows++;
        sinceChange++;
        if (first == 0) {
            first = Math.abs(newLoss);
            loss.clear();
        }
        if (loss.size() < WARM_UP) {
            loss.add(newLoss);
            return;
        }
        judged = true;
        bareLevel = loss.level();
        bareScale = Math.max(loss.scale(), SMALLEST_NOISE * Math.abs(bareLevel));
        boolean hill = false;
        boolean watched = sinceChange >= NEAR && sinceChange <= MEMORY;
        if (departed == 0) {
            hill = watched && isHill(levelBeforeChange, scaleBeforeChange);
            level = hill ? levelBeforeChange : loss.level();
            scale = hill ? scaleBeforeChange : noise(loss);
            raised = hill || isAbove(sigmas);
            if (!raised) {
                loss.add(newLoss);
                return;
            }
            depart(step);
        } else {
            raised = isAbove(sigmas / 2) || (watched && isHill(level, scale));
        }
        if (departed < PATIENCE) {
            aside[departed] = newLoss;
        }
        departed++;
        reason |= sinceGradient <= AHEAD || sinceChange <= MEMORY;
        if (raised) {
            raisedRows++;
            streak++;
            longestStreak = Math.max(longestStreak, streak);
            backRows = 0;
            area += excess();
            peak = Math.max(peak, newLoss);
        } else {
            streak = 0;
            backRows++;
        }
        if (backRows >= BACK) {
            end = End.RETURNED;
        } else if (departed >= HOLD) {
            end = End.LASTED;
        } else if (departed >= PATIENCE && gradientLogged() && !reason) {
            end = End.ACCEPTED;
        }
    }

    private void depart(long step) {
        onset = step;
        peak = value;
        area = 0;
        raisedRows = 0;
        backRows = 0;
        streak = 0;
        longestStreak = 0;
        reason = false;
    }

    private boolean isAbove(double scales) {
        return value - level > Math.max(significant(scales) * scale, matters(excess) * base());
    }

    private boolean isHill(double from, double noise) {
        double height = near.mean() - from;
        return height > Math.max(sigmas * noise / Math.sqrt(NEAR), excess / 2 * base(from));
    }

    private double noise(Course course) {
        return Math.max(course.scale(), SMALLEST_NOISE * base(course.level()));
    }

    private double base(double from) {
        return Math.max(Math.max(Math.abs(from), FLOOR * first), Double.MIN_NORMAL);
    }

    private boolean warned() {
        return (causes > 0 && sinceCause <= MEMORY) || changed();
    }

    /** So many scales are significant now, of those that are where no cause is known. */
    public double significant(double scales) {
        return warned() ? scales * Math.sqrt(KNOWN) : scales;
    }

    /** A share so large matters now, of that which does where no cause is known. */
    public double matters(double share) {
        return warned() ? share * KNOWN : share;
    }

    /** True if this row carries a loss that can be compared with its course. */
    public boolean judged() {
        return judged;
    }

    /** Where the loss should be, in its own unit; held while it is away. */
    public double level() {
        return level;
    }

    /** Standard deviation of its noise, in its own unit; held while it is away. */
    public double scale() {
        return scale;
    }

    /** What excesses are shares of: the size of the level, at least a thousandth of the first loss. */
    public double base() {
        return base(level);
    }

    /** How far this row's loss is above its course, as a share of {@link #base}. */
    public double excess() {
        return (value - level) / base();
    }

    /** How far this row's loss is above its course, in scales. */
    public double sigmas() {
        return (value - level) / scale;
    }

    /**
     * True if this row's loss is above its course by so many scales and by this share of it, however small that course is:
     * on a fitted task the departures of {@link #base} say nothing about a loss that is still far below it.
     */
    public boolean above(double scales, double share) {
        double height = value - bareLevel;
        return height > significant(scales) * bareScale && height > matters(share) * Math.abs(bareLevel);
    }

    /** The loss at which it departs, in its own unit. */
    public double threshold() {
        return level + Math.max(significant(sigmas) * scale, matters(excess) * base());
    }

    /** True if this row's loss belongs to a departure. */
    public boolean raised() {
        return raised;
    }

    /** Rows since the loss departed, this one included; 0 on course. */
    public int departed() {
        return departed;
    }

    /** Raised rows in a row, up to this one. */
    public int streak() {
        return streak;
    }

    /** Most raised rows in a row since it departed. */
    public int longestStreak() {
        return longestStreak;
    }

    /** True if something beside the loss says that this departure is no change of data. */
    public boolean reason() {
        return reason;
    }

    /** Step at which the loss departed. */
    public long onset() {
        return onset;
    }

    /** Highest loss since it departed, in its own unit. */
    public double peak() {
        return peak;
    }

    /**
     * True if the loss has been higher than anything on its course lately, odd batches included; clearly higher, by the
     * excess, where a gradient that did not move speaks against it.
     */
    public boolean outstanding() {
        return peak - level > (gradientLogged() ? 1 + excess : 1) * loss.reach();
    }

    /** Sum of the excesses of the raised rows since it departed. */
    public double area() {
        return area;
    }

    /** Whether the departure ends with this row, and how. */
    public End end() {
        return end;
    }

    /** Loss of the first row that was not 0, without its sign. */
    public double first() {
        return first;
    }

    /** True while a learning rate that rose, a resume or a lost optimizer state is not long past. */
    public boolean changed() {
        return sinceChange <= MEMORY;
    }

    /** True once gradient norms are known well enough to say that one did not move. */
    public boolean gradientLogged() {
        return gradientRows >= WARM_UP;
    }

    /** True if this row carries a gradient norm that can be compared with its course. */
    public boolean gradientJudged() {
        return gradientJudged;
    }

    /** Where the gradient norm should be. */
    public double gradientLevel() {
        return gradientLevel;
    }

    /** Natural logarithm of this row's gradient norm over its course. */
    public double logRatio() {
        return logRatio;
    }

    /** Standard deviation of the logarithm's noise. */
    public double logScale() {
        return logScale;
    }

    /** True if the gradient norm moved at this row or the two before. */
    public boolean gradientMoved() {
        return sinceGradient <= AHEAD;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        settle();
        loss.persist(archive);
        gradient.persist(archive);
        near.persist(archive);
        lossRows = archive.whole(lossRows);
        gradientRows = archive.whole(gradientRows);
        first = archive.real(first);
        sinceChange = archive.whole(sinceChange);
        sinceGradient = archive.whole(sinceGradient);
        sinceCause = archive.whole(sinceCause);
        causes = archive.count(causes);
        levelBeforeChange = archive.real(levelBeforeChange);
        scaleBeforeChange = archive.real(scaleBeforeChange);
        departed = archive.count(departed);
        raisedRows = archive.count(raisedRows);
        backRows = archive.count(backRows);
        streak = archive.count(streak);
        longestStreak = archive.count(longestStreak);
        reason = archive.flag(reason);
        onset = archive.whole(onset);
        peak = archive.real(peak);
        area = archive.real(area);
        level = archive.real(level);
        scale = archive.real(scale);
        aside = archive.reals(aside);
    }
}
