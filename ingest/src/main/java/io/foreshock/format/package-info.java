/** Readers of telemetry files. */
@NullMarked
package io.foreshock.format;

import org.jspecify.annotations.NullMarked;
