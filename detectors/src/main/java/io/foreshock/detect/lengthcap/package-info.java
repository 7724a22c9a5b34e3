/**
 * Length cap: nearly all responses are cut, earn the same, and so teach nothing.
 *
 * <p><b>Sees</b> {@code clipped_ratio}, {@code reward_std} or {@code frac_reward_zero_std}, and the reward, see
 * {@link io.foreshock.detect.RewardCourse}. For 3 rows, with means of 3 rows for shares:
 *
 * <ul>
 *   <li>over 85 % of the responses are cut;
 *   <li>over 80 % of the prompts have responses that all earn the same, or the spread is under 22 % of its highest;
 *   <li>the policy does not succeed: gold does not confirm a gain; without gold, the reward is not at 82 % of its known range
 *       (nor may get there by prompts that still differ), or in an unknown range it never gained or fell.
 * </ul>
 *
 * <p>Cut share alone means nothing: where the longest answer is the best one it is 1, and rightly so.
 *
 * <p><b>Units:</b> shares, rows. <b>Warm-up:</b> 8 rows. <b>Cost:</b> about 60 numbers. NaN and infinite values are skipped.
 * <b>Severity:</b> critical: there is no gradient.
 *
 * <p><b>Source:</b> reports of users (TRL: {@code clipped_ratio} 1, {@code reward_std} 0, {@code grad_norm} 0); the limits are ours.
 *
 * <p><b>Blind:</b> logs without the share that is cut. <b>Look-alikes:</b> a cap that is optimal; all responses cut while their rewards differ;
 * half of them cut at first.
 */
@NullMarked
package io.foreshock.detect.lengthcap;

import org.jspecify.annotations.NullMarked;
