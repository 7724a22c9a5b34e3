package io.foreshock.detect.custom;

/** A rule on one series. */
public interface MetricRule {
    /** What it looks at. */
    Series series();
}
