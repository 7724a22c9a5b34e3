/**
 * What others do: the rules of training frameworks and monitoring tools with their own defaults, as detectors, so that
 * the backtest can play them on the same rows.
 */
@NullMarked
package io.foreshock.backtest.baseline;

import org.jspecify.annotations.NullMarked;
