package io.foreshock.backtest.baseline;

/** A rule about one series, one value a row. Remembers what it needs; the values come in order. */
@FunctionalInterface
interface Rule {
    /** True if the rule fires at this value, which may be NaN or infinite. */
    boolean fires(double value);
}
