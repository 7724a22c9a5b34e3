/**
 * Entropy collapse and explosion: the policy has spent what it explored with, or lost what it knew.
 *
 * <p><b>Sees</b> {@code entropy}, as a share e of the mean of its first 8 rows, beside the reward, see
 * {@link io.foreshock.detect.RewardCourse}. For 8 rows:
 *
 * <ul>
 *   <li><b>Gold refutes</b> the reward's gain (where gold is logged) and e is under 0.5. If it does not refute, nothing is said.
 *   <li><b>Known range</b> (0 to 1 unless set): e under 0.3, and the share of the way to the best reward, with a third of the spread
 *       that is left (prompts whose samples differ may yet be solved) and one standard error, is under
 *       {@code 0.82 (1 - e)}: the entropy spent has not bought what it is worth.
 *   <li><b>Unknown range:</b> e under 0.3, the spread gone, and batch noise over gain above {@code 0.12 + 0.6 e}.
 *   <li><b>Fell:</b> e under 0.3 and the reward lost 30 % of its gain, in either range.
 *   <li><b>Explodes:</b> entropy over 1.1 times its start, by 0.2 nats and 5 standard errors, and the reward lost 30 % of where it began.
 * </ul>
 *
 * <p>Quiet while KL stands under half of its highest: then the prompts have changed, and with them the entropy; the policy has not.
 * Quiet while {@code length_cap} fires: cut answers cost the reward, whatever the entropy.
 *
 * <p><b>Units:</b> nats a token (any, as only its ratio to the start counts, save for the explosion), rows. <b>Warm-up:</b> 8 rows.
 * <b>Cost:</b> about 90 numbers. NaN and infinite values are skipped. <b>Severity:</b> critical under 3 % of the start.
 *
 * <p><b>Source.</b> A rule of craft: entropy is what reward is bought with, at a price that the first part of a run shows.
 *
 * <p><b>Blind:</b> a policy that was deterministic from the start (reward_variance_vanishing sees it); a quick collapse to one same reward
 * of unknown range, which looks solved; unknown range with some 50 prompts a batch or more. A reward within 0 and 1 whose best is
 * below 0.82 looks collapsed: set {@code best}. <b>Look-alikes:</b> a solved task, a good reward model, a learner that still has spread, noise
 * added to the reward, a change of prompts.
 */
@NullMarked
package io.foreshock.detect.entropycollapse;

import org.jspecify.annotations.NullMarked;
