/**
 * Sharpness: the largest Hessian eigenvalue stays above what the optimizer can bear at this learning rate.
 *
 * <p><b>Sees</b> sharpness x lr. It is a finding when the median of the last five measurements and the newest of them are
 * above 1.25 times the limit: 2 for gradient descent, 2 + 2 beta = 3.8 for heavy-ball momentum of 0.9. Which of them, the
 * log tells: updates of exactly one learning rate times the gradient (update_ratio x param_norm / (lr x grad_norm) within 5 %
 * of 1) are plain descent; otherwise the larger limit is taken. The setting {@code limit} overrides both. It is info while the
 * median loss of 12 rows is within 2 % of its best: harm shows there first.
 *
 * <p><b>Adam and its kind</b> are held to another number: the largest eigenvalue of the Hessian that their second moment
 * preconditions, about 38 / lr for beta1 = 0.9. The raw eigenvalue says nothing of it. A log that shows Adam
 * ({@code adam_eps}, {@code adam_second_moment_rms}), or updates of more than 20 gradients, makes the signature not evaluable;
 * who logs the preconditioned eigenvalue as {@code sharpness} sets {@code limit: 38}.
 *
 * <p><b>Units</b>: a pure number, measurements. <b>Warm-up</b>: five measurements. <b>Cost</b>: about 60 numbers. Measurements
 * that are not finite are not seen; negative ones (an estimate that has its sign) are below.
 *
 * <p><b>Blind</b> to what happens between measurements: above its limit plain descent diverges within some tens of steps,
 * and the loss tells sooner. A power iteration of few steps errs on the low side. <b>Healthy look-alikes</b> that stay quiet:
 * the edge of stability, where sharpness hovers at the limit for most of a run; large rates that still converge
 * (arXiv:2310.17074); catapults of warm-up; momentum beyond the limit of plain descent.
 *
 * <p>Source: arXiv:2110.04369 (limits and what lies beyond), arXiv:2212.07295 (adaptive optimizers).
 */
@NullMarked
package io.foreshock.detect.sharpness;

import org.jspecify.annotations.NullMarked;
