/**
 * Delayed generalization (grokking): evaluation catches up long after training was learned. Information, never an alarm.
 *
 * <p><b>Sees</b> one of two stories, and holds as long as evaluation sets records afterwards:
 *
 * <ul>
 *   <li>an overfitting is overcome: the held-out loss had risen as {@link io.foreshock.detect.overfitting} tells, and the mean
 *       of three evaluations is back at the minimum that it had left;
 *   <li>what was memorised is understood: training was learned (accuracy 0.95 over eight rows; without one, a loss of 5 % of
 *       its first) while evaluation lagged (accuracy under half of the training accuracy; without one, a loss above half of
 *       its first), and later evaluation made half of its way. Later means three evaluations and as many steps as the
 *       learning itself took.
 * </ul>
 *
 * <p><b>Units</b>: accuracies as shares, losses as ratios of their first value; the clock is the evaluation. <b>Warm-up</b>:
 * three evaluations. <b>Cost</b>: 80 numbers a run, constant time a row. NaN and infinite values enter nothing.
 *
 * <p><b>Blind</b> to runs that log neither a training loss nor a training accuracy. <b>Healthy look-alikes</b>: it is one.
 *
 * <p>Source: arXiv:2201.02177; the phases (comprehension, grokking, memorisation, confusion) are those of
 * arXiv:2205.10343. The limits are ours.
 */
@NullMarked
package io.foreshock.detect.delayedgeneralization;

import org.jspecify.annotations.NullMarked;
