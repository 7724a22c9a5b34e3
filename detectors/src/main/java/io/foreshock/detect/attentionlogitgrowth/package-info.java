/**
 * The largest attention logit of a head is beyond, or surely on its way to, the range where softmax saturates.
 *
 * <p><b>Sees</b> {@code attention_logit_max}: the largest q.k/sqrt(d_head) of the batch, per layer and head, per layer, or
 * one number for all. A head's <i>level</i> is the geometric mean of about 5 rows. It is a finding when
 *
 * <ul>
 *   <li>the level and the row itself are beyond {@code limit} (100), whatever the course; or
 *   <li>the level is beyond {@code watched} (50) and the head <i>comes</i>: the logarithm's slope over the last 40 rows
 *       and over the last 10 are both positive by {@code certainty} (3) standard errors, it has been growing for
 *       {@code growingRows} (20), and at the slower of both paces the limit is nearer than half the time since the level
 *       passed 12.5, and nearer than twice the 40 rows by which the pace was measured.
 * </ul>
 *
 * The forecast says when 100, or beyond that 1000, is reached: way / pace, with a 90 % interval from the error of the
 * pace and from {@code drift}, the deviation by which the logarithm of a pace changes underway. Beyond 1000 the finding is
 * critical.
 *
 * <p><b>Units.</b> Logits are pure numbers (nats); time is in steps, memory in rows.
 *
 * <p><b>Source.</b> Growth, saturation, and prediction from the trend of the quantity itself: arXiv:2309.14322 and
 * 2302.05442. 100 is where QK-clip acts in Kimi K2 and Megatron-LM. The slopes are {@link
 * io.foreshock.statistics.LogTrend}. Why two: a shock that comes to rest still has a slope over 40 rows, not over 10.
 *
 * <p><b>Warm-up:</b> none for the limit, 20 rows for a forecast; both start afresh after a resume. <b>Cost:</b> one number a
 * head, 25 more for each head whose level ever passed 12.5; one logarithm a head and row. NaN and infinite logits are
 * the business of non_finite and are skipped.
 *
 * <p><b>Blind</b> to saturation at small logits (sinks, many equal keys): see attention_entropy_collapse. Growth below
 * 50 is not told. Where one number stands for all heads, a growing head hides behind a louder resting one.
 *
 * <p><b>Look-alikes:</b> a warm-up hill below 100; a shock that jumps to 60-90 and rests; QK-norm, whose logits are
 * bounded. QK-clip holds logits at 100 and so lies on the limit.
 */
@NullMarked
package io.foreshock.detect.attentionlogitgrowth;

import org.jspecify.annotations.NullMarked;
