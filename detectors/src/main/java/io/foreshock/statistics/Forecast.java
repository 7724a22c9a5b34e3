package io.foreshock.statistics;

/**
 * When a quantity that grows will reach a level.
 *
 * @param quantity what is extrapolated, a signal's canonical name
 * @param level the level it will reach
 * @param step the step at which it is expected to
 * @param low earliest step of the interval (about 90 %)
 * @param high latest step of the interval; {@link Long#MAX_VALUE} where the growth may as well stop
 */
public record Forecast(String quantity, double level, long step, long low, long high) {}
