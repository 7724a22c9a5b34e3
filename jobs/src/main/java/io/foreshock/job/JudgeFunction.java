package io.foreshock.job;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.incident.Incident;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * One judge a run: samples in, incidents out; judged steps and rejects to the side.
 *
 * <p>The only timers are of processing time: a silence cannot be seen in events. A run has one pending timer. It is
 * not moved with every event: when it fires, it looks whether it is due, and if not, is set anew for when it is.
 *
 * <p>Settings, mutes and acknowledgements are followed as they come, by all subtasks in the same order: each looks at
 * once through the runs it keeps, retunes their judges and tells again what is open and has been muted or acknowledged.
 * They lie in broadcast state, and with Kafka are read to the end of their topic before anything is judged. A mute ends
 * by the time at which an event reached Kafka, which is the same when it is judged again.
 */
final class JudgeFunction extends KeyedBroadcastProcessFunction<String, StepSample, SettingsRecord, Outgoing>
        implements ResultTypeQueryable<Outgoing> {
    static final OutputTag<Outgoing> SIGNALS = new OutputTag<>("signals", Outgoing.TYPE);
    static final OutputTag<Outgoing> REJECTED = new OutputTag<>("rejected", Outgoing.TYPE);
    static final String STATE = "run";
    static final MapStateDescriptor<String, SettingsRecord> SETTINGS =
            new MapStateDescriptor<>("settings", Types.STRING, SettingsRecord.TYPE);

    private static final ValueStateDescriptor<RunMemory> RUNS = new ValueStateDescriptor<>(STATE, RunMemory.TYPE);

    /** Nothing counts as silence that lasts less, in milliseconds: events come in bursts. */
    private static final long SHORTEST_SILENCE = 1_000;

    /** A run with an open incident is looked at at least so often, in milliseconds: a mute may have ended meanwhile. */
    private static final long LOOK_AGAIN = 60_000;

    private final SerializableSupplier<List<Signature>> source;
    private final SerializableSupplier<List<SettingsRecord>> history;
    private final JobSettings settings;

    private transient LiveSettings live;
    private transient boolean restored;
    private transient ValueState<RunMemory> state;
    private transient Emitter emitter;

    /** Processing time of this task's first event or timer, or {@link RunMemory#NONE}. */
    private transient long awake;

    private transient Counter events;
    private transient Counter repeats;
    private transient Counter late;
    private transient long lagMillis;

    @SuppressWarnings("NullAway.Init") // Flink calls open first.
    JudgeFunction(
            SerializableSupplier<List<Signature>> source,
            SerializableSupplier<List<SettingsRecord>> history,
            JobSettings settings) {
        this.source = source;
        this.history = history;
        this.settings = settings;
    }

    @Override
    public void open(OpenContext context) {
        live = new LiveSettings(source.get());
        history.get().forEach(live::follow);
        restored = false;
        state = getRuntimeContext().getState(RUNS);
        awake = RunMemory.NONE;
        MetricGroup metrics = getRuntimeContext().getMetricGroup().addGroup("foreshock");
        events = metrics.counter("events");
        repeats = metrics.counter("repeats");
        late = metrics.counter("late");
        metrics.gauge("event_lag_seconds", (Gauge<Double>) () -> lagMillis / 1000.0);
        emitter = new Emitter(metrics, settings.signals());
    }

    @Override
    public TypeInformation<Outgoing> getProducedType() {
        return Outgoing.TYPE;
    }

    @Override
    public void processElement(StepSample sample, ReadOnlyContext context, Collector<Outgoing> out) throws Exception {
        restore(context.getBroadcastState(SETTINGS));
        long now = context.timerService().currentProcessingTime();
        wake(now);
        RunMemory memory = state.value();
        if (memory == null) {
            memory = new RunMemory();
        }
        Long arrived = context.timestamp();
        live.at(arrived == null || arrived < 0 ? now : arrived);
        emitter.to(context::output, out);
        RunJudge judge = memory.judge(sample.run(), live.settings(), live, emitter);
        long repeatsBefore = judge.repeats();
        long lateBefore = judge.late();
        judge.observe(sample, emitter);
        events.inc();
        repeats.inc(judge.repeats() - repeatsBefore);
        late.inc(judge.late() - lateBefore);
        if (sample.ts() != StepSample.NONE) {
            lagMillis = now - sample.ts();
        }
        memory.arrival = now;
        memory.ts = Math.max(memory.ts, sample.ts());
        long due = due(memory, judge, now);
        if (memory.timer == RunMemory.NONE || due < memory.timer) {
            if (memory.timer != RunMemory.NONE) {
                context.timerService().deleteProcessingTimeTimer(memory.timer);
            }
            schedule(memory, due, context);
        }
        // The heap backend would not need this; RocksDB does.
        state.update(memory);
    }

    @Override
    public void processBroadcastElement(SettingsRecord record, Context context, Collector<Outgoing> out)
            throws Exception {
        BroadcastState<String, SettingsRecord> records = context.getBroadcastState(SETTINGS);
        restore(records);
        long now = context.currentProcessingTime();
        List<String> stale = new ArrayList<>();
        for (Map.Entry<String, SettingsRecord> entry : records.immutableEntries()) {
            if (live.isStale(entry.getValue(), now)) {
                stale.add(entry.getKey());
            }
        }
        for (String key : stale) {
            records.remove(key);
        }
        // Kept also where nothing is said any more: until the next record, it is what was followed last.
        records.put(record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8), record);
        // Where it was followed before, on starting, the runs that were restored have still to be told.
        live.follow(record);
        live.at(now);
        emitter.to(context::output, out);
        context.applyToKeyedState(RUNS, (run, runs) -> {
            RunMemory memory = runs.value();
            if (memory != null) {
                memory.judge(run, live.settings(), live, emitter).handle(emitter);
                runs.update(memory);
            }
        });
    }

    /** Follows what lay in the checkpoint; broadcast state cannot be read before something is processed. */
    private void restore(ReadOnlyBroadcastState<String, SettingsRecord> records) throws Exception {
        if (restored) {
            return;
        }
        restored = true;
        List<SettingsRecord> held = new ArrayList<>();
        for (Map.Entry<String, SettingsRecord> entry : records.immutableEntries()) {
            held.add(entry.getValue());
        }
        held.sort(Comparator.comparingLong(SettingsRecord::offset));
        held.forEach(live::follow);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Outgoing> out) throws Exception {
        restore(context.getBroadcastState(SETTINGS));
        long now = context.timerService().currentProcessingTime();
        wake(now);
        RunMemory memory = state.value();
        if (memory == null || memory.timer != timestamp) {
            return;
        }
        live.at(now);
        emitter.to(context::output, out);
        RunJudge judge = memory.judge(context.getCurrentKey(), live.settings(), live, emitter);
        if (expiry(memory, judge) <= now) {
            // It holds back no step, and no alert stays open for a run that nobody expects any more.
            judge.observe(StepSample.end(context.getCurrentKey(), 0, RunEnd.STOPPED, StepSample.NONE), emitter);
            state.clear();
            return;
        }
        if (stall(memory, judge) <= now) {
            judge.silence(emitter);
        }
        if (memory.arrival <= now - LOOK_AGAIN) {
            // Otherwise the events that come see to it, by their own time, which may lag behind.
            judge.handle(emitter);
        }
        schedule(memory, due(memory, judge, now), context);
        state.update(memory);
    }

    private void wake(long now) {
        if (awake == RunMemory.NONE) {
            awake = now;
        }
    }

    private static void schedule(RunMemory memory, long due, ReadOnlyContext context) {
        memory.timer = due;
        context.timerService().registerProcessingTimeTimer(due);
    }

    private long due(RunMemory memory, RunJudge judge, long now) {
        long look = judge.troubled() ? now + LOOK_AGAIN : Long.MAX_VALUE;
        return Math.min(look, Math.min(stall(memory, judge), expiry(memory, judge)));
    }

    /** Processing time at which the run's silence is to be judged. */
    private long stall(RunMemory memory, RunJudge judge) {
        long deadline = judge.deadline();
        if (memory.ts == StepSample.NONE || deadline == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        return heard(memory) + Math.max(SHORTEST_SILENCE, deadline - memory.ts);
    }

    /** Processing time at which the run is to be forgotten. */
    private long expiry(RunMemory memory, RunJudge judge) {
        return heard(memory) + (judge.ended() ? settings.keepEnded() : settings.keepSilent()).toMillis();
    }

    /**
     * Since when there was silence. Not before this task was awake: while the job was down, the run may well have
     * reported, and its events lie in Kafka, still to be read.
     */
    private long heard(RunMemory memory) {
        return Math.max(memory.arrival, awake);
    }

    /** Writes what a judge says as JSON, and counts it. */
    private static final class Emitter implements Verdicts {
        private final MetricGroup metrics;
        private final boolean writesSignals;
        private final Map<String, Map<Severity, Counter>> incidents = new HashMap<>();
        private final Rejects rejected;
        private BiConsumer<OutputTag<Outgoing>, Outgoing> side;
        private Collector<Outgoing> out;

        @SuppressWarnings("NullAway.Init") // Set by to, before the judge speaks.
        Emitter(MetricGroup metrics, boolean writesSignals) {
            this.metrics = metrics;
            this.writesSignals = writesSignals;
            this.rejected = new Rejects(metrics);
        }

        void to(BiConsumer<OutputTag<Outgoing>, Outgoing> nextSide, Collector<Outgoing> nextOut) {
            side = nextSide;
            out = nextOut;
        }

        @Override
        public void incident(Incident incident) {
            if (incident.status() == Incident.Status.OPEN) {
                incidents
                        .computeIfAbsent(incident.signature(), slug -> new EnumMap<>(Severity.class))
                        .computeIfAbsent(
                                incident.severity(),
                                severity -> metrics.addGroup("signature", incident.signature())
                                        .addGroup("severity", severity.name().toLowerCase(Locale.ROOT))
                                        .counter("incidents"))
                        .inc();
            }
            out.collect(new Outgoing(IncidentJson.key(incident), IncidentJson.write(incident)));
        }

        @Override
        public void signals(StepSignals signals) {
            if (writesSignals) {
                side.accept(
                        SIGNALS,
                        new Outgoing(signals.run().getBytes(StandardCharsets.UTF_8), SignalsJson.write(signals)));
            }
        }

        @Override
        public boolean charts() {
            return writesSignals;
        }

        @Override
        public void rejected(Rejected reject) {
            rejected.count(reject);
            side.accept(REJECTED, Rejects.outgoing(reject));
        }
    }
}
