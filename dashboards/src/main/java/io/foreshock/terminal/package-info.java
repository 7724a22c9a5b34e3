/** What a person at a terminal sees of runs and alerts. */
@NullMarked
package io.foreshock.terminal;

import org.jspecify.annotations.NullMarked;
