package io.foreshock.detect.gradvanishing;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.LossToGo;
import io.foreshock.detect.RewardCourse;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.BatchNoise;
import io.foreshock.statistics.MedianWindow;
import io.foreshock.statistics.RunMedian;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.Arrays;

/** The gradient, or that of one layer, decays while there is still something to learn. */
public final class GradVanishing implements Detector<GradVanishing.Memory> {
    public static final Signature SIGNATURE = Signature.named("grad_vanishing", "Gradient vanishes")
            .needsOneOf(Signal.GRAD_NORM, Signal.GRAD_NORM_LAYER, Signal.GRAD_RMS_LAYER)
            .helpedBy(Signal.LOSS, Signal.LR, Signal.REWARD_MEAN, Signal.REWARD_STD)
            .calmAfter(50)
            .reference("arXiv:2309.14322")
            .advice(
                    "Look for a scale that was lost: a loss that is scaled and never unscaled, a mask or weight that became 0",
                    "One layer: warm up the learning rate, move the norm before the layer, check its initialisation and activations",
                    "A policy: change the prompts or the reward so that answers to one prompt are paid differently")
            .detectedBy(Config.DEFAULT, GradVanishing::new);

    /** Rows that make a usual level; fewer are still the first descent. */
    private static final int REFERENCE = 32;

    /** A layer was alive if its share was once this many times what counts as vanished. */
    private static final double ALIVE = 100;

    /** Logarithm of a share so small that no float tells it from 0. */
    private static final double NOTHING = Math.log(1e-38);

    /** Rows of a layer's level. */
    private static final double LEVEL = 5;

    /** Rows of the reward at the start of a run. */
    private static final int START = 10;

    /** Rows of the reward now. */
    private static final int NOW = 50;

    /** Standard errors by which the reward must rise to have left its start. */
    private static final double GAIN = 3;

    /** Policy gradients of which most must be gone; a lucky batch now and then has one. */
    private static final int POLICY_ROWS = 20;

    private final Config config;

    public GradVanishing(Config config) {
        this.config = config;
    }

    /**
     * @param fall how many times the gradient norm must be under its usual level over the run, {@code > 1}
     * @param apart how many times one layer's gradient must be under the whole, {@code > 100}
     * @param rows successive rows for which it has to show, {@code >= 1}
     * @param silent norm of a policy gradient that counts as none, in reward per unit of weight, {@code > 0}
     * @param residue the same where rewards do not differ, so that what is left comes from a regularizer, {@code > 0}
     */
    public record Config(double fall, double apart, int rows, double silent, double residue) {
        public static final Config DEFAULT = new Config(50, 1e5, 10, 1e-6, 1e-3);

        public Config {
            Setting.check(fall > 1, "grad_vanishing", "fall", "> 1", fall);
            Setting.check(apart > ALIVE, "grad_vanishing", "apart", "> " + ALIVE, apart);
            Setting.check(rows >= 1, "grad_vanishing", "rows", ">= 1 row", rows);
            Setting.check(silent > 0, "grad_vanishing", "silent", "> 0", silent);
            Setting.check(residue > 0, "grad_vanishing", "residue", "> 0", residue);
        }
    }

    /** What is remembered about one run; five numbers a layer. */
    public static final class Memory implements State {
        private final LossToGo toGo = new LossToGo();
        private final RunMedian usual = new RunMedian();
        private int fallen;
        private long fallenSince;

        private final RewardCourse course = new RewardCourse();
        private final RunningMean startReward = new RunningMean();
        private final RunningMean reward = new RunningMean();
        private final BatchNoise rewardNoise = new BatchNoise();
        private double lastReward = Double.NaN;
        private int unchanged;
        private final MedianWindow policyNorms = new MedianWindow(POLICY_ROWS);
        private boolean silent;
        private long silentSince;

        /** Per layer: logarithm of its share in the whole gradient, over some rows; NaN before the first. */
        private double[] share = {};
        /** Highest share, as a logarithm. */
        private double[] best = {};
        /** Share when it fell below what counts as vanished, as a logarithm. */
        private double[] from = {};
        /** Rows for which it has been below. */
        private int[] below = {};
        /** Step since which it has been below. */
        private long[] since = {};
        /** 1 if it was seen to be small and not 0 since then. */
        private int[] faded = {};

        private void restart(int layers) {
            share = new double[layers];
            Arrays.fill(share, Double.NaN);
            best = new double[layers];
            Arrays.fill(best, NOTHING);
            from = new double[layers];
            below = new int[layers];
            since = new long[layers];
            faded = new int[layers];
        }

        @Override
        public void persist(Archive archive) throws IOException {
            toGo.persist(archive);
            usual.persist(archive);
            fallen = archive.count(fallen);
            fallenSince = archive.whole(fallenSince);
            course.persist(archive);
            startReward.persist(archive);
            reward.persist(archive);
            rewardNoise.persist(archive);
            lastReward = archive.real(lastReward);
            unchanged = archive.count(unchanged);
            policyNorms.persist(archive);
            silent = archive.flag(silent);
            silentSince = archive.whole(silentSince);
            share = archive.reals(share);
            best = archive.reals(best);
            from = archive.reals(from);
            below = archive.counts(below);
            since = archive.wholes(since);
            faded = archive.counts(faded);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public boolean evaluable(Memory memory) {
        return memory.toGo.known() || memory.reward.count() > 0;
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (run.policy()) {
            observePolicy(memory, row, run, out);
            return;
        }
        memory.toGo.observe(row);
        observeTotal(memory, row, out);
        Signal layers = row.has(Signal.GRAD_NORM_LAYER) ? Signal.GRAD_NORM_LAYER : Signal.GRAD_RMS_LAYER;
        if (row.size(layers) > 1) {
            observeLayers(memory, row, layers, out);
        }
    }

    private void observeTotal(Memory memory, Row row, Findings out) {
        double norm = row.value(Signal.GRAD_NORM);
        // Not a number, or infinite: the business of non_finite.
        if (!row.has(Signal.GRAD_NORM) || !Double.isFinite(norm) || norm < 0 || row.value(Signal.SKIPPED_STEP) > 0) {
            return;
        }
        double level = Math.max(NOTHING, Math.log(norm));
        double fall = memory.usual.count() < REFERENCE ? 0 : memory.usual.median() - level;
        memory.usual.add(level);
        if (fall < Math.log(config.fall) || !memory.toGo.far()) {
            memory.fallen = 0;
            return;
        }
        if (memory.fallen++ == 0) {
            memory.fallenSince = row.step();
        }
        if (memory.fallen < config.rows) {
            out.suspect();
            return;
        }
        out.add(new Finding(
                Signal.GRAD_NORM,
                Signal.GRAD_NORM.key(),
                fall > 2 * Math.log(config.fall) ? Severity.CRITICAL : Severity.WARNING,
                memory.fallenSince,
                Math.exp(fall),
                config.fall,
                "1",
                null,
                Sentence.of(
                        "Gradient norm is %.2g, %.2g times under its usual %.2g since step %,d, and the loss is still at"
                                + " %.0f %% of its start",
                        norm, Math.exp(fall), norm * Math.exp(fall), memory.fallenSince, 100 * memory.toGo.share())));
    }

    private void observeLayers(Memory memory, Row row, Signal signal, Findings out) {
        int layers = row.size(signal);
        if (layers != memory.share.length) {
            memory.restart(layers);
        }
        double squares = 0;
        for (int k = 0; k < layers; k++) {
            double norm = row.value(signal, k);
            squares += Double.isFinite(norm) ? norm * norm : 0;
        }
        double whole = row.value(Signal.GRAD_NORM);
        boolean larger = signal == Signal.GRAD_NORM_LAYER && Double.isFinite(whole) && whole * whole > squares;
        double total = larger ? Math.log(whole) : Math.log(squares) / 2;
        if (total == Double.POSITIVE_INFINITY) {
            return;
        }
        double bar = -Math.log(config.apart);
        for (int k = 0; k < layers; k++) {
            double norm = row.value(signal, k);
            if (Double.isFinite(norm)) {
                observeLayer(memory, k, norm, total, bar, row.step());
            }
        }
        if (memory.toGo.far()) {
            tellLayers(memory, row, signal, bar, out);
        }
    }

    private static void observeLayer(Memory memory, int k, double norm, double total, double bar, long step) {
        double now = norm > 0 ? Math.max(NOTHING, Math.log(norm) - total) : NOTHING;
        double before = memory.share[k];
        memory.share[k] = Double.isNaN(before) ? now : before + (now - before) / LEVEL;
        if (now >= bar) {
            memory.below[k] = 0;
            memory.best[k] = Math.max(memory.best[k], memory.share[k]);
            return;
        }
        if (memory.below[k]++ == 0) {
            memory.since[k] = step;
            memory.from[k] = now;
            memory.faded[k] = 0;
        }
        memory.faded[k] = norm > 0 ? 1 : memory.faded[k];
    }

    private void tellLayers(Memory memory, Row row, Signal signal, double bar, Findings out) {
        int worst = -1;
        int count = 0;
        int stopped = -1;
        int stoppedCount = 0;
        for (int k = 0; k < memory.share.length; k++) {
            if (memory.below[k] < config.rows) {
                if (memory.below[k] > 0) {
                    out.suspect();
                }
                continue;
            }
            boolean decayed = memory.best[k] > bar + Math.log(ALIVE);
            if (memory.faded[k] == 0) {
                stopped = decayed && stopped < 0 ? k : stopped;
                stoppedCount += decayed ? 1 : 0;
            } else if (decayed || isGraded(memory, k)) {
                count++;
                worst = worst < 0 || memory.share[k] < memory.share[worst] ? k : worst;
            }
        }
        if (worst >= 0) {
            double under = Math.exp(-memory.share[worst]);
            out.add(finding(
                    memory,
                    row.series(signal, worst),
                    signal,
                    worst,
                    count,
                    Severity.WARNING,
                    Sentence.of(
                            "Gradient of layer %d is %.1g times under that of the whole since step %,d%s, and the loss is"
                                    + " still at %.0f %% of its start",
                            worst,
                            under,
                            memory.since[worst],
                            count > 1 ? Sentence.of("; so it is in %,d of %,d", count, memory.share.length) : "",
                            100 * memory.toGo.share())));
        } else if (stopped >= 0) {
            // Some layers are frozen on purpose; what freezes all of them has died.
            boolean all = stoppedCount == memory.share.length;
            String which = all ? "all layers" : "layer " + stopped;
            out.add(finding(
                    memory,
                    row.series(signal, stopped),
                    signal,
                    stopped,
                    stoppedCount,
                    all ? Severity.WARNING : Severity.INFO,
                    Sentence.of(
                            "Gradient of %s is exactly 0 since step %,d, from one row to the next: %s",
                            which, memory.since[stopped], all ? "dead" : "frozen, or dead")));
        }
    }

    /**
     * Never alive: a gradient that vanishes on its way down is a product over layers, so a neighbour is on the way, too.
     * A frozen layer, or one without influence, stands alone. What rises has only just begun.
     */
    private static boolean isGraded(Memory memory, int k) {
        return memory.share[k] <= memory.from[k] + 1 && (isOnTheWay(memory, k, k - 1) || isOnTheWay(memory, k, k + 1));
    }

    private static boolean isOnTheWay(Memory memory, int k, int neighbour) {
        return neighbour >= 0
                && neighbour < memory.share.length
                && memory.share[neighbour] < memory.share[k] / 2
                && memory.share[neighbour] > 0.9 * NOTHING;
    }

    private Finding finding(
            Memory memory, String series, Signal signal, int k, int count, Severity severity, Sentence summary) {
        return new Finding(
                signal,
                series,
                count,
                severity,
                memory.since[k],
                Math.exp(-memory.share[k]),
                config.apart,
                "1",
                null,
                summary);
    }

    private void observePolicy(Memory memory, Row row, RunHistory run, Findings out) {
        double reward = row.value(Signal.REWARD_MEAN);
        if (memory.course.observe(row)) {
            memory.unchanged = reward == memory.lastReward ? memory.unchanged + 1 : 0;
            memory.lastReward = reward;
            memory.reward.add(reward, NOW);
            memory.rewardNoise.add(reward, Double.MAX_VALUE);
            if (memory.startReward.count() < START) {
                memory.startReward.add(reward, START);
            }
        }
        double norm = row.value(Signal.GRAD_NORM);
        if (!Double.isFinite(norm)) {
            return;
        }
        memory.policyNorms.add(norm);
        boolean differ = !row.has(Signal.REWARD_STD) || row.value(Signal.REWARD_STD) > 0;
        double limit = differ ? config.silent : config.residue;
        boolean gone = memory.policyNorms.median() <= limit && atStart(memory);
        if (gone && !memory.silent) {
            memory.silentSince = row.step();
        }
        memory.silent = gone;
        // No gradient is what responses at the length cap end with: told there.
        if (!gone || norm > limit || run.firing("length_cap")) {
            return;
        }
        if (memory.policyNorms.size() < POLICY_ROWS) {
            out.suspect();
            return;
        }
        out.add(new Finding(
                Signal.GRAD_NORM,
                Signal.GRAD_NORM.key(),
                Severity.WARNING,
                memory.silentSince,
                limit / Math.max(norm, Double.MIN_NORMAL),
                1,
                "1",
                null,
                Sentence.of(
                        "The policy gradient is all but gone (norm %.2g) since step %,d and the reward has not risen from %.3g",
                        norm, memory.silentSince, memory.startReward.mean())));
    }

    /** The reward has not risen, and is neither near its best from the start nor a constant that may be its best. */
    private static boolean atStart(Memory memory) {
        double error = memory.rewardNoise.deviation() * Math.sqrt(1.0 / START + 1.0 / NOW);
        boolean risen = memory.reward.mean() - memory.startReward.mean() > GAIN * error;
        boolean constant = memory.unchanged >= START && memory.lastReward != 0;
        boolean solved = memory.course.ranged() && memory.course.share() >= RewardCourse.SOLVED;
        return memory.reward.count() > 0 && !risen && !constant && !solved;
    }
}
