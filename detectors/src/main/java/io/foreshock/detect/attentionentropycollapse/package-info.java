/**
 * The attention of a layer settles on one position, or surely will soon.
 *
 * <p><b>Sees</b> {@code attention_entropy}, the mean entropy of the attention rows, per layer; where heads are logged, their
 * mean, because single heads that look at one position (previous token, sink) are common and healthy. The <i>level</i> is
 * the geometric mean of about 10 rows. Below 3 times {@code collapsed} and {@code fallen} (a quarter) of its own highest, it
 * is a finding when
 *
 * <ul>
 *   <li>it is below {@code collapsed} (0.1 nats); or below 2.5 times that while attention_logit_growth is open: then both say
 *       the same; or
 *   <li>it surely falls, over 80 rows and still over 20 ({@link io.foreshock.statistics.Ascent} of the inverse), and
 *       {@code collapsed} is nearer than half its age and 160 rows.
 * </ul>
 *
 * Below a tenth of {@code collapsed} it is critical. Once told it lasts until the level is above 2.5 times {@code collapsed}.
 *
 * <p><b>Units.</b> Nats. exp(entropy) is the number of positions looked at: 0.1 nats is 1.1 of them, or 98 % on one of two.
 *
 * <p><b>Source.</b> Entropy that falls towards 0 goes with divergence: arXiv:2303.06296. The test is ours.
 *
 * <p><b>Warm-up:</b> none for the level, 80 rows for a forecast. After a resume trends start afresh, the highest level does
 * not. <b>Cost:</b> about 35 numbers a layer; one logarithm a layer and row. NaN and infinities are the business of non_finite
 * and are skipped.
 *
 * <p><b>Blind</b> to a layer that had collapsed before the log began; to some heads of a layer that collapse while others
 * stay wide: attention_logit_growth sees heads. <b>Look-alikes</b> that stay quiet: induction heads that form, slow
 * sharpening over the run, layers that rest low.
 */
@NullMarked
package io.foreshock.detect.attentionentropycollapse;

import org.jspecify.annotations.NullMarked;
