package io.foreshock.backtest;

import java.util.List;

/**
 * What was right and wrong about one run.
 *
 * @param run the run
 * @param rows its logged rows
 * @param quietRows those of them in which an alarm is false
 * @param events the events that had to be found
 * @param falseAlarms alarms where nothing happened
 * @param strayAlarms alarms in the stretch of an event of quite another kind: neither right nor provably wrong
 */
public record RunScore(
        LabelledRun run,
        int rows,
        int quietRows,
        List<EventScore> events,
        List<Alarm> falseAlarms,
        List<Alarm> strayAlarms) {
    public RunScore {
        events = List.copyOf(events);
        falseAlarms = List.copyOf(falseAlarms);
        strayAlarms = List.copyOf(strayAlarms);
    }
}
