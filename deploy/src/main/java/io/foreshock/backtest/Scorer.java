package io.foreshock.backtest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares the alarms of a run with its labels.
 *
 * <ul>
 *   <li>Everything is counted in logged rows, with a slack of {@value #SLACK_ROWS} rows or 2 % of the run, whichever
 *       is more.
 *   <li>An event's stretch reaches from its onset to its end, or to the end of the run, with slack on both sides. It is
 *       <i>found</i> by an alarm of its signature or its {@link Kin} that opens there, <i>named</i> by one of its own
 *       signature, found <i>in time</i> by one no later than its failure and slack.
 *   <li>Undecided events, and stalls that begin after the last row, are not demanded, but shield their stretch.
 *   <li>An alarm outside every stretch is <i>false</i>, unless it lies where nobody looked (the run's unlabelled start);
 *       one inside, but of no kin to any event there, is a <i>stray</i>.
 * </ul>
 */
public final class Scorer {
    static final int SLACK_ROWS = 20;
    /** The usual slack in long runs, as a share of the run. */
    public static final double SLACK_SHARE = 0.02;

    private final Set<String> signatures;
    private final double slackShare;

    /**
     * @param signatures slugs of the events that are demanded and of the alarms that count
     * @param slackShare slack as a share of the run, {@code 0..1}
     */
    public Scorer(Set<String> signatures, double slackShare) {
        this.signatures = Set.copyOf(signatures);
        this.slackShare = slackShare;
    }

    /** Rows of tolerance in a run of this many. */
    int slack(int rows) {
        // Positions are whole rows, so the fraction would never matter.
        return (int) Math.max(SLACK_ROWS, Math.floor(slackShare * rows));
    }

    /**
     * Scores one run.
     *
     * @param alarms the warning and critical incidents as they opened, of any signature
     */
    public RunScore score(LabelledRun run, LogRows rows, List<Alarm> alarms) {
        List<Alarm> counted = alarms.stream()
                .filter(alarm -> signatures.contains(alarm.signature()))
                .sorted(Comparator.comparingInt(Alarm::row))
                .toList();
        List<Stretch> stretches = run.events().stream()
                .map(event -> Stretch.of(event, rows, slack(rows.count())))
                .toList();
        List<EventScore> events = new ArrayList<>();
        for (Stretch stretch : stretches) {
            if (demanded(stretch, rows)) {
                events.add(score(stretch, rows, counted));
            }
        }
        int looked = (int) Math.ceil(run.unlabelledStart() * rows.count());
        List<Alarm> falseAlarms = new ArrayList<>();
        List<Alarm> strayAlarms = new ArrayList<>();
        for (Alarm alarm : counted) {
            boolean shielded = false;
            boolean akin = false;
            for (Stretch stretch : stretches) {
                if (stretch.covers(alarm.row())) {
                    shielded = true;
                    akin |= stretch.akin(alarm);
                }
            }
            if (shielded && !akin) {
                strayAlarms.add(alarm);
            } else if (!shielded && alarm.row() >= looked) {
                falseAlarms.add(alarm);
            }
        }
        return new RunScore(run, rows.count(), quiet(looked, rows, stretches), events, falseAlarms, strayAlarms);
    }

    private boolean demanded(Stretch stretch, LogRows rows) {
        LabelledEvent event = stretch.event;
        boolean afterTheLog = event.signature().equals("telemetry_stalled") && stretch.onset >= rows.count();
        return signatures.contains(event.signature()) && !event.undecided() && !afterTheLog;
    }

    private EventScore score(Stretch stretch, LogRows rows, List<Alarm> alarms) {
        Alarm first = null;
        Alarm standing = null;
        Integer fromOnset = null;
        boolean named = false;
        for (Alarm alarm : alarms) {
            if (!stretch.akin(alarm)) {
                continue;
            }
            if (stretch.covers(alarm.row())) {
                first = first == null ? alarm : first;
                named |= alarm.signature().equals(stretch.event.signature());
                if (fromOnset == null && alarm.until() >= stretch.onset) {
                    fromOnset = Math.max(alarm.row(), stretch.onset);
                }
            } else if (alarm.row() < stretch.from && alarm.until() >= stretch.onset) {
                standing = alarm;
            }
        }
        Integer failure = stretch.failure;
        if (first == null || failure == null) {
            return new EventScore(stretch.event, first, named, false, null, null, standing);
        }
        boolean inTime = first.row() <= failure + slack(rows.count());
        return new EventScore(
                stretch.event,
                first,
                named,
                inTime,
                rows.steps(first.row(), failure),
                fromOnset == null ? null : rows.steps(fromOnset, failure),
                standing);
    }

    private static int quiet(int looked, LogRows rows, List<Stretch> stretches) {
        int quiet = 0;
        for (int row = looked; row < rows.count(); row++) {
            int at = row;
            quiet += stretches.stream().anyMatch(stretch -> stretch.covers(at)) ? 0 : 1;
        }
        return quiet;
    }

    /** An event in rows; {@code from} and {@code to} with slack. */
    private record Stretch(
            LabelledEvent event, int onset, @Nullable Integer failure, int from, int to) {

        static Stretch of(LabelledEvent event, LogRows rows, int slack) {
            int onset = rows.at(event.onset());
            LabelledEvent.Mark failure = event.failure();
            LabelledEvent.Mark end = event.end();
            int last = end == null ? rows.count() - 1 : rows.last(onset, end);
            return new Stretch(
                    event,
                    onset,
                    failure == null ? null : rows.at(failure),
                    onset - slack,
                    Math.max(onset, last) + slack);
        }

        boolean covers(int row) {
            return row >= from && row <= to;
        }

        boolean akin(Alarm alarm) {
            return Kin.of(event.signature(), alarm.signature());
        }
    }
}
