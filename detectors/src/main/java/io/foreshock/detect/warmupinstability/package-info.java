/**
 * Warm-up instability: trouble in the first steps, at a learning rate that did not warm up.
 *
 * <p>Adam divides by the root of a second moment that is a mean of few gradients at first; its variance is unbounded for the very
 * first steps and settles after about 2/(1 − beta2), so that a full rate makes steps of chance length (arXiv:1908.03265).
 *
 * <p><b>Sees</b>, in the first 2,000 steps of a run that was at more than half its highest rate at its first row, the median
 * of the last six rows: of the loss, above the first loss and 1.25 times the lowest of it and such medians; or of the gradient
 * norm, over 8 times the first such median. A missing warm-up alone is no trouble.
 * Over once the median loss is under half of the first: it has been learned well, other trouble is no fault of the start.
 *
 * <p><b>Units</b>: ratios; steps, because the moments know steps. <b>Warm-up</b>: six rows. <b>Cost</b>: about 40 numbers, a short
 * insertion a row; nothing once the first steps are over.
 *
 * <p><b>Healthy look-alikes</b>: runs without a warm-up that learn, warm-up hills at a rate that rises, fine-tuning from
 * a low loss (the first loss is the reference, and a quarter above the lowest), logs that begin later than step 10, resumes. <b>Blind</b> to trouble that only slows
 * learning, to a warm-up that is too short, to logs with fewer than six rows in the first 2,000 steps. Policy and preference losses are not judged.
 */
@NullMarked
package io.foreshock.detect.warmupinstability;

import org.jspecify.annotations.NullMarked;
