/**
 * Likelihood displacement: preference tuning makes the chosen answers less likely while the margin grows.
 *
 * <p><b>Sees</b>, with means over 10 rows, against the mean of the first 10, on three rows in a row:
 *
 * <ul>
 *   <li>the reward of the chosen answers fell by more than 0.35 of what the margin gained, and by more than 3 standard errors;
 *   <li>their log-probability fell by 5 % of its size at the start; where none is logged, the reward fell by 0.25.
 * </ul>
 *
 * <p>Where only log-probabilities are logged: 10 % of their size and 3 standard errors, with a growing gap to the rejected
 * ones if they are logged. The reward is measured against the reference on the same answers, so it is free of the batch's
 * own difficulty; a log-probability is not, hence the wider limit. The errors come from successive differences
 * ({@link io.foreshock.statistics.BatchNoise}).
 *
 * <p><b>Units</b>: log-probabilities in nats an answer (or a token: only shares count), rewards as logged; rows.
 * <b>Warm-up</b>: 20 rows. <b>Cost</b>: 30 numbers a run, constant time a row. NaN and infinite values enter nothing.
 *
 * <p><b>Blind</b> to a fall that was over before the log began. <b>Healthy look-alikes</b> that stay quiet: margins that grow
 * by the rejected answers alone, slips of a few nats, batches that differ in how likely their answers are, a supervised term,
 * rewards without a reference (they are measured from where they begin).
 *
 * <p>Source: arXiv:2502.07599, arXiv:2406.07327, arXiv:2407.10490 for the effect; the limits are ours.
 */
@NullMarked
package io.foreshock.detect.likelihooddisplacement;

import org.jspecify.annotations.NullMarked;
