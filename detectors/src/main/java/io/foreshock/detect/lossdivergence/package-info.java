/**
 * Loss divergence: the loss leaves its course for good, fast or slowly.
 *
 * <p><b>Sees</b> four things. With level m of the held course and a departure as in
 * {@link io.foreshock.detect.LossAndGradient}:
 *
 * <ul>
 *   <li><i>runs away</i>: over 5 m in the second raised row or later, and still rising;
 *   <li><i>stays</i>: a departure with a reason (gradient, rate, resume) is 32 rows old and the mean of 12 rows is still
 *       20 % above m;
 *   <li><i>rises slowly</i>: the mean of 40 rows, and that of 12, are over their best by the larger of 3 % and six standard
 *       errors, for 32 rows, and the mean is within one standard error of its crest: after a change of data it falls;
 *   <li><i>never learns</i>: from the 13th row on, for 96 rows, always above the highest of the first 12.
 * </ul>
 *
 * <p>The best is forgotten when the rate rises, when the run is resumed, and when a change of data is accepted.
 * <b>Units</b>: nats, ratios, rows. <b>Warm-up</b>: 12 rows for the fast kind, 72 for the slow. <b>Cost</b>: about 470 numbers
 * of memory. NaN and infinite losses enter nothing. Policy and preference losses are not judged.
 *
 * <p><b>Blind</b> to rises under 3 %, and late by nature on slow ones: hindsight puts the turn at the minimum.
 * <b>Healthy look-alikes</b>: a step down of the rate, a warm-up hill, a change of data (needs a logged gradient norm), a
 * spike that comes back. Indistinguishable: a planned restart of the rate that costs 20 % for longer than 32 rows.
 *
 * <p>Source: slow and fast divergence at high rates, arXiv:2309.14322. The tests are ours.
 */
@NullMarked
package io.foreshock.detect.lossdivergence;

import org.jspecify.annotations.NullMarked;
