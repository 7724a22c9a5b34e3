/** Streaming statistics: constant time and memory a value, none of them dragged along by a spike. */
@NullMarked
package io.foreshock.statistics;

import org.jspecify.annotations.NullMarked;
