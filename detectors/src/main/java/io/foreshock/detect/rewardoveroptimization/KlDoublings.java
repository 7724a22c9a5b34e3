package io.foreshock.detect.rewardoveroptimization;

import io.foreshock.detect.KlLine;
import io.foreshock.detect.RewardCourse;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Progress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * KL, and where KL and reward stood at its last two doublings: the points with which the reward of today is compared. Both
 * are means over the same rows there, so they lag by the same and lie on the same line. Feed it finite values only.
 */
final class KlDoublings implements State {
    private final Progress kl = RewardCourse.progress();
    private Point before = new Point();
    private Point last = new Point();

    private static final class Point implements State {
        private double kl = Double.NaN;
        private double reward;
        private long step;

        /** False where it does not exist. */
        private boolean isHalfOf(double other) {
            return 2 * kl <= other;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            kl = archive.real(kl);
            reward = archive.real(reward);
            step = archive.whole(step);
        }
    }

    /** Takes in a row that the course has seen. */
    void add(long step, double value, RewardCourse course) {
        kl.add(step, value);
        boolean first = Double.isNaN(last.kl);
        if (course.known() && kl.lately() > 0 && (first || last.isHalfOf(kl.lately()))) {
            before = last;
            last = new Point();
            last.kl = kl.lately();
            last.reward = course.reward().lately();
            last.step = step;
        }
    }

    Progress kl() {
        return kl;
    }

    /** True if KL never was higher, as a mean of some rows. */
    boolean isHighest(long step) {
        return kl.bestStep() == step;
    }

    /** The latest point at which KL was half of what it is, or less; null if there is none. */
    private @Nullable Point half() {
        if (last.isHalfOf(kl.now())) {
            return last;
        }
        return before.isHalfOf(kl.now()) ? before : null;
    }

    /** The reward of today beside that at half of its KL; null if there is none. */
    @Nullable
    KlLine line(RewardCourse course) {
        Point half = half();
        return half == null ? null : new KlLine(course, half.kl, half.reward, kl.now());
    }

    /** Step at which KL was half of what it is. */
    long halfStep() {
        Point half = half();
        return half == null ? 0 : half.step;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        kl.persist(archive);
        before.persist(archive);
        last.persist(archive);
    }
}
