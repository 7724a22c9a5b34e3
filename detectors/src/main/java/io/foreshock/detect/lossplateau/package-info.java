/**
 * Loss plateau: the loss stops falling where its schedule says that it should still fall.
 *
 * <p><b>Clock.</b> What a schedule allows is counted in S1, the sum of the learning rates so far (arXiv:2408.11029, see
 * {@link io.foreshock.statistics.LossLaw}): by the law a healthy loss falls by a like share with each doubling of S1, and a
 * rate near 0 promises nothing. Without a logged rate S1 is the step. Compared are the median loss over the last half of S1, r, with that over
 * the quarter before, b; e is the standard error of the progress 1 − r/b from the noise between blocks.
 *
 * <p><b>Sees</b>
 *
 * <ul>
 *   <li><i>with a cause</i> (saturated attention, vanished gradient or updates fired before that half and in it), from 64 rows: progress + e &lt; 2 %;
 *   <li><i>alone</i>, from 128 rows: |progress| + 2 e &lt; 0.6 % above half of the first loss, 0.2 % below;
 *   <li><i>landed</i>: since a shock (spike, divergence, rate fault or restart), in an S1 that counts from there: |progress| +
 *       2 e &lt; 2 % at more than 1.25 times the best before it;
 *   <li><i>starved</i>: updates, a unit of the rate, under a hundredth of what they were for 25 rows: nothing to wait for.
 * </ul>
 *
 * <p>Each also asks that the last half itself neither falls nor rises. Solved tasks (2 % of the first loss) are not judged, policies and preferences neither, nor logs that begin too late
 * to show a doubling.
 *
 * <p><b>Units</b>: shares of the level, rows, S1. <b>Warm-up</b>: 64 rows. <b>Cost</b>: two courses of about 900 numbers; a comparison
 * whenever a block is full. <b>Blind</b> to losses that fall, but less than they could; to plateaus within the noise. A loss that is flat
 * by nature and hardly noisy (some diffusion losses) looks like one.
 */
@NullMarked
package io.foreshock.detect.lossplateau;

import org.jspecify.annotations.NullMarked;
