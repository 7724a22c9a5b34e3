package io.foreshock.judge;

import io.foreshock.detect.Verdict;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One judged step in a compact row, for charts: the canonical signals, and what the signatures say; or, with
 * {@code end}, that the run is over.
 *
 * @param run the run
 * @param attempt how often it had been resumed
 * @param step the step
 * @param ts epoch milliseconds, or -1
 * @param values the step's canonical signals; for layers and heads the largest; empty where nobody wants
 *     {@linkplain Verdicts#charts charts}
 * @param verdicts by slug, the verdicts that changed with this step; all of them on a run's first row and on every
 *     {@link RunJudge#FULL_VERDICTS}th, so that a reader that comes late knows them soon
 * @param missing by slug, for those of the verdicts that are {@link Verdict#NOT_EVALUABLE}: the metrics that would make
 *     the signature evaluable
 * @param lossForecast where the loss is heading, on rows with all verdicts where it can be said and is wanted; else null
 * @param end how the run ended, on a row after its last step that says nothing else; else null
 */
public record StepSignals(
        String run,
        int attempt,
        long step,
        long ts,
        Map<Signal, Double> values,
        Map<String, Verdict> verdicts,
        Map<String, List<String>> missing,
        @Nullable LossForecast lossForecast,
        @Nullable RunEnd end) {

    /** A judged step. */
    public StepSignals(
            String run,
            int attempt,
            long step,
            long ts,
            Map<Signal, Double> values,
            Map<String, Verdict> verdicts,
            Map<String, List<String>> missing,
            @Nullable LossForecast lossForecast) {
        this(run, attempt, step, ts, values, verdicts, missing, lossForecast, null);
    }

    /** The run is over after this step. */
    public static StepSignals ended(String run, int attempt, long step, long ts, RunEnd end) {
        return new StepSignals(run, attempt, step, ts, Map.of(), Map.of(), Map.of(), null, end);
    }

    /**
     * The loss to be expected, apart from the noise of its batch, if the learning rate stays as it is.
     *
     * @param step the step it is forecast for
     * @param value expected loss, in nats
     * @param low lower end of the interval of 90 %
     * @param high upper end of it
     */
    public record LossForecast(long step, double value, double low, double high) {}
}
