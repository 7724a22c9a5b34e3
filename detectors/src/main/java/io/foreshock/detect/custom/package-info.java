/**
 * Rules that people write without code, on any metric: a threshold, a robust z, a trend, an absence. Each becomes a
 * signature like any other, with a name, a lifecycle and settings of its own.
 *
 * <p>They know no healthy look-alikes and no context: what the signatures of the catalogue learned the hard way (a
 * resume, a change of the rate, a first descent) a custom rule has to be told by its numbers. Each judges one number a
 * row: a scalar, one series of an array ({@code attention_logit_max[1][3]}), or of a whole array its largest number,
 * the smallest where the rule looks below or for a fall. Cost: a search among the names of the row, and a window of at
 * most 10,000 numbers.
 */
@NullMarked
package io.foreshock.detect.custom;

import org.jspecify.annotations.NullMarked;
