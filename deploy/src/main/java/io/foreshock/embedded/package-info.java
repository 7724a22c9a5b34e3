/** The stack in one process: a Kafka broker, the Flink job on a local cluster, and the directory both work in. */
@NullMarked
package io.foreshock.embedded;

import org.jspecify.annotations.NullMarked;
