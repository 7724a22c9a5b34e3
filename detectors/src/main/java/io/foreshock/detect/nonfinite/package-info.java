/**
 * A metric is NaN or infinite where that means harm. What it means depends on what it is a number of:
 *
 * <ul>
 *   <li><b>loss</b>: at once, critical (a warning for one row whose step was skipped);
 *       at the second row where a finite gradient or evaluation beside it says that the loss was not measured.
 *   <li><b>weights and optimizer</b> (param_norm, update_ratio, adam_second_moment_rms): at once, critical: the optimizer
 *       took what was not a number.
 *   <li><b>gradients</b>: one is normal in mixed precision. At the 4th in a row, the 8th if those steps were skipped; at
 *       the 2nd if the loss stands still or is exactly 0 meanwhile, which is what is left of a NaN loss where the
 *       trainer hides it (Hugging Face's {@code logging_nan_inf_filter}).
 *   <li><b>what is only watched</b> (attention, activations, logits): the 16th row while the loss is finite, since a NaN of
 *       the forward pass would have reached the loss: then it is the measuring that fails. The 3rd where no loss comes
 *       with it.
 *   <li><b>rewards, KL, entropy, log-probabilities, evaluations, other losses</b>: the 3rd.
 *   <li><b>names outside the catalogue</b>: info, at the 16th. <b>Timings and counters</b>: never.
 * </ul>
 *
 * A metric that came in every row and falls silent after a value that was none goes on counting. A finite row takes back a quarter of the evidence of one that is not, so a loss scaler that overflows every second step
 * is found and one that overflows every hundredth is not. A metric counts only if it ever was a number (except the
 * loss), an array only if more of its numbers are non-finite than ever before: padding is silent. A row in which nothing
 * is a number, not even a counter that used to be one, is padding too. The incident stays open until the metric is a
 * number again, also when it is no longer reported, and names the gravest, then the first.
 *
 * <p><b>Units:</b> rows that carry the metric. <b>Source:</b> craft; loss scalers of Megatron-LM and PyTorch start at 2^32
 * and 2^16 and halve at each overflow, so a run may begin with a dozen infinite gradients: until the first finite one
 * they say nothing. <b>Warm-up:</b> none for the loss. <b>Cost:</b> eight numbers a metric name; a row without evidence costs
 * one look at each of its numbers. <b>Resume:</b> all evidence is dropped.
 *
 * <p><b>Blind</b> to NaN that the publisher drops, to a gradient that never had a value while the loss moves, and to numbers
 * that are finite and absurd (see loss_divergence).
 *
 * <p><b>Look-alikes:</b> loss-scale back-off, padded logs, metrics that are 0/0 by definition (a deviation over one sample).
 */
@NullMarked
package io.foreshock.detect.nonfinite;

import org.jspecify.annotations.NullMarked;
