/**
 * The router of a layer sends nearly all tokens to the same expert, or surely will soon.
 *
 * <p><b>Sees</b> {@code expert_share}: per layer the busiest expert's share of the tokens, or per layer and expert each one's
 * share or count. From all experts the share is the largest over the sum. Shares that add up to k (each token visits k
 * experts) give what the k busiest take together over the sum: one popular expert beside balanced others is no collapse,
 * k that take everything are. The <i>level</i> is the mean of about 10 rows, taken on the log of the odds. It is a finding
 * when
 *
 * <ul>
 *   <li>level and row are beyond {@code collapsed} (0.85), the level by three of its standard errors (from the noise of the
 *       rows; twice the odds, 0.92, are enough in any noise) or for 50 rows; or
 *   <li>the level is beyond 0.75, its odds are 3 times their lowest and surely rise, over 80 rows and still over 20, and
 *       {@code collapsed} is nearer than half the age and 160 rows ({@link io.foreshock.statistics.Ascent}).
 * </ul>
 *
 * The same rise below 0.75 is info. So are experts with less than a hundredth of an even load for 50 rows, where experts
 * are logged. Once told it lasts until the level is below 0.75.
 *
 * <p><b>Units.</b> Shares 0 to 1. <b>Source.</b> The rule of trainscope, 0.85 on three rows after 30, to which the mean, the
 * trend and the count of visits are added. 0.75 lies above 2/3, where one dead expert leaves top-2-of-4 routing.
 *
 * <p><b>Warm-up:</b> {@code warmUp} (30) rows, 80 for a forecast; a resume changes nothing. <b>Cost:</b> about 65 numbers a layer
 * and one an expert; a pass over the experts a row, k passes where tokens visit k. NaN is the business of non_finite.
 *
 * <p><b>Blind</b> where only the busiest expert's share of all visits is logged and tokens visit k experts: it cannot exceed
 * 1/k. <b>Look-alikes</b> that stay quiet: one dead expert under top-2-of-4, the random router of the first rows, one that
 * touches 0.85 before it finds its balance, single rows, a layer with one expert.
 */
@NullMarked
package io.foreshock.detect.expertcollapse;

import org.jspecify.annotations.NullMarked;
