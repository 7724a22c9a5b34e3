package io.foreshock.detect;

/**
 * What the reward gained for the KL that was spent between an earlier point and now, beside the line on which it lies while
 * learning is sound: reward is about linear in {@code d = sqrt(KL)} (arXiv:2204.05862). Good for comparing KL of one
 * normalisation with itself, whatever it is.
 *
 * @param course the reward as it stands now
 * @param klThen KL at the earlier point, {@code > 0}
 * @param rewardThen reward at the earlier point
 * @param klNow KL now
 */
public record KlLine(RewardCourse course, double klThen, double rewardThen, double klNow) {
    /** What the line of the whole run promised for the KL that was spent since. */
    public double promised() {
        return course.reward().gain() * (1 - Math.sqrt(klThen / klNow));
    }

    /** What the reward gained since. */
    public double came() {
        return course.reward().now() - rewardThen;
    }

    /** Reward gained a unit of d from the start of the run to the earlier point. */
    public double rateBefore() {
        return (rewardThen - course.reward().start()) / Math.sqrt(klThen);
    }

    /** Reward gained a unit of d since. */
    public double rateSince() {
        return came() / (Math.sqrt(klNow) - Math.sqrt(klThen));
    }

    /** What is missing to the line. */
    public double missing() {
        return promised() - came();
    }

    /** What may be missing to it: all but the share that has to be kept, or what is chance. */
    public double allowed(double kept) {
        return Math.max(
                (1 - kept) * promised(), RewardCourse.ERRORS * course.reward().error());
    }

    /** The reward gained less than this share of what was promised, which is no chance, and has not run out of reward to gain. */
    public boolean isLeft(double kept) {
        boolean solved = course.ranged() && course.reaches(RewardCourse.SOLVED);
        return !solved
                && came() < kept * promised()
                && missing() > RewardCourse.ERRORS * course.reward().error();
    }
}
