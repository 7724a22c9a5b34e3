package io.foreshock.backtest.baseline;

import io.foreshock.statistics.MedianWindow;

/**
 * The rules, each with the defaults of the tool that it comes from. Where a rule fires on both sides and the trouble it
 * is asked about lies on one, it is asked about that one: two-sided, it would only be worse. Values that are not finite
 * are let through unless the rule itself is about them.
 */
final class Rules {
    /** Makes a median absolute deviation comparable with a standard deviation. */
    private static final double MAD = 1.4826;

    private static final double TINY = 1e-12;

    private Rules() {}

    /** Not a finite number. */
    static Rule notFinite() {
        return value -> !Double.isFinite(value);
    }

    /** Lightning's SpikeDetection: not finite, or above the last good value and 3 times the mean of the last 10 good ones. */
    static Rule lightning() {
        Recent good = new Recent(10);
        return value -> {
            boolean spike = !Double.isFinite(value)
                    || (good.size() >= 1
                            && value > good.newest(0)
                            && Math.abs(value - good.mean()) >= Math.abs(2 * good.mean()));
            if (!spike) {
                good.add(value);
            }
            return spike;
        };
    }

    /** llm-foundry's KillLossSpike: five losses in a row over twice the mean, or half of a window over the first one's maximum. */
    static Rule killLossSpike() {
        int length = 100;
        Recent window = new Recent(length);
        double[] state = {0, Double.NEGATIVE_INFINITY, 0};
        return finite(value -> {
            boolean fires = false;
            if (window.full()) {
                state[0] = value >= 2 * window.mean() ? state[0] + 1 : 0;
                fires = state[0] > 4;
                double cap = Math.min(state[1], 10);
                int high = 0;
                for (int age = 0; age < length; age++) {
                    high += window.newest(age) > cap ? 1 : 0;
                }
                fires |= state[2] >= 2 * length && high >= length / 2;
            } else {
                state[1] = Math.max(state[1], value);
            }
            window.add(value);
            state[2]++;
            return fires;
        });
    }

    /** trainscope's change point: upward CUSUM of robust z-scores over 200 values, slack 1, limit 6. */
    static Rule cusum() {
        MedianWindow window = new MedianWindow(200);
        double[] sum = {0};
        return finite(value -> {
            boolean fires = false;
            if (window.size() >= 30) {
                double scale = Math.max(TINY, MAD * window.medianDistance(window.median()));
                sum[0] = Math.max(0, sum[0] + (value - window.median()) / scale - 1);
                fires = sum[0] >= 6;
                sum[0] = fires ? 0 : sum[0];
            }
            window.add(value);
            return fires;
        });
    }

    /** Above the 99th percentile of the last 200. */
    static Rule percentile() {
        MedianWindow window = new MedianWindow(200);
        return finite(value -> {
            boolean fires = window.size() >= 30 && value > window.smallest((int) Math.ceil(0.99 * (window.size() - 1)));
            window.add(value);
            return fires;
        });
    }

    /** trainscope's durable crossing: three values in a row over median + 3 robust deviations of the first 40. */
    static Rule durableCrossing() {
        MedianWindow first = new MedianWindow(40);
        int[] streak = {0};
        return finite(value -> {
            if (first.size() < 40) {
                first.add(value);
                return false;
            }
            double limit = first.median() + 3 * MAD * first.medianDistance(first.median());
            streak[0] = value > limit ? streak[0] + 1 : 0;
            return streak[0] >= 3;
        });
    }

    /** Above the limit on so many values in a row, after a warm-up. */
    static Rule above(double limit, int inARow, int warmUp) {
        int[] state = {0, 0};
        return value -> {
            state[0] = value >= limit ? state[0] + 1 : 0;
            return ++state[1] > warmUp && state[0] >= inARow;
        };
    }

    /** Below the limit. */
    static Rule below(double limit) {
        return value -> value < limit;
    }

    /** ZClip: exponential mean and variance that keep 0.97, from 25 values on; z over 2.5, which enters clipped. */
    static Rule zclip() {
        double keep = 0.97;
        Recent first = new Recent(25);
        double[] moments = {0, 0};
        return finite(value -> {
            if (!first.full()) {
                first.add(value);
                moments[0] = first.mean();
                moments[1] = first.deviation(0) * first.deviation(0);
                return false;
            }
            double deviation = Math.sqrt(moments[1]);
            double z = (value - moments[0]) / (deviation + 1e-6);
            boolean fires = z > 2.5;
            double taken = fires ? moments[0] + 2.5 * deviation / (z / 2.5) : value;
            double before = moments[0];
            moments[0] = keep * moments[0] + (1 - keep) * taken;
            moments[1] = keep * moments[1] + (1 - keep) * (taken - before) * (taken - before);
            return fires;
        });
    }

    /** Megatron's spiky loss: ten times the largest of the first 100. */
    static Rule megatron() {
        double[] state = {0, 0};
        return finite(value -> {
            if (state[1] < 100) {
                state[1]++;
                state[0] = Math.max(state[0], Math.abs(value));
                return false;
            }
            return Math.abs(value) >= 10 * state[0];
        });
    }

    /**
     * Mean and deviations of a window.
     *
     * @param inside the window already holds the value that is judged
     */
    static Rule sigmas(int window, int warmUp, double sigmas, int lost, boolean inside) {
        Recent recent = new Recent(window);
        return finite(value -> {
            if (inside) {
                recent.add(value);
            }
            double deviation = recent.size() >= warmUp ? recent.deviation(lost) : 0;
            boolean fires = deviation > 1e-10 && value > recent.mean() + sigmas * deviation;
            if (!inside) {
                recent.add(value);
            }
            return fires;
        });
    }

    /** llm-foundry's delayed mean: 7.5 times the mean of the values 500 to 1,000 rows ago. */
    static Rule delayedMean() {
        Recent recent = new Recent(1_000);
        return finite(value -> {
            double sum = 0;
            int count = 0;
            for (int age = 499; age < recent.size(); age++) {
                sum += recent.newest(age);
                count++;
            }
            recent.add(value);
            return count > 0 && value > 7.5 * sum / count;
        });
    }

    /** stabilityguard: not finite, or ten times an exponential mean that takes one per cent, after ten values. */
    static Rule stabilityGuard() {
        double[] state = {0, 0};
        return value -> {
            if (!Double.isFinite(value)) {
                return true;
            }
            boolean fires = state[1] >= 10 && value > 10 * state[0];
            state[0] = state[1] == 0 ? value : state[0] + 0.01 * (value - state[0]);
            state[1]++;
            return fires;
        };
    }

    /** pytscope's local spike: 6 robust deviations over the median of the last 12. */
    static Rule pytscope() {
        MedianWindow window = new MedianWindow(12);
        return finite(value -> {
            boolean fires = false;
            if (window.size() >= 6) {
                double median = window.median();
                double mad = window.medianDistance(median);
                fires = mad == 0 ? value > 1.5 * median : value > median + 6 * MAD * mad;
            }
            window.add(value);
            return fires;
        });
    }

    /** SageMaker's LossNotDecreasing: every ten rows, unless the loss fell since ten rows ago. */
    static Rule notDecreasing() {
        double[] state = {0, Double.NaN};
        return finite(value -> {
            if (state[0]++ % 10 != 0) {
                return false;
            }
            boolean fires = value >= state[1];
            state[1] = value;
            return fires;
        });
    }

    /** SageMaker's StalledTraining, of time stamps in milliseconds: half an hour without anything new. */
    static Rule stalled() {
        double[] last = {Double.NaN};
        return value -> {
            boolean fires = value - last[0] > 1_800_000;
            last[0] = value;
            return fires;
        };
    }

    private static Rule finite(Rule rule) {
        return value -> Double.isFinite(value) && rule.fires(value);
    }
}
