/**
 * Gradient explosion: the gradient norm grows without return.
 *
 * <p><b>Sees</b> either a norm over 1,000 times its course (level of the logarithm over 32 rows, see
 * {@link io.foreshock.statistics.Course}); or a median of 50 rows over 8 times the lowest such median there was, while
 * the median loss of 50 rows is over its own best by 3 %. The clause about the loss is essential: healthy vision runs
 * raise their gradient norm ten- to twentyfold while the loss falls. After 96 rows the new level is the one that must
 * not grow.
 *
 * <p><b>Units</b>: ratios and rows. <b>Warm-up</b>: 12 rows for the first kind, 50 for the second. <b>Cost</b>: about 610 numbers of
 * memory. Norms that are 0, NaN or infinite enter nothing; infinite ones are the business of {@code non_finite}. Not
 * judged on policy and preference runs.
 *
 * <p><b>Blind</b> to norms logged after clipping: they sit at the clip value and cannot grow.
 */
@NullMarked
package io.foreshock.detect.gradexplosion;

import org.jspecify.annotations.NullMarked;
