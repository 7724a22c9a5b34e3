/** From findings to incidents: opened, folded, updated, resolved, and linked to their cause. */
@NullMarked
package io.foreshock.incident;

import org.jspecify.annotations.NullMarked;
