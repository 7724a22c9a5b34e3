package io.foreshock.detect;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Course;
import io.foreshock.statistics.LevelShift;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/**
 * What somebody changed about a run, read from its telemetry: reasons for a loss or gradient to be elsewhere that are no
 * trouble by themselves. Kept in {@link RunHistory}, so that every detector sees the same changes at the same row, and
 * none looks for them again.
 *
 * <ul>
 *   <li><b>Resume</b>: the row says so ({@link Row#resumed()}).
 *   <li><b>Learning rate</b>: it steps by a factor of 1.4 or more within a row, and at {@value #SUDDEN} times the pace of the
 *       rows before. A schedule is smooth: from row to row the pace of warm-ups, cosines and decays to zero changes less
 *       than twofold, in their last rows too.
 *   <li><b>Batch size</b>: another one after {@value #CONSTANT} equal ones. Sizes that differ from row to row never count.
 *   <li><b>Data</b>: the logged stage ({@link Signal#DATA_STAGE}) is another, or the loss steps up within a row
 *       and stays there while gradient norm and learning rate do not move, see {@link LevelShift}.
 *   <li><b>Optimizer</b>: its moments were lost. The update, in units of the learning rate, jumps by {@value #UPDATE_JUMP}
 *       times and the gradient norm does not explain it: Adam's first step after a reset is as long as the rate, whatever
 *       the gradient. Or the second moment falls faster than beta2 lets it: lost with the step counter kept, it is
 *       (1 - beta2) g^2, at most a tenth.
 * </ul>
 *
 * <p>Each change has a clock of its own, the rows that carry the metric it is seen on. Cost: about 350 numbers a run,
 * one pass over 48 numbers a row.
 */
public final class Changes implements State {
    /** What was changed. */
    public enum Kind {
        RESUME,
        LEARNING_RATE,
        BATCH_SIZE,
        DATA,
        OPTIMIZER
    }

    /** Rows for which a change explains what follows: one length of a course. */
    public static final int SETTLING = Course.LENGTH;

    /** Rows of a metric before a change of it is believed. */
    private static final int CONSTANT = 12;

    /** A rate that steps by less may be a stair of a smooth schedule. */
    private static final double SMALLEST_STEP = Math.log(1.4);

    private static final double SUDDEN = 4;

    /** What the pace of a schedule keeps from row to row: a step is forgotten after about twenty. */
    private static final double FADE = 0.8;

    /** A rate that rises by less from row to row is a warm-up or a cosine. */
    private static final double RATE_RISE = 1.5;

    /** A batch size that changes by less leaves the noise as it is. */
    private static final double OTHER_NOISE = 1.25;

    /** A resume at an earlier share of the run continues on a course of its own. */
    private static final double FAR_BACK = 0.8;

    /** A loss below this share of the first is that of a fitted task, which may move there. */
    private static final double FLOOR = 0.001;

    /** Scales by which the update must stand out. */
    private static final double SIGMAS = 6;

    private static final double UPDATE_JUMP = 2.5;
    private static final double SMALLEST_LOG_NOISE = 0.01;

    /** No fall of a second moment's root below a third shows in one step for beta2 of 0.9 and more. */
    private static final double MOMENT_FALL = Math.log(3);

    /** Most by which the logarithm of the second moment's root falls a step, at a beta2 of 0.95. */
    private static final double MOMENT_PACE = -Math.log(0.95) / 2;

    private final Change[] changes = new Change[Kind.values().length];
    private final Course update = new Course();
    private final Course gradient = new Course();
    private final LevelShift loss = new LevelShift();
    private long rows;
    private long lastStep;
    private long rateRows;
    private long rateStep;
    private double rate;
    private double pace;
    private double batch;
    private int sameBatch;
    private double stage = Double.NaN;
    private double first;
    private double lastUpdate;
    private double moment;
    private long momentStep;

    // What this row shows, overwritten by the next.
    private boolean relearn;
    private boolean rateRose;

    public Changes() {
        for (int i = 0; i < changes.length; i++) {
            changes[i] = new Change();
        }
    }

    /**
     * Advances by a row.
     *
     * @param hasCourse true for a run whose loss has a course: not for policies, preferences and while it diverges
     */
    void observe(Row row, boolean hasCourse) {
        relearn = false;
        rateRose = false;
        for (Change change : changes) {
            change.now = false;
        }
        age(row);
        observeResume(row);
        observeRate(row);
        observeBatch(row);
        observeStage(row);
        double moved = observeGradient(row);
        observeUpdate(row, moved);
        observeMoment(row);
        if (hasCourse) {
            observeLoss(row);
        } else {
            loss.clear();
        }
        lastStep = row.step();
        rows++;
    }

    private void age(Row row) {
        change(Kind.RESUME).since++;
        change(Kind.LEARNING_RATE).since += row.has(Signal.LR) ? 1 : 0;
        change(Kind.BATCH_SIZE).since += row.has(Signal.BATCH_SIZE) ? 1 : 0;
        change(Kind.DATA).since += row.has(Signal.LOSS) || row.has(Signal.DATA_STAGE) ? 1 : 0;
        boolean update = row.has(Signal.UPDATE_RATIO) || row.has(Signal.ADAM_SECOND_MOMENT_RMS);
        change(Kind.OPTIMIZER).since += update ? 1 : 0;
    }

    private void observeResume(Row row) {
        if (row.resumed() && rows > 0) {
            relearn = row.step() < FAR_BACK * lastStep;
            for (Change change : changes) {
                change.forget();
            }
            change(Kind.RESUME).happens(row.step(), (double) lastStep, (double) row.step());
            loss.clear();
        }
    }

    private void observeRate(Row row) {
        double now = row.value(Signal.LR);
        if (!(now > 0 && now < Double.POSITIVE_INFINITY)) {
            return;
        }
        if (rate > 0) {
            long steps = Math.max(1, Math.abs(row.step() - rateStep));
            double log = Math.abs(Math.log(now / rate));
            boolean sudden = log > SMALLEST_STEP && log > SUDDEN * pace * steps;
            if (sudden && rateRows >= CONSTANT && !relearn) {
                change(Kind.LEARNING_RATE).happens(row.step(), rate, now);
                loss.clear();
            }
            rateRose = now > RATE_RISE * rate;
            pace = Math.max(FADE * pace, log / steps);
        }
        rate = now;
        rateStep = row.step();
        rateRows++;
    }

    private void observeBatch(Row row) {
        double now = row.value(Signal.BATCH_SIZE);
        if (!(now > 0 && now < Double.POSITIVE_INFINITY)) {
            return;
        }
        if (now == batch) {
            sameBatch++;
            return;
        }
        if (sameBatch >= CONSTANT) {
            relearn |= Math.max(now, batch) >= OTHER_NOISE * Math.min(now, batch);
            change(Kind.BATCH_SIZE).happens(row.step(), batch, now);
        }
        batch = now;
        sameBatch = 1;
    }

    private void observeStage(Row row) {
        double now = row.value(Signal.DATA_STAGE);
        if (Double.isFinite(now)) {
            if (now != stage && !Double.isNaN(stage)) {
                relearn = true;
                change(Kind.DATA).happens(row.step(), stage, now);
                loss.clear();
            }
            stage = now;
        }
    }

    /** Logarithm by which the gradient norm is above its course; NaN where that is unknown. */
    private double observeGradient(Row row) {
        double norm = row.value(Signal.GRAD_NORM);
        if (!(norm > 0 && norm < Double.POSITIVE_INFINITY)) {
            return Double.NaN;
        }
        double log = Math.log(norm);
        double above = gradient.size() < CONSTANT ? Double.NaN : log - gradient.level();
        gradient.add(log);
        return above;
    }

    private void observeUpdate(Row row, double gradientAbove) {
        double ratio = row.value(Signal.UPDATE_RATIO) / row.value(Signal.LR);
        if (!(ratio > 0 && ratio < Double.POSITIVE_INFINITY)) {
            return;
        }
        double log = Math.log(ratio);
        if (update.size() >= CONSTANT) {
            // Without a gradient beside it a jump may be a gradient's, unless it comes with a resume.
            boolean known = !Double.isNaN(gradientAbove) || row.resumed();
            double explained = Math.max(0, Double.isNaN(gradientAbove) ? 0 : gradientAbove);
            double jump = Math.min(log - update.level(), log - lastUpdate) - explained;
            double noise = Math.max(update.scale(), SMALLEST_LOG_NOISE);
            if (known && jump > Math.log(UPDATE_JUMP) && jump > SIGMAS * noise) {
                change(Kind.OPTIMIZER).happens(row.step(), Math.exp(update.level()), ratio);
            }
        }
        update.add(log);
        lastUpdate = log;
    }

    private void observeMoment(Row row) {
        double now = row.value(Signal.ADAM_SECOND_MOMENT_RMS);
        if (!(now > 0 && now < Double.POSITIVE_INFINITY)) {
            return;
        }
        Change change = change(Kind.OPTIMIZER);
        double fall = Math.log(moment / now);
        long steps = Math.abs(row.step() - momentStep);
        if (moment > 0 && !change.now && fall > Math.max(MOMENT_FALL, MOMENT_PACE * steps)) {
            change.happens(row.step(), moment, now);
        }
        moment = now;
        momentStep = row.step();
    }

    private void observeLoss(Row row) {
        double now = row.value(Signal.LOSS);
        double norm = row.value(Signal.GRAD_NORM);
        if (!Double.isFinite(now)) {
            return;
        }
        if (!(norm > 0 && norm < Double.POSITIVE_INFINITY)) {
            // Without a gradient a step of the loss may be anything.
            loss.clear();
            return;
        }
        loss.add(row.step(), now, Math.log(norm));
        first = first == 0 ? Math.abs(now) : first;
        if (loss.shifted(FLOOR * first)) {
            change(Kind.DATA).happens(loss.edge(), loss.before(), loss.after());
            loss.clear();
        }
    }

    private Change change(Kind kind) {
        return changes[kind.ordinal()];
    }

    /** True if this row shows the change. */
    public boolean now(Kind kind) {
        return change(kind).now;
    }

    /** Rows since the change was seen, of those that carry its metric; a huge number where there was none. */
    public long since(Kind kind) {
        return change(kind).since;
    }

    /**
     * True while the change explains what follows: for {@value #SETTLING} rows, and for twice the time between the last
     * two, so that a ramp of many steps is one change.
     */
    public boolean lasts(Kind kind) {
        return change(kind).lasts();
    }

    /** Step of the last change: of data, the step at which the loss moved, some rows before it was certain. */
    public long step(Kind kind) {
        return change(kind).step;
    }

    /** What it was before: a step, a rate, a size, a loss or a stage, an update in units of the rate or a moment. */
    public double before(Kind kind) {
        return change(kind).before;
    }

    /** What it has been since. */
    public double after(Kind kind) {
        return change(kind).after;
    }

    /** True if this row's learning rate is half as high again as the row's before it, warm-ups included. */
    public boolean rateRose() {
        return rateRose;
    }

    /** True if from this row on loss and gradient are on a course of their own: what was known of them is past. */
    public boolean relearn() {
        return relearn;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        for (Change change : changes) {
            change.persist(archive);
        }
        update.persist(archive);
        gradient.persist(archive);
        loss.persist(archive);
        rows = archive.whole(rows);
        lastStep = archive.whole(lastStep);
        rateRows = archive.whole(rateRows);
        rateStep = archive.whole(rateStep);
        rate = archive.real(rate);
        pace = archive.real(pace);
        batch = archive.real(batch);
        sameBatch = archive.count(sameBatch);
        stage = archive.real(stage);
        first = archive.real(first);
        lastUpdate = archive.real(lastUpdate);
        moment = archive.real(moment);
        momentStep = archive.whole(momentStep);
    }

    /** The last change of one kind. */
    private static final class Change implements State {
        private static final long NEVER = Long.MAX_VALUE / 4;

        private boolean now;
        private long since = NEVER;
        private long gap;
        private long step;
        private double before;
        private double after;

        void happens(long atStep, double was, double is) {
            gap = since >= NEVER ? 0 : since;
            now = true;
            since = 0;
            step = atStep;
            before = was;
            after = is;
        }

        /** What was changed in an attempt that is over explains nothing in the next. */
        void forget() {
            since = NEVER;
        }

        boolean lasts() {
            return since < Math.max(SETTLING, 2 * gap);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            since = archive.whole(since);
            gap = archive.whole(gap);
            step = archive.whole(step);
            before = archive.real(before);
            after = archive.real(after);
        }
    }
}
