package io.foreshock.board;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.StepSignals.LossForecast;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.Ledger;
import io.foreshock.view.Budget;
import io.foreshock.view.RunView;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the topics say of one run. Guarded by its {@link RunBoard}. */
public final class BoardRun {
    /** A run whose rhythm is not known counts as silent after this long, in milliseconds; one that logs rarely later. */
    private static final long SILENT_AFTER = 120_000;

    /** Silent after so many of its usual gaps. */
    private static final long SILENT_GAPS = 20;

    /** Numbers of eight bytes in its timelines: 120 stretches of 15 signals, each with first, smallest, largest and last. */
    static final long NUMBERS = 7_200;

    private static final String STALL = "telemetry_stalled";

    /** The later, the graver; of two alike the earlier detected. */
    private static final Comparator<Incident> GRAVITY = Comparator.comparing(Incident::severity)
            .thenComparing(Incident::pages)
            .thenComparing(Comparator.comparingLong(Incident::detectedStep).reversed())
            .thenComparing(Incident::id);

    private final String name;
    private final RunView view;
    private final StepRate rate = new StepRate();
    /** The last word on each incident; the resolved ones go first when there are too many. */
    private final Map<String, Incident> incidents = new LinkedHashMap<>();

    private int attempt;
    private long rows;
    private long lastStep = StepSample.NONE;
    private long ts = StepSample.NONE;
    private long heard;
    private long firstRecord = StepSample.NONE;
    private @Nullable RunEnd end;
    /** The last value of each signal. */
    private final Map<Signal, Double> values = new EnumMap<>(Signal.class);

    private @Nullable LossForecast lossForecast;
    /** What its publishers said they dropped, in this attempt and in those before it: a publisher counts from its own start. */
    private double dropped;

    private double droppedBefore;
    private @Nullable Incident first;
    private long rejected;
    private @Nullable Rejected lastRejected;

    /** Standing as told last, and the board's count of changes by then. */
    private Standing told = Standing.RUNNING;

    private long version;

    public BoardRun(String name) {
        this.name = name;
        this.view = new RunView(name, new Budget(NUMBERS));
    }

    public String name() {
        return name;
    }

    /** Its signals, coarse, and what was judged. */
    public RunView view() {
        return view;
    }

    public Map<String, Incident> incidents() {
        return incidents;
    }

    /** The last value of each canonical signal, of layers and heads the largest; NaN and infinity among them. */
    public Map<Signal, Double> values() {
        return values;
    }

    /** Where the loss was last said to be heading, or null. */
    public @Nullable LossForecast lossForecast() {
        return lossForecast;
    }

    public long lastStep() {
        return lastStep;
    }

    /** When its first record came to Kafka, epoch milliseconds, or {@link StepSample#NONE}. */
    public long firstRecord() {
        return firstRecord;
    }

    public long rejected() {
        return rejected;
    }

    /** Events that its publishers say they gave up; of several attempts the sum. */
    public double dropped() {
        return droppedBefore + dropped;
    }

    public @Nullable Rejected lastRejected() {
        return lastRejected;
    }

    public long heard() {
        return heard;
    }

    public long version() {
        return version;
    }

    void changed(long to, Standing standing) {
        version = to;
        told = standing;
    }

    Standing told() {
        return told;
    }

    /**
     * Takes in a judged row.
     *
     * @param now when it was heard of
     * @param recorded when it came to Kafka
     * @return false if it is known: the job says again what it said since its last checkpoint
     */
    boolean row(StepSignals row, long now, long recorded) {
        if (isRepeated(row)) {
            return false;
        }
        heard = Math.max(heard, now);
        firstRecord = firstRecord == StepSample.NONE ? recorded : Math.min(firstRecord, recorded);
        if (row.attempt() > attempt) {
            droppedBefore += dropped;
            dropped = 0;
        }
        attempt = row.attempt();
        lastStep = row.step();
        ts = row.ts();
        end = row.end();
        if (end != null) {
            view.sample(StepSample.end(name, attempt, end, ts));
            return true;
        }
        rows++;
        rate.add(row.step(), row.ts());
        values.putAll(row.values());
        double said = row.values().getOrDefault(Signal.EVENTS_DROPPED, 0.0);
        if (Double.isFinite(said)) {
            // The largest: a rank that is late, or was given up, is missing from the sum.
            dropped = Math.max(dropped, said);
        }
        lossForecast = row.lossForecast() == null ? lossForecast : row.lossForecast();
        view.signals(row);
        StepSample.Builder sample =
                StepSample.builder(name, row.step()).attempt(attempt).ts(row.ts());
        for (Map.Entry<Signal, Double> value : row.values().entrySet()) {
            sample.metric(value.getKey().key(), value.getValue());
        }
        view.sample(sample.build());
        return true;
    }

    /** A step that is not later is a resume if the clock went on, and else said again. */
    private boolean isRepeated(StepSignals row) {
        if (lastStep == StepSample.NONE || row.attempt() > attempt) {
            return false;
        }
        if (row.attempt() < attempt) {
            return true;
        }
        boolean later = row.step() > lastStep || (row.step() == lastStep && row.end() != null && end == null);
        return !later && row.ts() <= ts;
    }

    /** Takes in a change of an incident; false if it is known. */
    boolean incident(Incident change, long now) {
        Incident known = incidents.get(change.id());
        if (known != null && !Ledger.isLater(change, known)) {
            return false;
        }
        heard = Math.max(heard, now);
        if (known == null && incidents.size() == RunView.MAX_INCIDENTS) {
            forgetOne();
        }
        incidents.put(change.id(), change);
        view.incident(change);
        if (change.severity() != Severity.INFO
                && (first == null || first.id().equals(change.id()) || change.detectedStep() < first.detectedStep())) {
            first = change;
        }
        return true;
    }

    private void forgetOne() {
        String gone = incidents.values().stream()
                .filter(incident -> incident.status() == Status.RESOLVED)
                .map(Incident::id)
                .findFirst()
                .orElse(incidents.keySet().iterator().next());
        incidents.remove(gone);
    }

    public void rejected(Rejected reject, long now) {
        heard = Math.max(heard, now);
        rejected++;
        // The bytes stay in the topic.
        lastRejected =
                new Rejected(reject.reason(), reject.detail(), name, reject.partition(), reject.offset(), new byte[0]);
    }

    /** Where it stands at this time, epoch milliseconds. */
    public Standing standing(long now) {
        if (end != null) {
            return switch (end) {
                case FINISHED -> Standing.FINISHED;
                case FAILED -> Standing.FAILED;
                case STOPPED -> Standing.STOPPED;
            };
        }
        boolean stalled = incidents.values().stream()
                .anyMatch(incident -> incident.signature().equals(STALL) && incident.status() != Status.RESOLVED);
        boolean late = now - heard > Math.max(SILENT_AFTER, SILENT_GAPS * rate.gap());
        return stalled || late ? Standing.SILENT : Standing.RUNNING;
    }

    /** The run in the list, at this time. */
    public RunLine line(long now) {
        int[] open = new int[Severity.values().length];
        int calling = 0;
        int acknowledged = 0;
        int muted = 0;
        Severity call = Severity.INFO;
        Incident gravest = null;
        for (Incident incident : incidents.values()) {
            if (incident.status() == Status.RESOLVED) {
                continue;
            }
            open[incident.severity().ordinal()]++;
            acknowledged += incident.acknowledged() == null ? 0 : 1;
            muted += incident.muted() ? 1 : 0;
            calling += incident.pages() ? 1 : 0;
            if (!isHandled(incident)) {
                call = incident.severity().compareTo(call) > 0 ? incident.severity() : call;
            }
            gravest = gravest == null || GRAVITY.compare(incident, gravest) > 0 ? incident : gravest;
        }
        Standing standing = standing(now);
        return new RunLine(
                name,
                standing,
                attention(standing, call, acknowledged + muted > 0),
                attempt,
                rows,
                lastStep,
                ts,
                heard,
                rate.perSecond(),
                open[Severity.CRITICAL.ordinal()],
                open[Severity.WARNING.ordinal()],
                open[Severity.INFO.ordinal()],
                calling,
                acknowledged,
                muted,
                first,
                gravest,
                rejected);
    }

    /** Acknowledged or muted, or part of a story whose beginning is. */
    private boolean isHandled(Incident incident) {
        Incident root = incidents.getOrDefault(incident.story().root(), incident);
        return incident.muted() || incident.acknowledged() != null || root.muted() || root.acknowledged() != null;
    }

    private static Attention attention(Standing standing, Severity call, boolean handled) {
        if (call == Severity.CRITICAL) {
            return Attention.CRITICAL;
        }
        if (call == Severity.WARNING) {
            return Attention.WARNING;
        }
        return switch (standing) {
            case SILENT -> Attention.SILENT;
            case FAILED -> Attention.FAILED;
            case RUNNING -> handled ? Attention.HANDLED : Attention.NONE;
            case FINISHED, STOPPED -> Attention.OVER;
        };
    }
}
