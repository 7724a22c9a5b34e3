/** How what a judge remembers is written down and read back, across versions. */
@NullMarked
package io.foreshock.state;

import org.jspecify.annotations.NullMarked;
