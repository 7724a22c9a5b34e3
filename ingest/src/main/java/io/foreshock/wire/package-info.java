/**
 * The wire format: one JSON object an event, as in Kafka topic {@code foreshock.telemetry} and in JSONL files. The page
 * {@code docs/wire-format.md} describes it with examples and limits.
 */
@NullMarked
package io.foreshock.wire;

import org.jspecify.annotations.NullMarked;
