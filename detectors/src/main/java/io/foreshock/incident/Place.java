package io.foreshock.incident;

/**
 * Where in a run a change happens.
 *
 * @param run the run
 * @param attempt how often it had been resumed
 * @param step the step
 * @param ts epoch milliseconds, or -1
 */
public record Place(String run, int attempt, long step, long ts) {}
