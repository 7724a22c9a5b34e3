/** Everything known about one run: samples in, incidents out. */
@NullMarked
package io.foreshock.judge;

import org.jspecify.annotations.NullMarked;
