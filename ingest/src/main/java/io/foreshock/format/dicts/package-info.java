/** One JSON object of names and numbers a line, as verl, MaxText and many own loops write them. */
@NullMarked
package io.foreshock.format.dicts;

import org.jspecify.annotations.NullMarked;
