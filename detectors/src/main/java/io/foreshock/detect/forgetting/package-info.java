/**
 * Forgetting: a metric of an earlier task gets worse than its best by more than its noise.
 *
 * <p><b>Sees</b>, for each of up to 64 task metrics ({@link io.foreshock.detect.forgetting.TaskMetric} tells them by name),
 * turned so that lower is better, with b the best evaluation so far and m the mean of the k last ones (two, or an eighth of
 * all up to twelve):
 *
 * <ul>
 *   <li>it matters: m − b &gt; 0.12 |b|, and a loss m is not under 2 % of the first, where a task is solved;
 *   <li>it was known: a loss had fallen by as much since its first evaluation, or began that much below the run's first
 *       training loss, as where the log begins with fine-tuning;
 *   <li>it is no accident: m − b &gt; s √(2 ln n) (1 + 1/√k), with s the noise of the metric
 *       ({@link io.foreshock.statistics.CurveNoise}) and n the evaluations of all tasks so far: the best is the luckiest of
 *       them, and what is compared with it may be the unluckiest.
 * </ul>
 *
 * <p>A loss, which is a mean over many tokens, may show it in one evaluation: half as much again, and 2 s √(2 ln n). While
 * the loss diverges or the gradient explodes everything gets worse, and nothing is called forgotten.
 *
 * <p><b>Units</b>: shares of the metric's own best; the clock is the row with a task metric. <b>Warm-up</b>: four
 * evaluations of a metric. <b>Cost</b>: 50 numbers a task, constant time a metric. NaN and infinite values enter nothing.
 *
 * <p><b>Blind</b> to metrics whose name tells no task or no direction, to losses of less than 12 %, to scores over so few
 * questions that 12 % is noise. <b>Healthy look-alikes</b> that stay quiet: replay that costs up to a tenth, small exams that
 * move by several points, tasks at chance, text of another kind that gets worse than
 * for a model that knows nothing.
 *
 * <p>Source: arXiv:2408.14471 (measure against each task's own best), arXiv:2406.10229 (how far small evaluations move by
 * chance); the rule is ours.
 */
@NullMarked
package io.foreshock.detect.forgetting;

import org.jspecify.annotations.NullMarked;
