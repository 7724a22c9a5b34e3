package io.foreshock.bench;

import io.foreshock.telemetry.StepSample;
import java.util.List;

/** A tiny run whose last step certainly raises an alert: shows in the output when the input got that far. */
final class Marker {
    private Marker() {}

    /** Two healthy steps, so that the third is judged without delay. */
    static List<StepSample> healthy(String run) {
        return List.of(step(run, 0, 2.5), step(run, 1, 2.4));
    }

    /** The step that raises the alert. */
    static StepSample alarming(String run) {
        return step(run, 2, Double.NaN);
    }

    private static StepSample step(String run, long step, double loss) {
        return StepSample.builder(run, step).metric("loss", loss).build();
    }
}
