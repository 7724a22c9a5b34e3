/** What trainers print: the lines of a step among all others. */
@NullMarked
package io.foreshock.format.printed;

import org.jspecify.annotations.NullMarked;
