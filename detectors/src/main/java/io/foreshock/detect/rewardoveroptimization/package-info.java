/**
 * Reward over-optimisation: the reward that is optimised goes on rising and the true one has turned.
 *
 * <p><b>Sees</b> {@code reward_mean} and {@code gold_reward_mean}, a true or held-out reward of any cadence, see
 * {@link io.foreshock.detect.RewardCourse}, and {@code kl} where it is logged.
 *
 * <ul>
 *   <li><b>Turned</b> (warning; critical below its start): the mean of 8 or of 30 rows of gold is below the best 30-row mean by 5
 *       standard errors of its own, and by a tenth of what gold had gained, while the reward stands above where it was at that
 *       best. For 4 rows. The best of a noisy mean is flattered by its noise: 2 or 3 standard errors alarm every healthy run.
 *   <li><b>Will turn</b> (info, with a forecast): {@code R = R0 + d (alpha - beta ln d)}, {@code d = sqrt(KL)}, is fitted to all rows of the run;
 *       beta is 5 standard errors above 0, its peak lies ahead but no more than 4 times the KL of today, and KL grows. The
 *       forecast says when KL gets there.
 * </ul>
 *
 * <p>Where no gold was ever logged, a weaker rule, as info alone, because a proxy cannot prove it:
 *
 * <ul>
 *   <li><b>Leaves its line:</b> reward is about linear in {@code d} while learning is sound (arXiv:2204.05862). Over the last doubling of
 *       KL, to two of them, it gained under half of what that line promised, beyond 5 standard errors, see
 *       {@link io.foreshock.detect.KlLine}; KL is over 3 nats, and the reward above its start, not below its best and not
 *       solved. On 4 rows on which KL is higher than ever. Half: on the curve above, drawn for the proxy, a doubling brings so
 *       much at a quarter of the KL at which the proxy itself would peak.
 * </ul>
 *
 * <p>Without gold and KL it is <i>not evaluable</i>: a reward that rises is what learning looks like.
 *
 * <p><b>Units:</b> the gold reward's own; nats of any normalisation, as the curve's form does not depend on it. <b>Warm-up:</b> 8
 * rows with gold, 10 for the curve. <b>Cost:</b> about 110 numbers. NaN and infinite values are skipped.
 *
 * <p><b>Source:</b> arXiv:2210.10760; the form is that of reinforcement learning there. The tests are ours.
 *
 * <p><b>Blind:</b> without gold, a proxy that keeps its line; falls within the noise of gold; gold that only stops rising. A held-out reward of the same reward model turns
 * later than the truth, or never. <b>Look-alikes:</b> a good reward model; both rewards falling; a fall within noise. A passing fall is told as one.
 */
@NullMarked
package io.foreshock.detect.rewardoveroptimization;

import org.jspecify.annotations.NullMarked;
