package io.foreshock.board;

import io.foreshock.incident.Incident;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One run in the list.
 *
 * @param run its id
 * @param standing where it stands
 * @param attention how much it needs a person
 * @param attempt how often it was resumed
 * @param rows steps that were judged
 * @param lastStep the last of them, or -1
 * @param ts the last time stamp of the run's own clock, epoch milliseconds, or -1
 * @param heard when the page heard of it last, epoch milliseconds
 * @param stepsPerSecond by the run's own clock, or NaN
 * @param openCritical critical incidents that are open
 * @param openWarning warnings that are open
 * @param openInfo information that is open
 * @param calling open incidents that call a person: neither acknowledged nor muted, nor part of a story that called
 * @param acknowledged open incidents that somebody has acknowledged
 * @param muted open incidents that somebody has muted
 * @param first the first incident that somebody should have looked at, or null
 * @param gravest the gravest that is open, or null
 * @param rejected events of this run that could not be read
 */
public record RunLine(
        String run,
        Standing standing,
        Attention attention,
        int attempt,
        long rows,
        long lastStep,
        long ts,
        long heard,
        double stepsPerSecond,
        int openCritical,
        int openWarning,
        int openInfo,
        int calling,
        int acknowledged,
        int muted,
        @Nullable Incident first,
        @Nullable Incident gravest,
        long rejected) {

    /** What needs a person first; of two alike, the one with more that calls, then the one heard of last, then by name. */
    static final Comparator<RunLine> BY_ATTENTION = Comparator.comparing(RunLine::attention)
            .thenComparing(Comparator.comparingInt(RunLine::calling).reversed())
            .thenComparing(Comparator.comparingLong(RunLine::minuteHeard).reversed())
            .thenComparing(RunLine::run);

    /** Coarse, so that runs that report all the time do not change places all the time. */
    private long minuteHeard() {
        return standing == Standing.RUNNING ? 0 : heard / 60_000;
    }
}
