/**
 * Gradient norm spike: the gradient norm is far above its recent course.
 *
 * <p><b>Sees</b>, on the natural logarithm of the norm g with level m and scale s of its last 32 rows (see
 * {@link io.foreshock.statistics.Course}), log g − m &gt; 4.5 s together with
 *
 * <ul>
 *   <li>g over 8 times its course, or
 *   <li>g over 2.5 times its course while the loss is 4 scales and 20 % above its own.
 * </ul>
 *
 * <p>For 32 rows after a known cause began to fire, the rate rose or the run was resumed, half of that is enough: scales
 * by the root of a half, 4 times instead of 8, half the excess of the loss. On a solved task, a loss under 2 % of the
 * first, a norm under 5 % of the one it learned with (the course of its first 12 rows) moves nothing and is info, unless both
 * <i>take off</i>: loss and norm have each grown in three rows in a row, and the loss is 4 scales and 20 % above its own course,
 * however small that is. Then 2.5 times suffice. One hard batch lifts both as well, but not row after row.
 *
 * <p>A peak between 2.5 and 8 times that the loss ignores is info: clipping hides it from the weights.
 *
 * <p><b>Units</b>: ratios and rows. <b>Warm-up</b>: 12 rows. <b>Cost</b>: about 415 numbers of memory. Norms that are 0, NaN or
 * infinite enter nothing. Not judged on policy and preference runs, whose gradient norm follows the reward's spread.
 *
 * <p><b>Blind</b> to norms logged after clipping. <b>Healthy look-alikes</b>: a loss-scale back-off (infinite norms), slow growth
 * while the loss falls, and lone peaks in runs with a high rate, every hundred rows or so, which the loss ignores: over
 * 8 times they do alarm.
 */
@NullMarked
package io.foreshock.detect.gradnormspike;

import org.jspecify.annotations.NullMarked;
