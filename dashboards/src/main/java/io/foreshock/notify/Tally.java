package io.foreshock.notify;

/**
 * How one receiver fares.
 *
 * @param receiver {@code alertmanager} or {@code webhook}
 * @param address its host and port
 * @param sent what it has taken
 * @param failed tries that it has not taken
 * @param pending what waits for it
 */
public record Tally(String receiver, String address, long sent, long failed, int pending) {}
