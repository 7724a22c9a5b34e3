/** Tables of comma-separated values, as Lightning and others write them. */
@NullMarked
package io.foreshock.format.csv;

import org.jspecify.annotations.NullMarked;
