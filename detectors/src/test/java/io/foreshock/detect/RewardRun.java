package io.foreshock.detect;

import io.foreshock.judge.Play;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongToDoubleFunction;

/**
 * A synthetic run of reinforcement learning: each signal follows a curve over the steps, and reward and gold reward share the
 * noise of their batch. Seeded: every step that a test names is exact.
 */
public final class RewardRun {
    public final Play play;
    private final Random random = new Random(20_261_124);
    private final Map<Signal, LongToDoubleFunction> curves = new EnumMap<>(Signal.class);
    private double noise = 0.03;
    private double goldScale = 1;
    private int stride = 1;
    private long next;

    public RewardRun(String slug) {
        play = Play.judgedBy(slug);
    }

    /** The signal follows this curve from now on. */
    public RewardRun with(Signal signal, LongToDoubleFunction curve) {
        curves.put(signal, curve);
        return this;
    }

    /** The signal is not logged from now on. */
    public RewardRun without(Signal signal) {
        curves.remove(signal);
        return this;
    }

    /** Deviation of the reward from batch to batch. */
    public RewardRun noise(double deviation) {
        noise = deviation;
        return this;
    }

    /** Deviation of the gold reward's noise over that of the reward. */
    public RewardRun goldScale(double scale) {
        goldScale = scale;
        return this;
    }

    /** Steps between rows. */
    public RewardRun every(int steps) {
        stride = steps;
        return this;
    }

    /** Goes on up to this step. */
    public Play until(long end) {
        for (; next < end; next += stride) {
            long step = next;
            double shared = noise * random.nextGaussian();
            double own = noise * random.nextGaussian();
            StepSample.Builder sample = Play.at(step);
            curves.forEach((signal, curve) -> sample.metric(
                    signal.key(),
                    curve.applyAsDouble(step)
                            + switch (signal) {
                                case REWARD_MEAN -> shared;
                                case GOLD_REWARD_MEAN -> goldScale * (0.9 * shared + 0.4 * own);
                                default -> 0;
                            }));
            play.add(sample);
        }
        return play.end();
    }

    /** From {@code low} to {@code high}, half of the way at {@code middle}, most of it within four widths. */
    public static LongToDoubleFunction rise(double low, double high, double middle, double width) {
        return step -> low + (high - low) / (1 + Math.exp(-(step - middle) / width));
    }

    public static LongToDoubleFunction always(double value) {
        return step -> value;
    }
}
