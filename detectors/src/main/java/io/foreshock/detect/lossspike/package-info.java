/**
 * Loss spike: the loss is far above its own recent course.
 *
 * <p><b>Sees</b> a departure of the loss, see {@link io.foreshock.detect.LossAndGradient}: with level m, scale s (both
 * from the last 32 rows on course, see {@link io.foreshock.statistics.Course}) a loss x departs when
 * x − m &gt; 6 s and x − m &gt; 0.25 |m|. What a departure is, its company tells:
 *
 * <ul>
 *   <li>with a reason (the gradient norm moved, the rate had risen, the run was resumed) it is a spike, at once;
 *   <li>without one it is a spike when it is obvious, (x − m)/|m| &gt; 1.2, and the next row confirms it; where no gradient
 *       is logged, when two rows or more add up to 1.2;
 *   <li>when it comes back after three raised rows in a row or more, it was a spike;
 *   <li>when it comes back sooner, it was an isolated batch: info, and from then on part of its noise;
 *   <li>when it does neither and the gradient was quiet, the data changed: no spike, see data_change.
 * </ul>
 *
 * <p>For 32 rows after a known cause began to fire, the rate rose or the run was resumed, scales by the root of a half and
 * half the excess are enough.
 *
 * <p>Without a reason it must also be higher than anything among the last 64 rows on course: what odd batches reach,
 * odd batches explain.
 *
 * <p><b>Units</b>: loss in nats, ratios of its own level, rows. <b>Warm-up</b>: 12 rows. <b>Cost</b>: about 410 numbers of
 * memory and one binary search, shift and short sort a row. NaN and infinite losses are the business of
 * {@code non_finite} and enter nothing. Policy and preference losses have no course and are not judged.
 *
 * <p><b>Blind</b> to rises under a quarter of the level, to single rows without a gradient norm, to spikes within the
 * first 12 rows. <b>Healthy look-alikes</b> that stay quiet: single odd batches, mixup and other two-humped noise, data
 * changes with a logged gradient, learning-rate drops and warm-ups, clean resumes, fitted tasks.
 *
 * <p>Source: spikes that recover as the sign of training at the edge of stability, arXiv:2110.04369. The test is ours.
 */
@NullMarked
package io.foreshock.detect.lossspike;

import org.jspecify.annotations.NullMarked;
