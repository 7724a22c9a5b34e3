package io.foreshock.board;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.incident.Story;
import io.foreshock.judge.StepSignals;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What the topics tell, for tests: each record was written and read as on the wire. */
public final class Told {
    /** When step 0 came, epoch milliseconds. */
    public static final long START = 1_763_870_000_000L;

    private Told() {}

    /** A step a second. */
    public static long at(long step) {
        return START + 1_000 * step;
    }

    public static StepSignals row(String run, long step) {
        return row(run, 0, step, at(step));
    }

    public static StepSignals row(String run, int attempt, long step, long ts) {
        return row(run, attempt, step, ts, Map.of());
    }

    /** A row whose publisher says how many events it gave up. */
    public static StepSignals dropping(String run, int attempt, long step, double dropped) {
        return row(run, attempt, step, at(step), Map.of(Signal.EVENTS_DROPPED, dropped));
    }

    private static StepSignals row(String run, int attempt, long step, long ts, Map<Signal, Double> more) {
        Map<Signal, Double> values = new EnumMap<>(Signal.class);
        values.put(Signal.LOSS, 8 * Math.exp(-step / 300.0) + 2);
        values.put(Signal.GRAD_NORM, 1.0);
        values.putAll(more);
        return read(new StepSignals(
                run,
                attempt,
                step,
                ts,
                values,
                Map.of("loss_spike", Verdict.QUIET, "kl_blowup", Verdict.NOT_EVALUABLE),
                Map.of("kl_blowup", List.of("kl or kl_token")),
                null));
    }

    public static StepSignals end(String run, long step, RunEnd end) {
        return read(StepSignals.ended(run, 0, step, at(step), end));
    }

    private static StepSignals read(StepSignals row) {
        return SignalsJson.read(SignalsJson.write(row));
    }

    public static Incident incident(
            String run, String signature, Severity severity, Status status, long detected, long step) {
        String id = Incident.id(run, 0, signature, "loss", detected);
        return IncidentJson.read(IncidentJson.write(new Incident(
                id,
                run,
                0,
                signature,
                "loss",
                1,
                severity,
                status,
                detected,
                detected,
                step,
                at(step),
                9.5,
                4.25,
                "nats",
                null,
                signature + " of " + run,
                List.of("Lower the learning rate"),
                Story.begunBy(id, severity),
                "arXiv:2110.04369",
                new Incident.Window(new long[] {step - 1, step}, new double[] {2, 9.5}))));
    }

    public static Incident acknowledged(Incident incident, String by) {
        return with(incident, incident.muted(), new Acknowledgement(by, at(incident.step()), "on it"));
    }

    public static Incident muted(Incident incident) {
        return with(incident, true, incident.acknowledged());
    }

    public static Incident following(Incident incident, Incident cause) {
        return with(incident, incident.status(), new Story(cause.id(), cause.id(), false, List.of()), false, null);
    }

    public static Incident forecasting(Incident incident, Forecast forecast) {
        return with(incident, incident.status(), incident.story(), forecast, false, null);
    }

    /** The same, over. */
    public static Incident resolved(Incident incident) {
        return with(incident, Status.RESOLVED, incident.story(), incident.muted(), incident.acknowledged());
    }

    private static Incident with(Incident incident, boolean muted, Acknowledgement seen) {
        return with(incident, Status.UPDATED, incident.story(), muted, seen);
    }

    private static Incident with(Incident incident, Status status, Story story, boolean muted, Acknowledgement seen) {
        return with(incident, status, story, incident.forecast(), muted, seen);
    }

    private static Incident with(
            Incident incident, Status status, Story story, Forecast forecast, boolean muted, Acknowledgement seen) {
        Incident handled = incident.handled(muted, seen);
        return IncidentJson.read(IncidentJson.write(new Incident(
                handled.id(),
                handled.run(),
                handled.attempt(),
                handled.signature(),
                handled.series(),
                handled.seriesCount(),
                handled.severity(),
                status,
                handled.onsetStep(),
                handled.detectedStep(),
                handled.step(),
                handled.ts(),
                handled.value(),
                handled.threshold(),
                handled.unit(),
                forecast,
                handled.summary(),
                handled.advice(),
                story,
                handled.reference(),
                handled.window(),
                handled.muted(),
                handled.acknowledged())));
    }
}
