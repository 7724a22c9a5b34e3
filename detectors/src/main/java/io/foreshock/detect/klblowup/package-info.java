/**
 * KL blow-up: the policy runs away from its reference, and what that buys does not count.
 *
 * <p><b>Sees</b> {@code kl} in nats a response ({@code kl_token} times {@code response_length_mean} where it is logged a token) beside
 * the reward, see {@link io.foreshock.detect.RewardCourse}. Two things, for 4 rows:
 *
 * <ul>
 *   <li><b>Runs:</b> the mean of 8 rows is over 3 nats, and above that of 30 rows by 10 % and 5 standard errors.
 *   <li><b>Unpaid</b> where gold is logged: it has turned, or gained less than 60 % of what the reward gained. Without gold:
 *       the reward does not climb, and it lost 30 % of its gain, or never gained, or came off the line
 *       {@code reward ~ sqrt(KL)}: it lately gained under 30 % of what that line promised for the KL spent, beyond 5
 *       standard errors, and is not solved.
 * </ul>
 *
 * <p>The level says little: healthy learners end with 10 to 80 nats. 3 nats, half of what adaptive KL controllers usually aim at
 * (6), only keep the first steps away from 0 out, where KL grows by orders of magnitude.
 *
 * <p><b>Units:</b> nats a response, shares, rows. <b>Warm-up:</b> 8 rows. <b>Cost:</b> about 75 numbers. Rows in which KL or reward
 * is NaN or infinite are skipped. <b>Severity:</b> critical when the reward is not above its start.
 *
 * <p><b>Source.</b> A KL that runs away is the sign of too weak a constraint: arXiv:2407.13709; reward about linear in sqrt(KL):
 * arXiv:2204.05862. The limits are ours.
 *
 * <p><b>Blind:</b> without gold, a blow-up that the reward pays for. KL logged a token under the name {@code kl} is taken for that of a
 * response and stays under the level. <b>Look-alikes:</b> a good reward model, a penalty that lets KL rise to a stable level, a
 * learner whose reward rises with KL, longer answers that are wanted.
 */
@NullMarked
package io.foreshock.detect.klblowup;

import org.jspecify.annotations.NullMarked;
