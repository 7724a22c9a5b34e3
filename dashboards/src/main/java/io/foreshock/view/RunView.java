package io.foreshock.view;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.StepSignals.LossForecast;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepAssembler;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is shown of one run, gathered while its telemetry and what was said about it go by. Its memory depends on the budget
 * and on the number of series, not on how long the run is. Not thread-safe.
 *
 * <p>Bounds, so that no run can make it grow: {@value #MAX_SERIES} series are drawn, {@value #MAX_INCIDENTS} incidents and
 * {@value #MAX_FORECASTS} forecasts of the loss are kept. What is beyond is counted and named, see {@link #undrawn()} and
 * {@link #forgotten()}.
 */
public final class RunView {
    /** Series, layers and heads counted one by one, that are drawn of a run. */
    public static final int MAX_SERIES = 4_096;

    /** Incidents that are shown of a run. */
    public static final int MAX_INCIDENTS = 1_000;

    /** Forecasts of the loss that are shown of a run. */
    public static final int MAX_FORECASTS = 512;

    /** A timeline needs no more rows or buckets than a large screen has pixels, twice. */
    private static final int MOST_CAPACITY = 8_192;

    /** Names of metrics that are not drawn, that are kept. */
    private static final int NAMED = 50;

    /** Stretches that are kept as they are: no timeline has room for more. */
    private static final int MAX_CLOSEUPS = 64;

    /** Rows around an onset, a detection or an end that are kept as they are. */
    private static final int CLOSE = 40;

    private final String run;
    private final Budget budget;
    private final StepAssembler assembler = new StepAssembler();
    private final Map<Metric.Key, Metric> metrics = new LinkedHashMap<>();
    private final Map<String, IncidentTrack> incidents = new LinkedHashMap<>();
    private final Map<String, Verdict> verdicts = new TreeMap<>();
    private final Map<String, List<String>> missing = new TreeMap<>();
    private final List<SeenForecast> forecasts = new ArrayList<>();
    private final List<Closeup> closeups = new ArrayList<>();
    private final List<Attempt> attempts = new ArrayList<>();
    private final List<String> undrawn = new ArrayList<>();

    private List<Signature> signatures = List.of();
    private String settings = "";
    private @Nullable Comparison comparison;
    private @Nullable RunEnd end;
    private int series;
    private long rows;
    private long firstTs = StepSample.NONE;
    private long lastTs = StepSample.NONE;
    private long forgotten;
    private long undrawnCount;
    /** Of every so many forecasts one is kept. */
    private long forecastStride = 1;

    private long forecastsSeen;

    /**
     * A forecast of the loss as it was made.
     *
     * @param at the step at which
     * @param loss what was forecast
     */
    record SeenForecast(long at, LossForecast loss) {}

    /**
     * A stretch of a run between two resumes.
     *
     * @param number how often the run had been resumed
     * @param firstStep its first step
     * @param lastStep its last one, by now
     */
    record Attempt(int number, long firstStep, long lastStep) {}

    /**
     * @param run its id
     * @param budget what its timelines share with those of other runs
     */
    public RunView(String run, Budget budget) {
        this.run = run;
        this.budget = budget;
        budget.join();
    }

    /** What was looked for in this run, for titles; and the settings as people write them, without secrets. */
    public void judgedBy(List<Signature> lookedFor, String settingsText) {
        signatures = List.copyOf(lookedFor);
        settings = settingsText;
    }

    /** Telemetry of this run, of any rank. */
    public void sample(StepSample sample) {
        sample(sample, row -> {});
    }

    /**
     * Telemetry of this run, of any rank.
     *
     * @param added gets each row that is now part of the view; it must not be kept
     */
    public void sample(StepSample sample, Consumer<Row> added) {
        if (sample.count() > 0) {
            end = null;
            assembler.add(
                    sample,
                    row -> {
                        add(row);
                        added.accept(row);
                    },
                    reject -> {});
        }
        if (sample.end() != null) {
            flush(added);
            end = sample.end();
        }
    }

    /** Draws the steps that still wait for a rank or a metric: nothing more is coming. */
    public void flush(Consumer<Row> added) {
        assembler.flush(row -> {
            add(row);
            added.accept(row);
        });
    }

    private void add(Row row) {
        rows++;
        lastTs = Math.max(lastTs, row.ts());
        firstTs = firstTs == StepSample.NONE ? row.ts() : firstTs;
        extend(row);
        for (int i = 0; i < row.count(); i++) {
            Metric metric = metric(row, i);
            if (metric == null) {
                continue;
            }
            int index = i;
            metric.timeline().add(row.attempt(), row.step(), new Timeline.Values() {
                @Override
                public double at(int k) {
                    return row.value(index, k);
                }

                @Override
                public boolean has(int k) {
                    return !StepSample.isAbsent(row.value(index, k));
                }
            });
            metric.timeline().fit(capacity(), MOST_CAPACITY, closeups);
        }
    }

    private void extend(Row row) {
        int last = attempts.size() - 1;
        if (last >= 0 && attempts.get(last).number() == row.attempt()) {
            Attempt now = attempts.get(last);
            attempts.set(last, new Attempt(now.number(), now.firstStep(), Math.max(now.lastStep(), row.step())));
            return;
        }
        if (attempts.size() == NAMED) {
            attempts.remove(0);
        }
        attempts.add(new Attempt(row.attempt(), row.step(), row.step()));
    }

    private @Nullable Metric metric(Row row, int index) {
        Metric.Key key = new Metric.Key(row.name(index), row.layers(index), row.heads(index));
        Metric known = metrics.get(key);
        if (known != null) {
            return known;
        }
        int size = row.size(index);
        if (series + size > MAX_SERIES) {
            if (!undrawn.contains(row.name(index))) {
                undrawnCount++;
                if (undrawn.size() < NAMED) {
                    undrawn.add(row.name(index));
                }
            }
            return null;
        }
        series += size;
        Metric metric = new Metric(row.name(index), row.layers(index), row.heads(index), new Timeline(size));
        metrics.put(key, metric);
        return metric;
    }

    /** Buckets that each timeline may hold by now. */
    private int capacity() {
        long buckets = budget.share() / ((long) Timeline.NUMBERS * Math.max(1, series));
        return (int) Math.max(Timeline.LEAST_CAPACITY, Math.min(MOST_CAPACITY, buckets));
    }

    /** Takes back what the budget no longer allows, now that it is shared by more runs. */
    public void shrink() {
        metrics.values().forEach(metric -> metric.timeline().fit(capacity(), MOST_CAPACITY, closeups));
    }

    /** A change of an incident of this run. */
    public void incident(Incident change) {
        IncidentTrack track = incidents.get(change.id());
        if (track == null) {
            if (incidents.size() == MAX_INCIDENTS) {
                forgetOne();
            }
            track = new IncidentTrack();
            incidents.put(change.id(), track);
        }
        track.change(change);
        if (change.severity() != Severity.INFO && change.status() != Incident.Status.UPDATED) {
            long margin = CLOSE * stride(change.attempt());
            if (change.status() == Incident.Status.OPEN) {
                closeup(change.attempt(), change.onsetStep(), margin);
            }
            closeup(change.attempt(), change.step(), margin);
        }
    }

    private void closeup(int attempt, long step, long margin) {
        if (closeups.size() < MAX_CLOSEUPS) {
            closeups.add(new Closeup(attempt, step - margin, step + margin));
        }
    }

    /** Steps a row, on the average. */
    private long stride(int number) {
        for (Attempt attempt : attempts) {
            if (attempt.number() == number) {
                long steps = attempt.lastStep() - attempt.firstStep() + 1;
                return Math.max(1, steps / Math.max(1, rows));
            }
        }
        return 1;
    }

    /** The one that matters least: the first of the mildest that is over, or the first of all. */
    private void forgetOne() {
        String least = null;
        Severity mildest = Severity.CRITICAL;
        for (Map.Entry<String, IncidentTrack> entry : incidents.entrySet()) {
            Incident last = entry.getValue().last();
            boolean over = last.status() == Incident.Status.RESOLVED;
            if (least == null || (over && last.severity().compareTo(mildest) < 0)) {
                least = entry.getKey();
                mildest = over ? last.severity() : mildest;
            }
        }
        incidents.remove(least);
        forgotten++;
    }

    /** What was said about a row of this run: verdicts and forecasts, not the values. */
    public void signals(StepSignals row) {
        verdicts.putAll(row.verdicts());
        missing.putAll(row.missing());
        LossForecast loss = row.lossForecast();
        if (loss != null && forecastsSeen++ % forecastStride == 0) {
            if (forecasts.size() == MAX_FORECASTS) {
                for (int i = MAX_FORECASTS - 1; i > 0; i -= 2) {
                    forecasts.remove(i);
                }
                forecastStride *= 2;
            }
            forecasts.add(new SeenForecast(row.step(), loss));
        }
    }

    /** What was said about the run by now, as another view of it knows. */
    public void takeJudgement(RunView other) {
        for (IncidentTrack track : other.incidents.values()) {
            track.changes().forEach(this::incident);
        }
        verdicts.putAll(other.verdicts);
        missing.putAll(other.missing);
        forecasts.addAll(other.forecasts);
        forecastStride = other.forecastStride;
        forecastsSeen = other.forecastsSeen;
    }

    /** What another configuration would have said. */
    public void compare(Comparison other) {
        comparison = other;
    }

    public String run() {
        return run;
    }

    /** Steps that are drawn. */
    public long rows() {
        return rows;
    }

    /** How it ended, or null when it goes on or merely stops. */
    public @Nullable RunEnd end() {
        return end;
    }

    /** The last state of each incident, in the order in which they opened. */
    public List<Incident> incidents() {
        return incidents.values().stream().map(IncidentTrack::last).toList();
    }

    /** Names of metrics that are not drawn because there are too many series; the first few. */
    public List<String> undrawn() {
        return Collections.unmodifiableList(undrawn);
    }

    /** Number of incidents that are not shown because there are too many. */
    public long forgotten() {
        return forgotten;
    }

    long undrawnCount() {
        return undrawnCount;
    }

    Collection<Metric> metrics() {
        return metrics.values();
    }

    Collection<IncidentTrack> tracks() {
        return incidents.values();
    }

    /** What each signature said last, by slug. */
    public Map<String, Verdict> verdicts() {
        return verdicts;
    }

    /** The metrics that would make a signature evaluable. */
    public List<String> missing(String slug) {
        return missing.getOrDefault(slug, List.of());
    }

    List<SeenForecast> forecasts() {
        return forecasts;
    }

    List<Attempt> attempts() {
        return attempts;
    }

    List<Signature> signatures() {
        return signatures;
    }

    String settings() {
        return settings;
    }

    @Nullable
    Comparison comparison() {
        return comparison;
    }

    /** Epoch milliseconds, or {@link StepSample#NONE}. */
    long firstTs() {
        return firstTs;
    }

    /** Epoch milliseconds, or {@link StepSample#NONE}. */
    long lastTs() {
        return lastTs;
    }
}
