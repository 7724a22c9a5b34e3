/**
 * Gradient vanishing: the gradient, or that of one layer, decays while there is still something to learn.
 *
 * <p><b>Sees</b> three things, the first two only while the loss is above 15 % of its start and the learning rate above a
 * tenth of its peak ({@link io.foreshock.detect.LossToGo}), each for 10 rows in a row:
 *
 * <ul>
 *   <li><i>the whole</i>: the gradient norm is 50 times under its usual level, the median over the run so far
 *       ({@link io.foreshock.statistics.RunMedian}). What declines like a power of the step stays at a fixed ratio to that
 *       median; a decay that is exponential leaves it ever further behind;
 *   <li><i>a layer</i>: its share g_k / g in the whole gradient (the larger of {@code grad_norm} and the root of the sum of the
 *       layers' squares) is under 1e-5, and it had once been over 1e-3, or a neighbour is on the way (share under the root of this one) and it does not rise. A gradient
 *       that vanishes backwards is a product over layers and takes its neighbours along; a frozen layer, or a parameter
 *       without influence, stands alone;
 *   <li><i>a policy</i>: the median norm of 20 rows is under 1e-6, or under 1e-3 where rewards of one prompt do not differ,
 *       and the reward has not risen from its start by three standard errors, and is not a constant other than 0.
 * </ul>
 *
 * <p>A layer that is exactly 0 from one row to the next was frozen, or died: info; if all layers are, they died: warning. <b>Units</b>: ratios; the norm of a
 * policy gradient in reward per unit of weight, since a reward that never moves tells no scale of its own.
 * <b>Warm-up</b>: 32 rows for the whole, 10 for layers, 20 for policies. <b>Cost</b>: about 150 numbers and six a layer; one
 * logarithm a layer and row. NaN and infinite norms enter nothing, layers that are not logged neither.
 *
 * <p><b>Blind</b> to a whole gradient that never was (only layers can be compared with one another), to decays that take
 * longer than half of the run for a factor of 50, to losses that are not positive, to a single layer that dies in one step.
 * <b>Healthy look-alikes</b> that stay quiet: solved tasks, annealed rates, first descents from a huge norm, declines like
 * a power of the step, the way back from an explosion, frozen layers, key biases, branches that start at zero.
 *
 * <p>Source: gradients of large models that fade, arXiv:2309.14322; policies without reward spread, arXiv:2310.20703. The
 * tests are ours.
 */
@NullMarked
package io.foreshock.detect.gradvanishing;

import org.jspecify.annotations.NullMarked;
