package io.foreshock.forecast;

import io.foreshock.statistics.Annealing;

/** What the learning rate does from the end of a log to the run's last step. */
public enum Schedule {
    /** Stays as it is. */
    CONSTANT,
    /** Falls in a straight line to the last rate. */
    LINEAR,
    /** Falls to the last rate along half a cosine wave that began with the run. */
    COSINE,
    /** Stays as it is, and falls in a straight line to the last rate over the last share of the run. */
    WSD;

    /** Points at which a schedule is followed: the law takes it as straight between them. */
    private static final int POINTS = 1_000;

    /**
     * Follows the schedule to its end.
     *
     * @param so the schedule up to now, continued in place
     * @param end the run's last step
     * @param last the rate at that step
     * @param share share of the run's steps over which {@link #WSD} decays
     */
    public void follow(Annealing so, long end, double last, double share) {
        long now = so.step();
        double rate = so.rate();
        for (int i = 1; i <= POINTS; i++) {
            long step = now + Math.round((double) (end - now) * i / POINTS);
            so.advance(step, last + (rate - last) * height(now, step, end, share));
        }
    }

    /** Height above the last rate, 1 now and 0 at the end. */
    private double height(long now, long step, long end, double share) {
        return switch (this) {
            case CONSTANT -> 1;
            case LINEAR -> (double) (end - step) / (end - now);
            case COSINE -> wave(step, end) / wave(now, end);
            case WSD -> Math.min(1, (end - step) / Math.min((double) (end - now), share * end));
        };
    }

    private static double wave(long step, long end) {
        return 1 + Math.cos(Math.PI * step / end);
    }
}
