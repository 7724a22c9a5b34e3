package io.foreshock.replay;

import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The same events, judged by other settings beside. */
final class Otherwise implements Verdicts {
    private final Judges judges;
    private final Consumer<Rejected> failures;
    private final Map<String, JudgedRun> runs = new HashMap<>();

    /**
     * @param settings the other settings
     * @param failures takes what these alone reject: detectors that failed. What is wrong with an event is wrong by all
     *     settings
     */
    Otherwise(Settings settings, Consumer<Rejected> failures) {
        this.judges = new Judges(settings::signatures);
        this.failures = failures;
    }

    void sample(StepSample sample) {
        run(sample.run()).end(sample.end());
        judges.observe(sample, this);
    }

    /** Nothing more is coming: gives each run its other self. */
    void end(Collection<JudgedRun> judged) {
        judges.flush(this);
        judged.forEach(run -> run.otherwise(run(run.run())));
    }

    @Override
    public void incident(Incident incident) {
        run(incident.run()).change(incident);
    }

    @Override
    public void signals(StepSignals row) {
        run(row.run()).row(row);
    }

    @Override
    public void rejected(Rejected reject) {
        if (reject.reason() == Rejected.Reason.DETECTOR_FAILED) {
            failures.accept(reject);
        }
    }

    private JudgedRun run(String name) {
        return runs.computeIfAbsent(name, JudgedRun::new);
    }
}
