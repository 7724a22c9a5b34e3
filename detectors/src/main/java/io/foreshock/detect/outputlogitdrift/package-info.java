/**
 * The logits of the output softmax leave the range around 0 in which they can be told apart.
 *
 * <p><b>Sees</b> any of {@code log_z} (mean logsumexp), {@code output_logit_max}, {@code z_loss} (its root), and {@code
 * output_logit_mean}, each by its magnitude |x| in nats. It is a finding when
 *
 * <ul>
 *   <li><b>burst</b>: two rows within 32 are far out, |x| − m &gt; 6 s and |x| − m &gt; max({@code limit}, m), with m and s
 *       the {@link io.foreshock.statistics.Course} of the last 32 rows. One such row is a bad batch; a model whose logits
 *       come loose makes them again;
 *   <li><b>growth</b>: the level (geometric mean of about 10 rows) is beyond {@code limit}, or beyond half of it and to reach
 *       it soon (within half its age and 160 rows), and surely rises, over 80 rows and over 20, faster than a random walk
 *       would (steepness above 1/2, see {@link io.foreshock.statistics.Ascent}). The mean logit is not forecast: a shift of
 *       all logits costs nothing before they are rounded;
 *   <li><b>shift</b>: the level is beyond {@code limit} and 4 times the lowest since it settled, however it got there.
 * </ul>
 *
 * From 8 limits on, 256 nats, it is critical. Growth and shift last until the level is below 0.8 limits.
 *
 * <p><b>Units.</b> Logits in nats, which have a meaning of their own: nothing is scaled. 32 is where bfloat16, with 8 bits
 * of significand, is spaced by 1/4, so that rounding moves a probability by up to 13 %; from 256 on the spacing is 2 nats.
 *
 * <p><b>Source.</b> Drift of log Z and its forecast from its own trend: arXiv:2309.14322; the z-loss: arXiv:2204.02311. The
 * tests are ours.
 *
 * <p><b>Warm-up:</b> 16 rows for a burst, 40 for growth, 80 for a forecast; all afresh after a resume. <b>Cost:</b> about
 * 350 numbers a measure; one logarithm, a few binary searches and shifts a row. NaN and infinities are the business of
 * non_finite and are skipped.
 *
 * <p><b>Blind</b> to bursts between the rows of a sparse log; in a mean over the batch ({@code log_z}) to single tokens,
 * which {@code output_logit_max} shows. <b>Look-alikes</b> that stay quiet: one row of a bad batch; sharpening of an
 * overfitted model, about the third root of time; models whose logits rest far from 0; skewed noise of a maximum.
 */
@NullMarked
package io.foreshock.detect.outputlogitdrift;

import org.jspecify.annotations.NullMarked;
