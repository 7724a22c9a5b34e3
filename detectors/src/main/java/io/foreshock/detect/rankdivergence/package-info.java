/**
 * Rank divergence: one rank's loss or gradient norm leaves the others'. All ranks hold the same weights and draw from the
 * same data, so that at one step they differ by the noise of their batches alone; a rank that keeps away from the others
 * computes something else (a core that miscalculates, a broken link, weights that missed an update, a loader that stands
 * still), and its gradient is averaged into everybody's: silent corruption.
 *
 * <p><b>Sees</b>, for each rank k and both signals, r = ln x(k) less ln of the median of the others' x, less what r usually is
 * for this rank (a mean of about 500 rows, to which rows while it is away do not count: a rank may have harder data for
 * good). The pooled scale s is the median over ranks of |r|, over 0.6745, averaged over about 64 rows. With m the mean of
 * the last 20 values of r, each cut to 4 s so that no single batch carries it, a rank diverges when
 *
 * <pre>  |m| &gt; errors * e   and   |m| &gt; share</pre>
 *
 * and until |m| is back under half of the former. The standard error e is s sqrt((1 + c) / 20 / (1 - c)),
 * with c the correlation of successive r over the ranks that are not away: shards of a corpus wander. Both directions
 * count: a rank whose data stands still learns it by heart.
 *
 * <p><b>Units</b>: natural logarithms of ratios, rows. <b>Warm-up</b>: 20 rows of at least three ranks. <b>Cost</b>: 26 numbers a
 * rank and signal, and a sort of the ranks' values a row. <b>Order</b> of arrival is irrelevant. Values that are not positive
 * and finite are left out (not finite: {@code non_finite}); policy and preference losses cross zero and are not compared.
 *
 * <p><b>Blind</b> to fewer than three ranks, to numbers that are averaged over ranks before they are logged, to a fault there from
 * the first 20 rows on, which is then usual, and to one that hits most ranks alike. <b>Wrong</b> on shards that wander more
 * than batches differ, for some tens of rows. <b>Healthy look-alikes</b> that stay
 * quiet: ranks with data of their own, single odd batches, heavy-tailed noise, ranks that come late, leave or join.
 *
 * <p>Source: ranks compared with the median of the others, as in straggler and silent-data-corruption detection of large
 * runs; the test is ours.
 */
@NullMarked
package io.foreshock.detect.rankdivergence;

import org.jspecify.annotations.NullMarked;
