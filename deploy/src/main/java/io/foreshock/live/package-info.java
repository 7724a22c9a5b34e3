/** Telemetry and alerts as they come: recorded runs played as if training now, alerts read back from Kafka. */
@NullMarked
package io.foreshock.live;

import org.jspecify.annotations.NullMarked;
