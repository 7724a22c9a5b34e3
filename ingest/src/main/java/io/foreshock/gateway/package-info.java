/**
 * HTTP in: telemetry that is posted becomes records of the telemetry topic, acknowledged once the broker has them; alerts of a run
 * can be listened to. {@link io.foreshock.gateway.Gateway} is the server; {@code docs/gateway.md} describes what it speaks.
 */
@NullMarked
package io.foreshock.gateway;

import org.jspecify.annotations.NullMarked;
