/**
 * Learning-rate anomaly: the learning rate leaves its own schedule, as after a bad resume.
 *
 * <p><b>Sees</b>, with r the rate of this row and r' that of the row before:
 *
 * <ul>
 *   <li><i>jump</i>: r &gt; 1.9 r' after ten rows without a rise;
 *   <li><i>fall</i>: r &lt; r'/15, or 0 for three rows, while r' is above a twentieth of the peak and the last decrease,
 *       taken twice, does not reach r: a schedule may land where it was heading;
 *   <li><i>started over</i>: r &lt; r'/1.9, and within 32 rows it rises again by 1.3: warm-up in the midst of a run;
 *   <li><i>resumed elsewhere</i>: at the first row after a resume the rate is compared with what it was at this very step
 *       (see {@link io.foreshock.detect.lranomaly.RatesByStep}), or with the last one where the step is new: over 1.9 times, or under a
 *       quarter.
 * </ul>
 *
 * <p>Told for 32 rows, or until the rate is back; then it is the schedule. Nothing below a twentieth of the peak matters.
 *
 * <p><b>Planned, and quiet</b>: warm-ups, decays of any form, falls by 10, a last row of 0, a rate that grows with its
 * batch, a resume that repeats the rates it had. <b>Planned, told as info</b>: a rise from the end of a decay to no more than
 * the peak (warm restart), a rise without a jump (cycle), stairs of equal height and the first stair of a warm-up.
 *
 * <p><b>Units</b>: the rate's own; only ratios count, and rows. <b>Warm-up</b>: ten rows for jumps, one for falls. <b>Cost</b>: about
 * 220 numbers of memory, a few comparisons a row.
 *
 * <p><b>Blind</b> to a wrong rate from the first step on, to changes under 1.9 times, to a resume with half the rate (often a
 * remedy), to the rates of other parameter groups. A restart planned from a rate still far from its floor looks
 * like a mistake: mute it. NaN and infinite rates are the business of {@code non_finite}.
 *
 * <p>Source: a rule of craft. Warm restarts: arXiv:1608.03983; cycles: arXiv:1506.01186.
 */
@NullMarked
package io.foreshock.detect.lranomaly;

import org.jspecify.annotations.NullMarked;
