package io.foreshock.backtest;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.replay.Player;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Notes the rows and alarms of one run while it is played. */
final class Listening implements Player.Audience {
    private final LogRows rows = new LogRows();
    private final Map<String, Alarm> alarms = new LinkedHashMap<>();
    private final Map<String, Verdict> verdicts = new HashMap<>();
    private final Set<String> runs = new TreeSet<>();
    private long rejected;

    @Override
    public void sample(StepSample sample) {
        runs.add(sample.run());
        if (sample.count() > 0) {
            rows.add((int) sample.offset() - 1, sample.step());
        }
    }

    @Override
    public void incident(Incident incident) {
        int row = rows.latest(incident.step());
        if (incident.status() == Incident.Status.OPEN && incident.severity() != Severity.INFO) {
            // The same id twice is the same alarm: it was resolved and came back with the same onset.
            alarms.putIfAbsent(key(incident), new Alarm(incident.signature(), incident, row, Alarm.OPEN));
        } else if (incident.status() == Incident.Status.RESOLVED) {
            alarms.computeIfPresent(key(incident), (id, alarm) -> alarm.until(row));
        }
    }

    /** An info incident that becomes serious opens anew and may keep its id: told apart by where it was detected. */
    private static String key(Incident incident) {
        return incident.id() + "@" + incident.detectedStep();
    }

    @Override
    public void signals(StepSignals signals) {
        verdicts.putAll(signals.verdicts());
    }

    @Override
    public boolean charts() {
        return false;
    }

    @Override
    public void rejected(Rejected reject) {
        rejected++;
    }

    LogRows rows() {
        return rows;
    }

    List<Alarm> alarms() {
        return new ArrayList<>(alarms.values());
    }

    /** What each signature said last. */
    Map<String, Verdict> verdicts() {
        return verdicts;
    }

    /** The runs that the log names: one, in a log that can be scored. */
    Set<String> runs() {
        return runs;
    }

    long rejected() {
        return rejected;
    }
}
