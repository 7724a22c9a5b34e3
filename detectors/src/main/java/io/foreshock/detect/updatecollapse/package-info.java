/**
 * Update collapse: the optimizer hardly moves the weights any more, or will not soon.
 *
 * <p><b>Sees</b> three things, each only while the loss is above 15 % of its start and the learning rate above a tenth of
 * its peak ({@link io.foreshock.detect.LossToGo}), for 10 rows in a row:
 *
 * <ul>
 *   <li><i>fell</i>: the update in learning rates, u = update_ratio x param_norm / lr, is 20 times under its usual size, the
 *       median over the run so far. Schedule and growth of the weights cancel. Without {@code param_norm} the weights are
 *       taken as constant;
 *   <li><i>never was</i>: u / sqrt(N) is 20 times under 0.23, the RMS that Adam's update has in learning rates even where
 *       gradients are nothing but noise, sqrt((1 - beta1)/(1 + beta1)). N counts the weights of the logged layers,
 *       sum of (grad_norm/layer over grad_rms/layer) squared; needs a log that shows Adam ({@code adam_eps} or
 *       {@code adam_second_moment_rms});
 *   <li><i>epsilon</i>: the gradient RMS of a layer (mean of the logarithm over 5 rows) is under Adam's epsilon, whose
 *       updates are m / (sqrt(v) + eps); or within 100 epsilons and <i>coming</i>: its logarithm falls by three standard
 *       errors over the last 10 rows and over the last 40, and at the slower pace epsilon is nearer than half the time since
 *       it was 10,000 epsilons. Then the step is forecast.
 * </ul>
 *
 * <p>An epsilon that is not logged is assumed to be 1e-8 if the log shows Adam, said to be assumed, and info at most. So is
 * a gradient less than 20 times under an epsilon that is logged: some choose it so. <b>Units</b>: ratios, steps.
 * <b>Warm-up</b>: 32 rows for what fell, 10 for the rest. <b>Cost</b>: about 130 numbers and 30 a layer. A rate of 0 is the
 * business of {@code lr_anomaly}; skipped steps and layers of gradient 0 are not seen; policies are not judged.
 *
 * <p><b>Blind</b> to an optimizer other than Adam that never moved anything, to weights that a low precision rounds back (the
 * ratio that was meant is logged), to single layers whose update is not logged. <b>Healthy look-alikes</b> that stay quiet:
 * schedules, weights that grow, the first updates of Adam, solved tasks, skipped steps, frozen layers.
 *
 * <p>Source: gradient RMS against epsilon, arXiv:2309.14322; epsilon and width, arXiv:2407.05872. The tests are ours.
 */
@NullMarked
package io.foreshock.detect.updatecollapse;

import org.jspecify.annotations.NullMarked;
