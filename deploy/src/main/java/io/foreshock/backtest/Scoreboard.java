package io.foreshock.backtest;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The scores of all runs, added up. */
public final class Scoreboard {
    private static final double RATE_ROWS = 10_000;

    private final Map<String, Tally> bySignature = new LinkedHashMap<>();
    private final Tally total = new Tally();
    private long rows;
    private long quietRows;
    private int runs;
    private int cleanRuns;
    private int cleanRunsAlarmed;

    /**
     * @param signatures slugs in the order of the table
     * @param scores a score a run
     */
    public Scoreboard(Collection<String> signatures, List<RunScore> scores) {
        for (String signature : signatures) {
            bySignature.put(signature, new Tally());
        }
        scores.forEach(this::add);
    }

    private void add(RunScore score) {
        runs++;
        rows += score.rows();
        quietRows += score.quietRows();
        if (score.run().clean()) {
            cleanRuns++;
            cleanRunsAlarmed += score.falseAlarms().isEmpty() ? 0 : 1;
        }
        for (EventScore event : score.events()) {
            tally(event.event().signature()).add(event);
            total.add(event);
        }
        for (Alarm alarm : score.falseAlarms()) {
            tally(alarm.signature()).falseAlarm();
            total.falseAlarm();
        }
        for (Alarm alarm : score.strayAlarms()) {
            tally(alarm.signature()).strayAlarm();
            total.strayAlarm();
        }
    }

    private Tally tally(String signature) {
        return bySignature.computeIfAbsent(signature, slug -> new Tally());
    }

    public Map<String, Tally> bySignature() {
        return Collections.unmodifiableMap(bySignature);
    }

    public Tally total() {
        return total;
    }

    public int runs() {
        return runs;
    }

    public long rows() {
        return rows;
    }

    /** Rows in which an alarm would have been false. */
    public long quietRows() {
        return quietRows;
    }

    /** Runs in which nothing happened, not even anything doubtful. */
    public int cleanRuns() {
        return cleanRuns;
    }

    public int cleanRunsAlarmed() {
        return cleanRunsAlarmed;
    }

    /** Share of the clean runs with at least one false alarm; 0 when there is no clean run. */
    public double cleanShareAlarmed() {
        return cleanRuns == 0 ? 0 : (double) cleanRunsAlarmed / cleanRuns;
    }

    /** Recall of a signature, averaged over the signatures that have events; 1 when none has. */
    public double meanRecall() {
        return bySignature.values().stream()
                .filter(tally -> tally.events() > 0)
                .mapToDouble(Tally::recall)
                .average()
                .orElse(1);
    }

    /** This many alarms, per 10,000 rows in which they could have been false. */
    public double rate(int alarms) {
        return quietRows == 0 ? 0 : alarms * RATE_ROWS / quietRows;
    }
}
