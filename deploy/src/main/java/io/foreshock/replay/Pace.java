package io.foreshock.replay;

import io.foreshock.telemetry.StepSample;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Holds a replay back, as if the runs trained now: each run takes so many steps a second. Reports of one step, by
 * several ranks or in pieces, come together. One thread at a time.
 */
public final class Pace {
    private final double nanosAStep;
    private final Map<String, Run> runs = new HashMap<>();

    private static final class Run {
        private long step = StepSample.NONE;
        private long due = System.nanoTime();
    }

    /** @param stepsPerSecond above 0 */
    public Pace(double stepsPerSecond) {
        this.nanosAStep = 1e9 / stepsPerSecond;
    }

    /** Waits until it is the sample's turn; an interrupted thread waits no more. */
    void await(StepSample sample) {
        Run run = runs.computeIfAbsent(sample.run(), unseen -> new Run());
        if (sample.step() == run.step || sample.step() == StepSample.NONE) {
            return;
        }
        run.step = sample.step();
        try {
            for (long wait = run.due - System.nanoTime(); wait > 0; wait = run.due - System.nanoTime()) {
                TimeUnit.NANOSECONDS.sleep(wait);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        run.due += (long) nanosAStep;
    }
}
