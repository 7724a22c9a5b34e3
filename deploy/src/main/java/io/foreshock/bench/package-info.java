/** How fast it is, measured on the machine at hand, as ratios to the same work without us. */
@NullMarked
package io.foreshock.bench;

import org.jspecify.annotations.NullMarked;
