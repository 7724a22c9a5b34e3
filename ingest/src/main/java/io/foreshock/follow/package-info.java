/** Publishes what trainers log to files, while they grow: each row once, however often the follower is killed. */
@NullMarked
package io.foreshock.follow;

import org.jspecify.annotations.NullMarked;
