package io.foreshock.judge;

import io.foreshock.detect.Verdict;
import io.foreshock.telemetry.Signal;
import java.util.Map;

/**
 * One judged step in a compact row, for charts: the canonical signals, and what the signatures say.
 *
 * @param run the run
 * @param attempt how often it had been resumed
 * @param step the step
 * @param ts epoch milliseconds, or -1
 * @param values the step's canonical signals; for layers and heads the largest
 * @param verdicts by slug, the verdicts that changed with this step; all of them on a run's first row and on every
 *     {@link RunJudge#FULL_VERDICTS}th, so that a reader that comes late knows them soon
 */
public record StepSignals(
        String run, int attempt, long step, long ts, Map<Signal, Double> values, Map<String, Verdict> verdicts) {}
