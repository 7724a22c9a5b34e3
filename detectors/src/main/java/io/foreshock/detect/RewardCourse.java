package io.foreshock.detect;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Progress;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/**
 * The reward of a run beside its gold reward, and what the two say of whether the policy gets anywhere: what the signatures of
 * reinforcement learning have in common. Each of them keeps one of its own.
 *
 * <p>Entropy, spread and KL say how far a policy went, never whether that was good: a solved task and a good reward model end
 * with no entropy, no spread and KL of 20 to 80 nats. Only rewards tell, in this order.
 *
 * <ul>
 *   <li><b>Gold.</b> A true or held-out reward <i>confirms</i> the gain when its own is at least {@value #CONFIRMS} of it, and
 *       <i>refutes</i> it when it is not, beyond noise, or when it has turned. The two may have different scales and
 *       batches, so the gains are compared as they are and in units of the noise each began with, and the better comparison counts.
 *   <li><b>Known range.</b> While all row means lie between the worst and the best reward there are, {@link #share} says how far
 *       it has come, whatever the batch size and however good the start.
 *   <li><b>Unknown range.</b> {@link #doubt}, the noise from batch to batch over the gain: where all prompts got better, batches
 *       agree; where the policy froze on wrong answers to some, they differ as their prompts do. It falls with the root of
 *       the prompts per batch, so it is the weakest of the three.
 *   <li>A reward that {@link #fell} tells in any case.
 *   <li><b>Spread</b> of the reward within prompts says whether anything is still learned, so whether a reward may yet {@link #reaches reach}
 *       its best.
 * </ul>
 *
 * <p>Rows that carry the reward are the clock. Rows whose reward is NaN or infinite are not seen. About 55 numbers.
 */
public final class RewardCourse implements State {
    /** Rows of the mean that stands for now. */
    public static final int FAST = 8;

    /** Rows of the mean that stands for lately, and whose best and lowest count. */
    public static final int SLOW = 30;

    /** Rows over which noise is measured. */
    public static final int NOISE = 30;

    /** Standard errors beyond which a difference is no chance: the best of a noisy mean is flattered, so 2 or 3 are not enough. */
    public static final double ERRORS = 5;

    /** Share of the reward's gain that gold must show. */
    private static final double CONFIRMS = 0.6;

    /** Share of its gain that a reward may lose. */
    private static final double FALLEN = 0.3;

    /** Rows of the mean of the spread: a little slower than the reward, because a single prompt can keep it up. */
    private static final double SPREAD = 1.5 * FAST;

    /** Spread under this share of its highest is gone. */
    public static final double GONE = 0.22;

    /** What the share of the way may still gain while the spread is at its highest. */
    private static final double CHANCE = 1.0 / 3;

    /** Share of prompts without any spread that is passed then, where it is logged. */
    private static final double WITHOUT = 0.5;

    /** Share of the way to the best reward from which on a task without spread counts as solved. */
    public static final double SOLVED = 0.82;

    private final double worst;
    private final double best;
    private final Progress reward = progress();
    private final Progress gold = progress();
    private final Progress missing = progress();
    private final RunningMean spread = new RunningMean();
    private final RunningMean longSpread = new RunningMean();
    private final RunningMean without = new RunningMean();
    private double highestSpread;
    private boolean deviations;
    private boolean outside;
    private double rewardAtBestGold;

    /** Rewards between 0 and 1, as long as none lies outside. */
    public RewardCourse() {
        this(0, 1);
    }

    /**
     * @param worst lowest reward there is, in the reward's unit
     * @param best highest reward there is, in the reward's unit, {@code > worst}
     */
    public RewardCourse(double worst, double best) {
        this.worst = worst;
        this.best = best;
    }

    /** The progress of a signal beside the reward, over the same spans. */
    public static Progress progress() {
        return new Progress(FAST, SLOW, NOISE);
    }

    /** Advances by a row; false, and nothing happens, if it has no finite reward. */
    public boolean observe(Row row) {
        double value = row.value(Signal.REWARD_MEAN);
        if (!Double.isFinite(value)) {
            return false;
        }
        reward.add(row.step(), value);
        outside |= value < worst || value > best;
        observeSpread(row);
        double goldValue = row.value(Signal.GOLD_REWARD_MEAN);
        if (Double.isFinite(goldValue)) {
            gold.add(row.step(), goldValue);
            missing.add(row.step(), CONFIRMS * value - goldValue);
            if (gold.bestStep() == row.step()) {
                rewardAtBestGold = reward.lately();
            }
        }
        return true;
    }

    private void observeSpread(Row row) {
        double share = row.value(Signal.FRAC_REWARD_ZERO_STD);
        double deviation = row.value(Signal.REWARD_STD);
        deviations |= Double.isFinite(deviation);
        double value = deviations ? deviation : 1 - share;
        if (Double.isFinite(value)) {
            spread.add(value, reward.span(SPREAD));
            longSpread.add(value, reward.span(SLOW));
            highestSpread = known() ? Math.max(highestSpread, longSpread.mean()) : 0;
        }
        if (Double.isFinite(share)) {
            without.add(share, reward.span(SPREAD));
        }
    }

    /** True once the log has deviations of the reward within prompts, not only the share of prompts without any. */
    public boolean deviations() {
        return deviations;
    }

    /** Mean deviation of the reward within prompts, or the share of prompts that have one. */
    public double spread() {
        return spread.mean();
    }

    /** The highest it has been. */
    public double highestSpread() {
        return highestSpread;
    }

    /** Share of prompts without spread, where that is logged; else 1. */
    public double without() {
        return without.count() > 0 ? without.mean() : 1;
    }

    /** Rows with the share of prompts without spread. */
    public long withoutRows() {
        return without.count();
    }

    /** Samples of one prompt hardly differ in reward any more: nothing is learned from here on. */
    public boolean spreadGone() {
        // Rewards without steps are rarely alike to the last digit: then the share says nothing.
        return spreadLeft() < GONE && (without() > WITHOUT || spreadLeft() < GONE / 3);
    }

    /** Share of its highest that is left of the spread; 1 where none is logged, 0 where there never was any. */
    private double spreadLeft() {
        if (spread.count() == 0) {
            return 1;
        }
        return highestSpread > 0 ? spread() / highestSpread : 0;
    }

    /** The reward that is optimised. */
    public Progress reward() {
        return reward;
    }

    /** The true or held-out reward. */
    public Progress gold() {
        return gold;
    }

    /** True once the start of the reward is known: before, nothing can be judged. */
    public boolean known() {
        return reward.known();
    }

    /** True while the range of the reward is as it was said. */
    public boolean ranged() {
        return !outside;
    }

    /** How far the reward has come from the worst to the best there is. */
    public double share() {
        return (reward.now() - worst) / (best - worst);
    }

    /**
     * True if a reward of known range is this share of the way to its best, or may yet come so far: prompts whose samples still
     * differ may be solved, and the mean of a few rows is only known to its error.
     */
    public boolean reaches(double goal) {
        return share() + CHANCE * spreadLeft() + reward.error() / (best - worst) >= goal;
    }

    /** Worse than at the start, where the range is known by a good part of what it had, and that is no chance. */
    public boolean lost() {
        double loss = -reward.gain();
        return loss > ERRORS * reward.error() && (outside || loss > FALLEN * (reward.start() - worst));
    }

    /** True once there is a gold reward to ask. */
    public boolean hasGold() {
        return gold.known();
    }

    /** Gold gained as much as it should. */
    public boolean confirmed() {
        return hasGold() && confirmation() >= CONFIRMS;
    }

    /** Gold has turned, or gained less than it should, and that is no chance. */
    public boolean refuted() {
        return goldTurned() || behind();
    }

    /** Gold gained less than it should. Both rewards are of the same batch, so their difference is known better than either. */
    public boolean behind() {
        return hasGold() && !confirmed() && missing.gain() > ERRORS * missing.error();
    }

    /** Gain of gold over that of the reward; infinite where the reward gained nothing. */
    public double confirmation() {
        if (reward.gain() <= 0) {
            return Double.POSITIVE_INFINITY;
        }
        double ratio = gold.gain() / reward.gain();
        double scale = gold.startNoise() > 0 ? reward.startNoise() / gold.startNoise() : 1;
        return Math.max(ratio, ratio * scale);
    }

    /** Gold is below its best, which is no chance, while the reward stands above where it was then. */
    public boolean goldTurned() {
        return hasGold() && gold.fell(ERRORS) && reward.now() > rewardAtBestGold;
    }

    /** Where the reward lately stood when gold was at its best. */
    public double rewardAtBestGold() {
        return rewardAtBestGold;
    }

    /** Lost a good part of what it had gained, and that is no chance. */
    public boolean fell() {
        return reward.below() > FALLEN * (reward.best() - reward.lowest()) && reward.fell(ERRORS);
    }

    /** Better than at the start, and that is no chance. */
    public boolean gained() {
        return reward.gain() > ERRORS * reward.error();
    }

    /** Better than lately, and that is no chance. */
    public boolean climbs() {
        return reward.now() - reward.lately() > ERRORS * reward.error();
    }

    /** Noise from batch to batch over what was gained since the lowest; infinite where nothing was. */
    public double doubt() {
        double gain = reward.now() - reward.lowest();
        return gain > 0 ? reward.noise() / gain : Double.POSITIVE_INFINITY;
    }

    /** KL of the policy to its reference in nats a response, also where it is logged a token; NaN where it is not. */
    public static double kl(Row row) {
        return row.has(Signal.KL)
                ? row.value(Signal.KL)
                : row.value(Signal.KL_TOKEN) * row.value(Signal.RESPONSE_LENGTH_MEAN);
    }

    @Override
    public void persist(Archive archive) throws IOException {
        reward.persist(archive);
        gold.persist(archive);
        missing.persist(archive);
        spread.persist(archive);
        longSpread.persist(archive);
        without.persist(archive);
        highestSpread = archive.real(highestSpread);
        deviations = archive.flag(deviations);
        outside = archive.flag(outside);
        rewardAtBestGold = archive.real(rewardAtBestGold);
    }
}
