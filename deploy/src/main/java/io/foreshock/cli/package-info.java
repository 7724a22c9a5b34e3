/** The command line: {@code foreshock --help} shows what there is. */
@NullMarked
package io.foreshock.cli;

import org.jspecify.annotations.NullMarked;
