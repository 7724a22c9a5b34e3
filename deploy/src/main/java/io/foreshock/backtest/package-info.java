/**
 * How well the signatures are recognised: plays a labelled corpus and compares what was said with what happened. The
 * rules are in {@code docs/detection-quality.md}; {@link io.foreshock.backtest.Scorer} applies them.
 */
@NullMarked
package io.foreshock.backtest;

import org.jspecify.annotations.NullMarked;
