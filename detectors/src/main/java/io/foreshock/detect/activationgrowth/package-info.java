/**
 * The activations of a layer grow faster than growing weights explain.
 *
 * <p><b>Sees</b> {@code activation_rms} per layer, or one number. With x the RMS, p = d ln x / d ln age is the power of its age
 * by which it grows ({@link io.foreshock.statistics.Ascent#steepness}). It is a finding when x surely rises, over 80 rows and
 * still over 20, with p above {@code steep} (4) for 40 rows in a row, and is {@code growth} (10) times its lowest level since
 * it settled: info. With p above {@code runaway} (6) and 100 times that level: warning. The forecast says when half precision
 * overflows, at 65,504.
 *
 * <p><b>Why 4.</b> What a block adds is the product of two weight matrices (value and output, in and out). Weights that
 * always move the same way grow like the sum of the learning rates: the first power of time at a constant rate, the second
 * while it is raised linearly. So health ends at the fourth power. Exponential growth has p = age / time constant and passes
 * every power. Size alone tells nothing: healthy runs with normalised blocks grow a thousandfold.
 *
 * <p><b>Units.</b> Pure ratios: the scale of the activations does not matter, nor the cadence. <b>Source.</b> Activation scale
 * that grows is the sign of instability: arXiv:2304.07645, 2309.14322. The test is ours.
 *
 * <p><b>Warm-up:</b> 80 rows, afresh after a resume. <b>Cost:</b> about 30 numbers a layer; one logarithm a layer and row. NaN
 * and infinities are the business of non_finite and are skipped.
 *
 * <p><b>Blind</b> to growth that began before the log did, until it has doubled some nine times under its eyes; to a jump,
 * which is no growth. <b>Look-alikes</b> that stay quiet: growth with the weights, the hill of a warm-up, a shock that rests.
 */
@NullMarked
package io.foreshock.detect.activationgrowth;

import org.jspecify.annotations.NullMarked;
