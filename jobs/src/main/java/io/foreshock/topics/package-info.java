/** The Kafka topics that Foreshock reads and writes, and how they are followed. */
@NullMarked
package io.foreshock.topics;

import org.jspecify.annotations.NullMarked;
