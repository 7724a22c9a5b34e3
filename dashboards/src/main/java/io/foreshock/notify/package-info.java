/**
 * Tells others of incidents: every Alertmanager that is named, and one webhook. Both look at the board once a second and bring
 * what they have told in line with it, so that a restart, a lost answer or an absence of theirs leaves nothing untold.
 */
@NullMarked
package io.foreshock.notify;

import org.jspecify.annotations.NullMarked;
