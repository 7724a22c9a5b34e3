package io.foreshock.replay;

import io.foreshock.detect.Signature;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.Verdicts;
import io.foreshock.telemetry.StepSample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A {@link RunJudge} for each run of a recording. */
final class Judges {
    private final Function<String, List<Signature>> signatures;
    private final Map<String, RunJudge> byRun = new LinkedHashMap<>();

    /** @param signatures what to look for in a run, by its id */
    Judges(Function<String, List<Signature>> signatures) {
        this.signatures = signatures;
    }

    void observe(StepSample sample, Verdicts out) {
        byRun.computeIfAbsent(sample.run(), run -> new RunJudge(run, signatures.apply(run)))
                .observe(sample, out);
    }

    /** Nothing more is coming. */
    void flush(Verdicts out) {
        byRun.values().forEach(judge -> judge.flush(out));
    }
}
