/** Telemetry as it comes: recorded runs played as if training now. */
@NullMarked
package io.foreshock.live;

import org.jspecify.annotations.NullMarked;
