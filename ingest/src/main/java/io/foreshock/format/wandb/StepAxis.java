package io.foreshock.format.wandb;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which number of a row is its training step.
 *
 * <p>wandb's own step counts calls of {@code log} unless the caller gave one. Trainers that do not give one (Hugging
 * Face's, Lightning's, OpenRLHF) log the training step as a metric and declare it the axis of the others, with {@code
 * define_metric("*", step_metric="train/global_step")}. The first metric so declared whose name speaks of steps is then
 * the step; a row without it belongs to the last step seen.
 */
final class StepAxis {
    private @Nullable String name;
    private long last = -1;

    /** A metric was declared the axis of others. */
    void declared(String stepMetric) {
        String lower = stepMetric.toLowerCase(Locale.ROOT);
        boolean counted = stepMetric.startsWith("_");
        if (name == null && !counted && (lower.endsWith("step") || lower.endsWith("steps") || lower.contains("iter"))) {
            name = stepMetric;
        }
    }

    /** Whether this is the metric that counts steps, so that it says nothing else. */
    boolean is(String metric) {
        return metric.equals(name);
    }

    /** The step of a row. */
    long of(History row) {
        if (name == null) {
            return row.step();
        }
        long logged = row.count(name);
        if (logged >= 0) {
            last = logged;
        }
        return last < 0 ? row.step() : last;
    }
}
