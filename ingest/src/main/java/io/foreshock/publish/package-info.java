/** Sending telemetry from the JVM. */
@NullMarked
package io.foreshock.publish;

import org.jspecify.annotations.NullMarked;
