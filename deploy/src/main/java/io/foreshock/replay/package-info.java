/** Recorded runs, played through the judge that the job uses. */
@NullMarked
package io.foreshock.replay;

import org.jspecify.annotations.NullMarked;
