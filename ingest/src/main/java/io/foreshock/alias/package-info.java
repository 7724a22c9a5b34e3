/** What training frameworks call our signals: the table {@code aliases.csv}, and the mapping of one event's names. */
@NullMarked
package io.foreshock.alias;

import org.jspecify.annotations.NullMarked;
