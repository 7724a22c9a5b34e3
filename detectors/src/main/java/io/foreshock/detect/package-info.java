/** What a detector is, and the list of all of them; a package below for each signature. */
@NullMarked
package io.foreshock.detect;

import org.jspecify.annotations.NullMarked;
