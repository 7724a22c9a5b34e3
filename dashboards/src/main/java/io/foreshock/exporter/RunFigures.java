package io.foreshock.exporter;

import io.foreshock.board.BoardRun;
import io.foreshock.board.RunBoard;
import io.foreshock.board.RunLine;
import io.foreshock.board.Standing;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.StepSignals.LossForecast;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The runs' numbers, as many as there is room for: those that need attention most, of those that have not
 * {@linkplain RunLine#hasLeft left}.
 */
final class RunFigures {
    private static final double MILLIS = 1e3;

    private final RunBoard board;
    private final int maxRuns;
    private final LongSupplier clock;

    /** @param clock epoch milliseconds */
    RunFigures(RunBoard board, int maxRuns, LongSupplier clock) {
        this.board = board;
        this.maxRuns = maxRuns;
        this.clock = clock;
    }

    void addTo(Samples samples) {
        long now = clock.getAsLong();
        Map<Standing, Integer> standings = new EnumMap<>(Standing.class);
        List<RunLine> exported = new ArrayList<>();
        for (RunLine line : board.lines()) {
            standings.merge(line.standing(), 1, Integer::sum);
            if (!line.hasLeft(now)) {
                exported.add(line);
            }
        }
        for (Standing standing : Standing.values()) {
            samples.add(Figure.RUNS, standings.getOrDefault(standing, 0), standing.slug());
        }
        samples.add(Figure.RUNS_OMITTED, Math.max(0, exported.size() - maxRuns));
        for (RunLine line : exported.subList(0, Math.min(maxRuns, exported.size()))) {
            head(samples, line);
            // Null if it made room meanwhile: its numbers are those of the line then.
            board.ask(line.run(), run -> {
                course(samples, run);
                incidents(samples, run);
                return run;
            });
        }
    }

    private static void head(Samples samples, RunLine line) {
        String run = line.run();
        samples.add(Figure.RUN_STATE, 1, run, line.standing().slug());
        samples.add(Figure.RUN_ATTEMPT, line.attempt(), run);
        samples.add(Figure.RUN_LAST_EVENT, line.heard() / MILLIS, run);
        samples.add(Figure.RUN_REJECTED, line.rejected(), run);
        if (line.lastStep() != StepSample.NONE) {
            samples.add(Figure.RUN_STEP, line.lastStep(), run);
        }
        if (Double.isFinite(line.stepsPerSecond())) {
            samples.add(Figure.RUN_STEPS_PER_SECOND, line.stepsPerSecond(), run);
        }
    }

    private static void course(Samples samples, BoardRun run) {
        String name = run.name();
        samples.add(Figure.RUN_DROPPED, run.dropped(), name);
        run.values().forEach((signal, value) -> samples.add(Figure.RUN_SIGNAL, value, name, signal.key()));
        LossForecast loss = run.lossForecast();
        if (loss != null) {
            samples.add(Figure.RUN_LOSS_FORECAST, loss.value(), name, "expected");
            samples.add(Figure.RUN_LOSS_FORECAST, loss.low(), name, "low");
            samples.add(Figure.RUN_LOSS_FORECAST, loss.high(), name, "high");
            samples.add(Figure.RUN_LOSS_FORECAST_STEP, loss.step(), name);
        }
        run.view()
                .verdicts()
                .forEach((signature, verdict) ->
                        // NOT_EVALUABLE comes first and is -1.
                        samples.add(Figure.SIGNATURE_VERDICT, verdict.ordinal() - 1, name, signature));
    }

    private static void incidents(Samples samples, BoardRun run) {
        Map<String, int[]> open = new HashMap<>();
        Map<String, Incident> gravest = new HashMap<>();
        for (Incident incident : run.incidents().values()) {
            int[] counts = open.computeIfAbsent(incident.signature(), none -> unseen());
            int severity = incident.severity().ordinal();
            counts[severity] = Math.max(0, counts[severity]);
            if (incident.status() == Status.RESOLVED) {
                continue;
            }
            counts[severity]++;
            gravest.merge(incident.signature(), incident, RunFigures::graver);
            samples.add(
                    Figure.INCIDENT_INFO,
                    1,
                    run.name(),
                    incident.signature(),
                    slug(incident.severity()),
                    incident.series(),
                    incident.id(),
                    incident.story().root(),
                    String.valueOf(incident.pages()),
                    handled(incident));
        }
        open.forEach((signature, counts) -> {
            for (Severity severity : Severity.values()) {
                if (counts[severity.ordinal()] >= 0) {
                    samples.add(
                            Figure.INCIDENTS_OPEN, counts[severity.ordinal()], run.name(), signature, slug(severity));
                }
            }
        });
        gravest.values().forEach(incident -> incident(samples, run, incident));
    }

    /** Severities that were never seen have no number, those that were and are over have 0. */
    private static int[] unseen() {
        return new int[] {-1, -1, -1};
    }

    private static Incident graver(Incident one, Incident other) {
        return other.severity().compareTo(one.severity()) >= 0 ? other : one;
    }

    private static void incident(Samples samples, BoardRun run, Incident incident) {
        String name = run.name();
        String signature = incident.signature();
        samples.add(Figure.INCIDENT_VALUE, incident.value(), name, signature);
        samples.add(Figure.INCIDENT_THRESHOLD, incident.threshold(), name, signature);
        samples.add(Figure.INCIDENT_ONSET_STEP, incident.onsetStep(), name, signature);
        samples.add(Figure.INCIDENT_DETECTED_STEP, incident.detectedStep(), name, signature);
        Forecast forecast = incident.forecast();
        if (forecast != null) {
            left(samples, run, signature, "expected", forecast.step());
            left(samples, run, signature, "low", forecast.low());
            left(samples, run, signature, "high", forecast.high());
        }
    }

    private static void left(Samples samples, BoardRun run, String signature, String bound, long step) {
        double left = step == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : Math.max(0, step - run.lastStep());
        samples.add(Figure.FORECAST_STEPS_LEFT, left, run.name(), signature, bound);
    }

    private static String handled(Incident incident) {
        if (incident.acknowledged() != null) {
            return "acknowledged";
        }
        return incident.muted() ? "muted" : "no";
    }

    static String slug(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
