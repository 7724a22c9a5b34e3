/**
 * Step time regression: steps take durably longer than they did.
 *
 * <p><b>Sees</b> the seconds a step: {@code step_time} where it is logged, else the time between two rows over the steps
 * between them. <i>Recent</i> are the last 128 rows, <i>usual</i> the 256 before them. Steps are slow when
 *
 * <pre>  median(recent) &gt; (1 + slower) median(usual)   and   lower quartile(recent) &gt; upper quartile(usual)</pre>
 *
 * that is, three of four rows take longer than three of four did; evaluations, checkpoints and pauses are rows of the last
 * quarter. It is information until it has held for another 128 rows, because a slow node is often gone by then. Until the recent median is back by half of {@code slower}, the usual stays what it was. Where the median row is
 * under a third of the mean, rows come in bursts (a logger that writes now and then), and time says nothing.
 *
 * <p>A resume (other hosts, other neighbours), another batch size and another data stage begin anew. In reinforcement
 * learning longer responses take longer: there the time a token must be slow as well, where the length is logged.
 *
 * <p><b>Units</b>: seconds a step, rows. <b>Warm-up</b>: 384 rows. <b>Cost</b>: about 2,000 numbers, two searches and shifts in
 * windows of 128 and 256 numbers a row. Times that are not positive and finite are left out.
 *
 * <p><b>Blind</b> to a slow start, to rows in which evaluations or checkpoints make up a quarter or more, and to whatever
 * became slower during a restart. <b>Healthy look-alikes</b> that stay quiet: evaluation pauses, checkpoints, restarts,
 * a batch-size ramp, growing responses, a change of the logging interval.
 *
 * <p>Source: own history as the measure of a step's time, as peers do (a step of 1.5 times the median, a latest value far
 * beyond the 95th percentile); the test is ours.
 */
@NullMarked
package io.foreshock.detect.steptimeregression;

import org.jspecify.annotations.NullMarked;
