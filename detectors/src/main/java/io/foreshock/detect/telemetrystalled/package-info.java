/**
 * No step for far longer than the run's own rhythm: the process hangs, died, or waits for a rank that did.
 *
 * <p><b>Sees</b> the time stamps of rows, nothing else. A pause is the time between two rows. The silence after the
 * last row is a finding once it exceeds
 *
 * <pre>  max(patience, longestFactor x longest, meanFactor x mean)</pre>
 *
 * with <i>mean</i> the mean pause (of all, then of about the last 200) and <i>longest</i> the longest one, which fades
 * with a half-life of {@code halfLife} rows. Units: seconds. It is critical after {@code criticalFactor} times that
 * silence, because a process that is merely slow has come back by then.
 *
 * <p><b>Source.</b> The rule is ours. Patience is 10 minutes: a first evaluation, a checkpoint or a restart takes
 * minutes, and a hung collective is ended by its own watchdog after 10 (PyTorch's default for NCCL); what is silent
 * longer does not come back by itself. The factors let runs of slow steps, and evaluations of the usual length, pass.
 *
 * <p><b>Warm-up:</b> {@code warmUp} pauses, after the first two, which are compilation. <b>Cost:</b> six numbers a run.
 * <b>Resume:</b> the pause that ends in a restart is not learned, and its incident is belittled to info by the judge.
 *
 * <p><b>Blind</b> where rows carry no time stamps, in the first rows, after a run's announced end, and to a step that
 * is slow but comes (see step_time_regression). However long a pause, it lengthens the silence that is allowed by
 * half at most: a second stall of the same size is found, and pauses that recur are quiet after two to four times.
 *
 * <p><b>Look-alikes:</b> an evaluation or a checkpoint that takes ten times as long as any before and more than ten
 * minutes; a clock that is set forward; a publisher that lost its network while training goes on. A clock that is set
 * back is noticed after three rows.
 */
@NullMarked
package io.foreshock.detect.telemetrystalled;

import org.jspecify.annotations.NullMarked;
