package io.foreshock.replay;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.RunEnd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was said about one run of a recording. */
public final class JudgedRun {
    private final String run;
    private final List<Incident> changes = new ArrayList<>();
    private final Map<String, Verdict> verdicts = new TreeMap<>();
    private final Map<String, List<String>> missing = new TreeMap<>();
    private long rows;
    private long lastStep = -1;
    private @Nullable RunEnd end;
    private @Nullable JudgedRun otherwise;

    JudgedRun(String run) {
        this.run = run;
    }

    void change(Incident incident) {
        changes.add(incident);
    }

    void row(StepSignals signals) {
        if (signals.end() == null) {
            rows++;
        }
        lastStep = signals.step();
        verdicts.putAll(signals.verdicts());
        missing.putAll(signals.missing());
    }

    /** @param announced how the run ended, or null when it goes on */
    void end(@Nullable RunEnd announced) {
        end = announced;
    }

    void otherwise(JudgedRun judged) {
        otherwise = judged;
    }

    /** The same run judged by the settings it is compared with, or null where it is not. */
    public @Nullable JudgedRun otherwise() {
        return otherwise;
    }

    public String run() {
        return run;
    }

    /** Steps that were judged. */
    public long rows() {
        return rows;
    }

    /** The last of them, or -1. */
    public long lastStep() {
        return lastStep;
    }

    /** How it ended, or null when the recording merely stops. */
    public @Nullable RunEnd end() {
        return end;
    }

    /** Every change of every incident, in the order in which they were told. */
    public List<Incident> changes() {
        return Collections.unmodifiableList(changes);
    }

    /** The last state of each incident, in the order in which they opened. */
    public List<Incident> incidents() {
        Map<String, Incident> last = new LinkedHashMap<>();
        for (Incident change : changes) {
            last.put(change.id(), change);
        }
        return List.copyOf(last.values());
    }

    /** Whether an incident of at least this severity was ever open. */
    public boolean reached(Severity severity) {
        return changes.stream()
                .anyMatch(change -> change.status() != Incident.Status.RESOLVED
                        && change.severity().compareTo(severity) >= 0);
    }

    /** By slug, the signatures that could not be judged, and the metrics that would have made them so. */
    public Map<String, List<String>> unjudged() {
        Map<String, List<String>> unjudged = new TreeMap<>();
        verdicts.forEach((slug, verdict) -> {
            if (verdict == Verdict.NOT_EVALUABLE) {
                unjudged.put(slug, missing.getOrDefault(slug, List.of()));
            }
        });
        return unjudged;
    }
}
