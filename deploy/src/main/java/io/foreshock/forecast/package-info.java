/** Where the loss of a recorded run is heading under the rest of its learning-rate schedule, and how right that was. */
@NullMarked
package io.foreshock.forecast;

import org.jspecify.annotations.NullMarked;
