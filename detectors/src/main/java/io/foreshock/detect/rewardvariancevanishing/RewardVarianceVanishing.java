package io.foreshock.detect.rewardvariancevanishing;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RewardCourse;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Progress;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

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

    /** Rows after which a spread that never was there can be missed. */
    private static final double NEVER = 2.5 * RewardCourse.FAST;

    private final Config config;

    public RewardVarianceVanishing(Config config) {
        this.config = config;
    }

    /**
     * @param worst lowest reward there is, in the reward's unit; where a row's mean lies outside, the range is taken as unknown
     * @param best highest reward there is, in the reward's unit, {@code > worst}
     * @param solved share of the way from worst to best from which on the task counts as solved, 0 to 1
     * @param disagree batch noise of a reward of unknown range, over the highest spread, from which on the task counts as not
     *     solved, {@code > 0}
     * @param never share of prompts without spread from the first row on that counts as none at all, 0 to 1
     * @param hotRows rows for which it has to show, {@code >= 1}
     */
    public record Config(double worst, double best, double solved, double disagree, double never, int hotRows) {
        public static final Config DEFAULT = new Config(0, 1, RewardCourse.SOLVED, 0.3, 0.98, 4);

        public Config {
            Setting.check(Double.isFinite(worst), "reward_variance_vanishing", "worst", "a finite reward", worst);
            Setting.check(
                    Double.isFinite(best) && best > worst,
                    "reward_variance_vanishing",
                    "best",
                    "a finite reward > worst (" + worst + ")",
                    best);
            share(solved, "solved");
            Setting.check(disagree > 0, "reward_variance_vanishing", "disagree", "> 0", disagree);
            share(never, "never");
            Setting.check(hotRows >= 1, "reward_variance_vanishing", "hotRows", ">= 1 row", hotRows);
        }

        private static void share(double value, String key) {
            Setting.check(value > 0 && value < 1, "reward_variance_vanishing", key, "between 0 and 1", value);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final RewardCourse course;
        private double fewestWithout = 1;
        private long onset;
        private int hot;

        private Memory(Config config) {
            course = new RewardCourse(config.worst, config.best);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            course.persist(archive);
            fewestWithout = archive.real(fewestWithout);
            onset = archive.whole(onset);
            hot = archive.count(hot);
        }
    }

    @Override
    public Memory start() {
        return new Memory(config);
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        // NaN and infinities are the business of non_finite.
        if (!hasSpread(memory, row) || !memory.course.observe(row)) {
            return;
        }
        RewardCourse course = memory.course;
        Progress reward = course.reward();
        if (reward.count() == 1) {
            memory.onset = row.step();
        }
        memory.fewestWithout = course.withoutRows() >= 5 ? Math.min(memory.fewestWithout, course.without()) : 1;
        if (!course.known()) {
            return;
        }
        if (course.spread() > 0.5 * course.highestSpread() && !never(memory)) {
            memory.onset = row.step();
        }
        // The policy lives off a reward that gold has left: what it learned is the trouble, not that it stopped
        // learning.
        if (course.goldTurned() && run.firing("reward_overoptimization")) {
            memory.hot = 0;
            return;
        }
        boolean shows = never(memory) ? neverLearned(memory) : course.spreadGone() && !solved(memory);
        memory.hot = shows ? Math.min(memory.hot + 1, 2 * config.hotRows) : Math.max(0, memory.hot - 1);
        boolean waits = never(memory) && reward.count() < reward.span(NEVER);
        if (memory.hot >= config.hotRows && shows && !waits) {
            tell(memory, out);
        } else if (memory.hot > 0) {
            out.suspect();
        }
    }

    private static boolean hasSpread(Memory memory, Row row) {
        return Double.isFinite(row.value(Signal.REWARD_STD))
                || (!memory.course.deviations() && Double.isFinite(row.value(Signal.FRAC_REWARD_ZERO_STD)));
    }

    private boolean never(Memory memory) {
        return memory.course.withoutRows() > 0
                ? memory.fewestWithout > config.never
                : memory.course.highestSpread()
                        <= (1 - config.never) * memory.course.reward().noise();
    }

    /** There never was any spread, and the reward stays where it began, which is not a constant other than 0. */
    private boolean neverLearned(Memory memory) {
        double noise = memory.course.reward().noise();
        if (memory.course.ranged() && memory.course.reaches(config.solved)) {
            return false;
        }
        boolean constant = noise <= 1e-9 * Math.abs(memory.course.reward().now());
        boolean gained = memory.course.reward().gain() > 4 * noise;
        return !gained && !(constant && memory.course.reward().now() != 0);
    }

    private boolean solved(Memory memory) {
        RewardCourse course = memory.course;
        if (course.hasGold()) {
            boolean confirmed = course.confirmed();
            Progress gold = course.gold();
            if (!confirmed || gold.below() <= RewardCourse.ERRORS * gold.error()) {
                return confirmed;
            }
        }
        if (course.ranged()) {
            return course.reaches(config.solved);
        }
        boolean disagree =
                memory.course.deviations() && course.reward().noise() > config.disagree * memory.course.highestSpread();
        return !disagree && !course.fell();
    }

    private void tell(Memory memory, Findings out) {
        double spread = memory.course.spread();
        boolean never = never(memory);
        double threshold = RewardCourse.GONE * memory.course.highestSpread();
        Sentence reward = Sentence.of(
                "the mean reward stands at %.3g", memory.course.reward().now());
        Sentence against = !memory.course.ranged()
                ? Sentence.of(
                        " (its best: %.3g), with %.2g of noise from batch to batch",
                        memory.course.reward().best(), memory.course.reward().noise())
                : Sentence.of(" where %s is worst and %s is best", config.worst, config.best);
        Sentence summary = never
                ? Sentence.of(
                        "The rewards of one prompt's samples do not differ, and never did: nothing to learn from; %s",
                        reward)
                : Sentence.of(
                        "The spread of rewards within prompts fell to %.2g %% of its highest (%.3g of %.3g) while %s%s:"
                                + " too few prompts are solved for that",
                        100 * spread / memory.course.highestSpread(),
                        spread,
                        memory.course.highestSpread(),
                        reward,
                        against);
        out.add(new Finding(
                memory.course.deviations() ? Signal.REWARD_STD : Signal.FRAC_REWARD_ZERO_STD,
                memory.course.deviations() ? Signal.REWARD_STD.key() : Signal.FRAC_REWARD_ZERO_STD.key(),
                never || spread < GONE * memory.course.highestSpread() ? Severity.CRITICAL : Severity.WARNING,
                memory.onset,
                spread,
                threshold,
                "1",
                null,
                summary));
    }
}
