package io.foreshock.view;

/**
 * A metric of a run with its course.
 *
 * @param name as it is on the wire, canonical where it is known
 * @param layers 0 for a scalar
 * @param heads 0 for a scalar or a per-layer metric
 * @param timeline its course, series by layer and head
 */
record Metric(String name, int layers, int heads, Timeline timeline) {

    /** What tells one from the other: a run whose model changes its shape has two of a name. */
    record Key(String name, int layers, int heads) {}
}
