/**
 * The rewards of one prompt's samples no longer differ, so the policy gradient is gone, while the task is not solved.
 *
 * <p><b>Sees</b> {@code reward_mean} with {@code reward_std} (deviation within prompts) or {@code frac_reward_zero_std} (share
 * of prompts without any), and {@code gold_reward_mean} where it is logged. With <i>spread</i> the mean of 12 rows:
 *
 * <ul>
 *   <li><b>Vanished:</b> spread under 22 % of its own highest 30-row mean, more than half of the prompts without spread
 *       where that is logged (or spread under a third of that: rewards without steps are rarely alike to the last digit),
 *       and the task not solved, for 4 rows.
 *   <li><b>Solved</b> where all row means ever seen lie between the worst and the best reward there are (0 and 1 unless
 *       set): the mean of 8 rows, with one standard error and a third of the share of spread that is left (those prompts may yet
 *       be solved), is 82 % of the way. A prompt without spread that is not solved stays so, and at 82 % one prompt in six is left
 *       behind. Neither batch size nor a good start matters.
 *   <li><b>Solved</b> where the range is unknown, as some mean lay outside: batches agree, that is their noise is at most 0.3 of
 *       the highest spread, and the reward has not lost 30 % of its gain (and 5 standard errors). Prompts that freeze at what
 *       one sample happened to show turn spread within prompts into spread between them.
 *   <li><b>Gold</b> comes first: if it does not confirm 60 % of the reward's gain, the task is not solved. If it does, and
 *       stands within 5 standard errors of its best, it is.
 *   <li><b>Never:</b> 98 % of the prompts without spread from the first row on (or a spread of 2 % of the batch noise),
 *       after 20 rows without a gain of 4 batch noises, and not solved. A constant reward other than 0 counts as solved.
 * </ul>
 *
 * <p>Quiet while {@code reward_overoptimization} fires and gold has turned: what was learned is the trouble then. The course of
 * reward, gold and spread is {@link io.foreshock.detect.RewardCourse}, which the other reward signatures share.
 *
 * <p><b>Units:</b> the reward's own. Spans are rows; where a row stands for several steps they shrink, down to a third,
 * because the run changes by steps and the mean needs rows.
 *
 * <p><b>Source.</b> The gradient of a prompt is bounded by the deviation of its reward to the power 2/3, however far the
 * reward is from its best: arXiv:2310.20703. The limits are ours; they were chosen on the lab corpus and half of a second one.
 *
 * <p><b>Warm-up:</b> 8 rows. <b>Cost:</b> about 65 numbers a run. Rows with a NaN or infinite reward or spread are skipped.
 *
 * <p><b>Blind:</b> a reward without a known best that stays within 0 and 1 and converges below 0.82 is taken for stuck. Where
 * the range is unknown, batch noise falls with the root of the prompts per batch: a policy stuck with some 30 or more prompts
 * a batch passes for solved, and with the share of prompts alone only a fall of the reward tells. A hacked reward without a
 * gold one looks like success. Where hardly any sample is ever right, one lucky batch makes the silence after it look like a loss.
 *
 * <p><b>Look-alikes:</b> the solved task, also with few prompts a batch or after a good start; a good optimum in which prompts
 * have different best rewards; noise added to the reward (its spread never vanishes).
 */
@NullMarked
package io.foreshock.detect.rewardvariancevanishing;

import org.jspecify.annotations.NullMarked;
