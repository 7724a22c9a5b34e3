package io.foreshock.detect;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Progress;
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
 * </ul>
 *
 * <p>Rows that carry the reward are the clock. Rows whose reward is NaN or infinite are not seen. About 30 numbers.
 */
public final class RewardCourse implements State {
    /** Rows of the mean that stands for now. */
    public static final int FAST = 8;

    /** Rows of the mean that stands for lately, and whose best and lowest count. */
    public static final int SLOW = 30;

    /** Rows over which noise is measured. */
    public static final int NOISE = 15;

    /** Standard errors beyond which a difference is no chance: the best of a noisy mean is flattered, so 2 or 3 are not enough. */
    public static final double ERRORS = 5;

    /** Share of the reward's gain that gold must show. */
    private static final double CONFIRMS = 0.6;

    /** Share of its gain that a reward may lose. */
    private static final double FALLEN = 0.3;

    private final double worst;
    private final double best;
    private final Progress reward = progress();
    private final Progress gold = progress();
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
        double goldValue = row.value(Signal.GOLD_REWARD_MEAN);
        if (Double.isFinite(goldValue)) {
            gold.add(row.step(), goldValue);
            if (gold.bestStep() == row.step()) {
                rewardAtBestGold = reward.lately();
            }
        }
        return true;
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

    /** True once there is a gold reward to ask. */
    public boolean hasGold() {
        return gold.known();
    }

    /** Gold gained as much as it should. */
    public boolean confirmed() {
        return hasGold() && confirmation() >= CONFIRMS;
    }

    /** Gold gained less than it should, or has turned, and neither is chance. */
    public boolean refuted() {
        return goldTurned() || behind(CONFIRMS);
    }

    /** Gold gained less than this share of what the reward gained, and that is no chance. */
    public boolean behind(double share) {
        double missing = share * reward.gain() - gold.gain();
        double error = Math.hypot(share * reward.error(), gold.error());
        return hasGold() && confirmation() < share && missing > ERRORS * error;
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
        return hasGold() && gold.below() > ERRORS * gold.error() && reward.now() > rewardAtBestGold;
    }

    /** Where the reward lately stood when gold was at its best. */
    public double rewardAtBestGold() {
        return rewardAtBestGold;
    }

    /** Lost a good part of what it had gained, and that is no chance. */
    public boolean fell() {
        double below = reward.below();
        return below > FALLEN * (reward.best() - reward.lowest()) && below > ERRORS * reward.error();
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
        outside = archive.flag(outside);
        rewardAtBestGold = archive.real(rewardAtBestGold);
    }
}
