/**
 * The rewards of one prompt's samples no longer differ, so the policy gradient is gone, while the task is not solved.
 *
 * <p><b>Sees</b> {@code reward_mean} with {@code reward_std} (deviation within prompts) or {@code frac_reward_zero_std} (share
 * of prompts without any), and {@code gold_reward_mean} where it is logged. With <i>spread</i> the mean of 12 rows:
 *
 * <ul>
 *   <li><b>Vanished:</b> spread under 22 % of its own highest 30-row mean, more than half of the prompts without spread
 *       where that is logged, and the task not solved, for 4 rows.
 *   <li><b>Solved</b> is what leaves no doubt: doubt = (batch noise of the reward) / (reward gained since its lowest
 *       level) at most {@code doubt}, and no more than 30 % of that gain lost. Where all prompts got better the batches
 *       agree; where the policy froze, right on some prompts and wrong on others, batches differ as their prompts do.
 *       The measure knows neither the reward's maximum nor its scale.
 *   <li><b>Gold:</b> if it confirms 60 % of the reward's gain and stands within 5 standard errors of its best, the task is
 *       solved. If it does not confirm, doubt is asked of the gold reward.
 *   <li><b>Never:</b> 98 % of the prompts without spread from the first row on (or a spread of 2 % of the batch noise),
 *       after 20 rows without a gain of 4 batch noises. A reward that is constant and not 0 counts as solved.
 * </ul>
 *
 * <p><b>Units:</b> the reward's own. Spans are rows; where a row stands for several steps they shrink, down to a third,
 * because the run changes by steps and the mean needs rows.
 *
 * <p><b>Source.</b> The gradient of a prompt is bounded by the deviation of its reward to the power 2/3, however far the
 * reward is from its best: arXiv:2310.20703. Doubt is ours; its limit was fitted on the lab corpus.
 *
 * <p><b>Warm-up:</b> 8 rows. <b>Cost:</b> 30 numbers a run. Rows with a NaN or infinite reward or spread are skipped.
 *
 * <p><b>Blind:</b> doubt falls with the root of the prompts per batch: in batches of many hundreds of prompts a policy
 * that stops at three quarters passes for solved. A hacked reward without a gold one looks like success. A run that
 * starts solved and varies looks like one that never starts.
 *
 * <p><b>Look-alikes:</b> the solved task; a good optimum in which prompts have different best rewards; noise added to
 * the reward (its spread never vanishes).
 */
@NullMarked
package io.foreshock.detect.rewardvariancevanishing;

import org.jspecify.annotations.NullMarked;
