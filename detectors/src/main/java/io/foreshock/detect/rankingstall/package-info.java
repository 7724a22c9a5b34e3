/**
 * Ranking stall: the share of pairs that a preference-tuned model orders rightly stays near chance, or falls back.
 *
 * <p><b>Sees</b> one of two, with a mean over 200 rows, one over 40 and the noise of batches
 * ({@link io.foreshock.statistics.BatchNoise}):
 *
 * <ul>
 *   <li>200 rows after the learning rate last rose (300 rows where it is not logged) the long mean plus two standard errors is
 *       under 0.58, and the short mean is not above it by one of its own: even an unlucky mean would be near chance, and it does not rise;
 *   <li>the short mean is 0.2 below its best, and by more than five standard errors.
 * </ul>
 *
 * <p>The first row does not count: before the first update all margins are 0, and none of them is positive.
 *
 * <p><b>Units</b>: accuracies as shares, rows. <b>Warm-up</b>: 200 rows at a rate that no longer rises; until then it is not
 * evaluable. <b>Cost</b>: 15 numbers a run, constant time a row. Values outside 0 to 1 enter nothing.
 *
 * <p><b>Blind</b> to logs of fewer rows and to batches of one or two pairs, whose mean is never sure. <b>Healthy
 * look-alikes</b> that stay quiet: a fifth of the labels swapped (accuracy 0.8), slow learners, tiny batches, warm-ups.
 *
 * <p>Source: arXiv:2405.19534, which finds tuned models below 60 %; the rule is ours.
 */
@NullMarked
package io.foreshock.detect.rankingstall;

import org.jspecify.annotations.NullMarked;
