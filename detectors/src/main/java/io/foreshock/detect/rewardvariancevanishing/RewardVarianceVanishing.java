package io.foreshock.detect.rewardvariancevanishing;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.BatchNoise;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.Locale;

/** The rewards of one prompt's samples no longer differ, so nothing is left to learn from, and the task is not solved. */
public final class RewardVarianceVanishing implements Detector<RewardVarianceVanishing.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "reward_variance_vanishing", "Reward variance vanishes before the task is solved")
            .needs(Signal.REWARD_MEAN)
            .needsOneOf(Signal.REWARD_STD, Signal.FRAC_REWARD_ZERO_STD)
            .helpedBy(Signal.GOLD_REWARD_MEAN)
            .calmAfter(250)
            .reference("arXiv:2310.20703")
            .advice(
                    "Return to a checkpoint with spread; lower the learning rate, raise temperature or entropy bonus",
                    "Give the policy a short supervised phase on the prompts that it never solves",
                    "Filter prompts whose samples all get the same reward, or draw more samples a prompt")
            .detectedBy(Config.DEFAULT, RewardVarianceVanishing::new);

    /** Spread under this share of its highest: the gradient is all but gone. */
    private static final double GONE = 0.01;

    private final Config config;

    public RewardVarianceVanishing(Config config) {
        this.config = config;
    }

    /**
     * Spans are in rows; where a log has one row for several steps they shrink, down to a third.
     *
     * @param vanished spread that counts as vanished, as a share of its own highest, 0 to 1
     * @param withoutSpread share of prompts without any spread that must be passed where it is logged, 0 to 1
     * @param worst lowest reward there is, in the reward's unit; where a row's mean lies outside, the range is taken as unknown
     * @param best highest reward there is, in the reward's unit, {@code > worst}
     * @param solved share of the way from worst to best from which on the task counts as solved, 0 to 1
     * @param disagree batch noise of a reward of unknown range, over the highest spread, from which on the task counts as not
     *     solved, {@code > 0}
     * @param fallen share of its gain that a reward of unknown range may lose before the task counts as not solved, 0 to 1
     * @param never share of prompts without spread from the first row on that counts as none at all, 0 to 1
     * @param confirms share of the reward's gain that a gold reward must show to be called solved, 0 to 1
     * @param errors standard errors below its best within which a reward stands at its best, {@code > 0}
     * @param hotRows rows for which it has to show, {@code >= 1}
     * @param fast rows of the mean that stands for now, {@code >= 5}
     * @param slow rows of the mean that stands for then, {@code >= fast}
     * @param noise rows over which the batch noise is measured, {@code >= fast}
     */
    public record Config(
            double vanished,
            double withoutSpread,
            double worst,
            double best,
            double solved,
            double disagree,
            double fallen,
            double never,
            double confirms,
            double errors,
            int hotRows,
            int fast,
            int slow,
            int noise) {
        public static final Config DEFAULT = new Config(0.22, 0.5, 0, 1, 0.82, 0.3, 0.3, 0.98, 0.6, 5, 4, 8, 30, 15);

        public Config {
            share(vanished, "vanished");
            share(withoutSpread, "withoutSpread");
            Setting.check(Double.isFinite(worst), "reward_variance_vanishing", "worst", "a finite reward", worst);
            Setting.check(
                    Double.isFinite(best) && best > worst,
                    "reward_variance_vanishing",
                    "best",
                    "a finite reward > worst (" + worst + ")",
                    best);
            share(solved, "solved");
            Setting.check(disagree > 0, "reward_variance_vanishing", "disagree", "> 0", disagree);
            share(fallen, "fallen");
            share(never, "never");
            share(confirms, "confirms");
            Setting.check(errors > 0, "reward_variance_vanishing", "errors", "> 0 standard errors", errors);
            Setting.check(hotRows >= 1, "reward_variance_vanishing", "hotRows", ">= 1 row", hotRows);
            Setting.check(fast >= 5, "reward_variance_vanishing", "fast", ">= 5 rows", fast);
            Setting.check(slow >= fast, "reward_variance_vanishing", "slow", ">= fast (" + fast + ") rows", slow);
            Setting.check(noise >= fast, "reward_variance_vanishing", "noise", ">= fast (" + fast + ") rows", noise);
        }

        private static void share(double value, String key) {
            Setting.check(value > 0 && value < 1, "reward_variance_vanishing", key, "between 0 and 1", value);
        }
    }

    /** A reward, its course and its noise. */
    private static final class Course implements State {
        private final RunningMean fast = new RunningMean();
        private final RunningMean slow = new RunningMean();
        private final BatchNoise noise = new BatchNoise();
        private double start;
        private double lowest = Double.POSITIVE_INFINITY;
        private double best = Double.NEGATIVE_INFINITY;
        private boolean outside;

        void add(double value, Config config, double pace) {
            fast.add(value, span(config.fast, pace));
            slow.add(value, span(config.slow, pace));
            noise.add(value, span(config.noise, pace));
            outside |= value < config.worst || value > config.best;
            if (fast.count() <= span(config.fast, pace)) {
                start = fast.mean();
            } else {
                lowest = Math.min(lowest, slow.mean());
                best = Math.max(best, slow.mean());
            }
        }

        /** How far it has come from the worst to the best reward there is. */
        double share(Config config) {
            return (fast.mean() - config.worst) / (config.best - config.worst);
        }

        /** Lost a good part of what it had gained, and that is no chance. */
        boolean fell(Config config, double pace) {
            double below = best - fast.mean();
            return below > config.fallen * (best - lowest) && below > config.errors * error(config, pace);
        }

        /** Standard error of the fast mean. */
        double error(Config config, double pace) {
            return noise.deviation() / Math.sqrt(span(config.fast, pace));
        }

        @Override
        public void persist(Archive archive) throws IOException {
            fast.persist(archive);
            slow.persist(archive);
            noise.persist(archive);
            start = archive.real(start);
            lowest = archive.real(lowest);
            best = archive.real(best);
            outside = archive.flag(outside);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final Course reward = new Course();
        private final Course gold = new Course();
        private final RunningMean spread = new RunningMean();
        private final RunningMean longSpread = new RunningMean();
        private final RunningMean without = new RunningMean();
        private double highest;
        private double fewestWithout = 1;
        private boolean deviations;
        private long firstStep;
        private long onset;
        private int hot;

        @Override
        public void persist(Archive archive) throws IOException {
            reward.persist(archive);
            gold.persist(archive);
            spread.persist(archive);
            longSpread.persist(archive);
            without.persist(archive);
            highest = archive.real(highest);
            fewestWithout = archive.real(fewestWithout);
            deviations = archive.flag(deviations);
            firstStep = archive.whole(firstStep);
            onset = archive.whole(onset);
            hot = archive.count(hot);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double reward = row.value(Signal.REWARD_MEAN);
        double without = row.value(Signal.FRAC_REWARD_ZERO_STD);
        double deviation = row.value(Signal.REWARD_STD);
        memory.deviations |= Double.isFinite(deviation);
        double spread = memory.deviations ? deviation : 1 - without;
        // NaN and infinities are the business of non_finite.
        if (!Double.isFinite(reward) || !Double.isFinite(spread)) {
            return;
        }
        if (memory.reward.fast.count() == 0) {
            memory.firstStep = row.step();
            memory.onset = row.step();
        }
        double pace = pace(memory, row.step());
        memory.reward.add(reward, config, pace);
        if (Double.isFinite(row.value(Signal.GOLD_REWARD_MEAN))) {
            memory.gold.add(row.value(Signal.GOLD_REWARD_MEAN), config, pace);
        }
        memory.spread.add(spread, span(1.5 * config.fast, pace));
        memory.longSpread.add(spread, span(config.slow, pace));
        if (Double.isFinite(without)) {
            memory.without.add(without, span(1.5 * config.fast, pace));
            memory.fewestWithout =
                    memory.without.count() >= 5 ? Math.min(memory.fewestWithout, memory.without.mean()) : 1;
        }
        if (memory.reward.fast.count() <= span(config.fast, pace)) {
            return;
        }
        memory.highest = Math.max(memory.highest, memory.longSpread.mean());
        if (memory.spread.mean() > 0.5 * memory.highest && !never(memory)) {
            memory.onset = row.step();
        }
        boolean shows = never(memory) ? neverLearned(memory) : vanished(memory) && !solved(memory, pace);
        memory.hot = shows ? Math.min(memory.hot + 1, 2 * config.hotRows) : Math.max(0, memory.hot - 1);
        boolean waits = never(memory) && memory.reward.fast.count() < span(2.5 * config.fast, pace);
        if (memory.hot >= config.hotRows && shows && !waits) {
            tell(memory, out);
        } else if (memory.hot > 0) {
            out.suspect();
        }
    }

    /** Rows that a span has where a row stands for {@code pace} steps: fewer, but enough to average over. */
    private static double span(double rows, double pace) {
        return Math.max(Math.min(rows, Math.max(5, rows / 3)), rows / pace);
    }

    private static double pace(Memory memory, long step) {
        long rows = memory.reward.fast.count();
        return rows == 0 ? 1 : Math.max(1, (double) (step - memory.firstStep) / rows);
    }

    private boolean never(Memory memory) {
        return memory.without.count() > 0
                ? memory.fewestWithout > config.never
                : memory.highest <= (1 - config.never) * memory.reward.noise.deviation();
    }

    /** There never was any spread, and the reward stays where it began, which is not a constant other than 0. */
    private boolean neverLearned(Memory memory) {
        double noise = memory.reward.noise.deviation();
        if (!memory.reward.outside && memory.reward.share(config) >= config.solved) {
            return false;
        }
        boolean constant = noise <= 1e-9 * Math.abs(memory.reward.fast.mean());
        boolean gained = memory.reward.fast.mean() - memory.reward.start > 4 * noise;
        return !gained && !(constant && memory.reward.fast.mean() != 0);
    }

    private boolean vanished(Memory memory) {
        return memory.spread.mean() < config.vanished * memory.highest
                && (memory.without.count() == 0 || memory.without.mean() > config.withoutSpread);
    }

    private boolean solved(Memory memory, double pace) {
        if (memory.gold.fast.count() > span(config.fast, pace)) {
            boolean confirmed = memory.gold.fast.mean() - memory.gold.start
                    >= config.confirms * (memory.reward.fast.mean() - memory.reward.start);
            double below = memory.gold.best - memory.gold.fast.mean();
            if (!confirmed || below <= config.errors * memory.gold.error(config, pace)) {
                return confirmed;
            }
        }
        Course reward = memory.reward;
        if (!reward.outside) {
            return reward.share(config) >= config.solved;
        }
        boolean disagree = memory.deviations && reward.noise.deviation() > config.disagree * memory.highest;
        return !disagree && !reward.fell(config, pace);
    }

    private void tell(Memory memory, Findings out) {
        double spread = memory.spread.mean();
        boolean never = never(memory);
        double threshold = config.vanished * memory.highest;
        String reward = String.format(Locale.ROOT, "the mean reward stands at %.3g", memory.reward.fast.mean());
        String against = memory.reward.outside
                ? String.format(
                        Locale.ROOT,
                        " (its best: %.3g), with %.2g of noise from batch to batch",
                        memory.reward.best,
                        memory.reward.noise.deviation())
                : String.format(Locale.ROOT, " where %s is worst and %s is best", config.worst, config.best);
        String summary = never
                ? "The rewards of one prompt's samples do not differ, and never did: nothing to learn from; " + reward
                : String.format(
                        Locale.ROOT,
                        "The spread of rewards within prompts fell to %.2g %% of its highest (%.3g of %.3g) while %s%s:"
                                + " too few prompts are solved for that",
                        100 * spread / memory.highest,
                        spread,
                        memory.highest,
                        reward,
                        against);
        out.add(new Finding(
                memory.deviations ? Signal.REWARD_STD : Signal.FRAC_REWARD_ZERO_STD,
                memory.deviations ? Signal.REWARD_STD.key() : Signal.FRAC_REWARD_ZERO_STD.key(),
                never || spread < GONE * memory.highest ? Severity.CRITICAL : Severity.WARNING,
                memory.onset,
                spread,
                threshold,
                "1",
                null,
                summary));
    }
}
