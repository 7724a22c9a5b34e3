package io.foreshock.detect.steptimeregression;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.MeanWindow;
import io.foreshock.statistics.MedianWindow;
import java.io.IOException;

/** How long something takes lately, beside how long it took before. */
final class Pace implements State {
    /** Rows that are slow for three quarters before anything is said. */
    static final int RECENT = 128;

    static final int USUAL = 256;

    /** A median row that carries less of the time than this share of the mean row: rows come in bursts. */
    private static final double BURSTS = 1.0 / 3;

    private final MedianWindow recent = new MedianWindow(RECENT);
    private final MedianWindow usual = new MedianWindow(USUAL);
    private final MeanWindow recentMean = new MeanWindow(RECENT);
    private final MeanWindow usualMean = new MeanWindow(USUAL);
    private double[] waiting = new double[RECENT];
    private int next;
    private boolean slow;

    /**
     * Takes in how long a row took.
     *
     * @param slower share by which the median must be over the usual one
     */
    void add(double time, double slower) {
        if (recent.size() == RECENT && !slow) {
            usual.add(waiting[next]);
            usualMean.add(waiting[next]);
        }
        waiting[next] = time;
        next = (next + 1) % RECENT;
        recent.add(time);
        recentMean.add(time);
        boolean known = usual.size() == USUAL && recent.size() == RECENT && steady();
        double rise = slow ? slower / 2 : slower;
        slow = known && ratio() > 1 + rise && (slow || standsOut());
    }

    private boolean steady() {
        return recent.median() > BURSTS * recentMean.mean() && usual.median() > BURSTS * usualMean.mean();
    }

    private boolean standsOut() {
        return recent.smallest(RECENT / 4) > usual.smallest(USUAL * 3 / 4);
    }

    /** True while it takes longer than it did. */
    boolean slow() {
        return slow;
    }

    double recent() {
        return recent.median();
    }

    double usual() {
        return usual.median();
    }

    double ratio() {
        return recent.median() / usual.median();
    }

    void clear() {
        recent.clear();
        usual.clear();
        recentMean.clear();
        usualMean.clear();
        next = 0;
        slow = false;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        recent.persist(archive);
        usual.persist(archive);
        recentMean.persist(archive);
        usualMean.persist(archive);
        waiting = archive.reals(waiting);
        next = archive.count(next);
        slow = archive.flag(slow);
    }
}
