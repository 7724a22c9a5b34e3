/** The Kafka topics that Foreshock reads and writes. */
@NullMarked
package io.foreshock.topics;

import org.jspecify.annotations.NullMarked;
