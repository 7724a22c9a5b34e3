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

    /** Long enough for every scrape, rule and person to see how a run ended. */
    private static final long AFTER_END = 15 * 60_000;

    /** Nobody waits for it any longer. */
    private static final long UNHEARD = 24 * 60 * 60_000;

    /**
     * True once there is nothing to tell of the run any more: 15 minutes after its end, or when it was not heard of for a day.
     *
     * @param now epoch milliseconds
     */
    public boolean hasLeft(long now) {
        return now - heard > (standing.isOver() ? AFTER_END : UNHEARD);
    }

    /** Coarse, so that runs that report all the time do not change places all the time. */
    private long minuteHeard() {
        return standing == Standing.RUNNING ? 0 : heard / 60_000;
    }
}
