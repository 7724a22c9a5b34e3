/**
 * Overfitting: the held-out loss rises from its minimum while the training loss falls on.
 *
 * <p><b>Sees</b>, at an evaluation, with b the best held-out loss so far, m the mean of the last k evaluations since (three,
 * or an eighth of all up to twelve), t the training level now and r the lowest it had when the best evaluation had settled,
 * n the evaluations so far and s their noise ({@link io.foreshock.statistics.CurveNoise}):
 *
 * <ul>
 *   <li>it matters: m − b &gt; 0.05 |b|, with |b| at least a fifth of the first loss;
 *   <li>something was learned: b is 5 % under the first held-out loss, or t under a quarter of the first training level;
 *   <li>it still learns: r − t &gt; 0.1 |r|; a new low of the training loss, not the way back from a spike;
 *   <li>it is no accident: m − b is more than the best of n owes to luck, s E(n) with E(n) the mean of the largest of n normal
 *       values; and the gap between the two losses has grown by m − b + r − t &gt; s √(4/3) √(2 ln n);
 *   <li>the last evaluation is not below the middle of the two before: a bump that goes away is none.
 * </ul>
 *
 * <p>It holds on until the excess is under half of its highest. A training level over 1.2 r (a data change, a warm
 * restart, a spike) makes what the held-out loss is then the best to measure from.
 *
 * <p><b>Units</b>: losses in their own unit (nats), ratios of them; the clock is the evaluation. <b>Warm-up</b>: four
 * evaluations. <b>Cost</b>: 60 numbers a run, constant time a row. NaN and infinite losses enter nothing. Policy and
 * preference runs are not judged: their training loss has no course.
 *
 * <p><b>Blind</b> to rises under 5 %, to models tuned from a held-out loss that never falls until t is so low, to runs whose training loss hardly falls any more, and for the first three evaluations
 * after the best. <b>Healthy look-alikes</b> that stay quiet: noisy short evaluations, warm restarts, data changes,
 * spikes, bumps of two evaluations before a late generalisation, fitted tasks at a loss near 0.
 *
 * <p>Source: arXiv:2201.02177 for the picture (training solved, evaluation far off), the rule is ours.
 */
@NullMarked
package io.foreshock.detect.overfitting;

import org.jspecify.annotations.NullMarked;
