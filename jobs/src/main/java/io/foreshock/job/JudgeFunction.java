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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * One judge a run: samples in, incidents out; judged steps and rejects to the side.
 *
 * <p>The only timers are of processing time: a silence cannot be seen in events. A run has one pending timer. It is
 * not moved with every event: when it fires, it looks whether it is due, and if not, is set anew for when it is.
 */
final class JudgeFunction extends KeyedProcessFunction<String, StepSample, Outgoing>
        implements ResultTypeQueryable<Outgoing> {
    static final OutputTag<Outgoing> SIGNALS = new OutputTag<>("signals", Outgoing.TYPE);
    static final OutputTag<Outgoing> REJECTED = new OutputTag<>("rejected", Outgoing.TYPE);
    static final String STATE = "run";

    /** Nothing counts as silence that lasts less, in milliseconds: events come in bursts. */
    private static final long SHORTEST_SILENCE = 1_000;

    private final SerializableSupplier<List<Signature>> source;
    private final JobSettings settings;

    private transient List<Signature> signatures;
    private transient ValueState<RunMemory> state;
    private transient Emitter emitter;

    /** Processing time of this task's first event or timer, or {@link RunMemory#NONE}. */
    private transient long awake;

    private transient Counter events;
    private transient Counter repeats;
    private transient Counter late;
    private transient long lagMillis;

    @SuppressWarnings("NullAway.Init") // Flink calls open first.
    JudgeFunction(SerializableSupplier<List<Signature>> source, JobSettings settings) {
        this.source = source;
        this.settings = settings;
    }

    @Override
    public void open(OpenContext context) {
        signatures = source.get();
        state = getRuntimeContext().getState(new ValueStateDescriptor<>(STATE, RunMemory.TYPE));
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
    public void processElement(StepSample sample, Context context, Collector<Outgoing> out) throws Exception {
        long now = context.timerService().currentProcessingTime();
        wake(now);
        RunMemory memory = state.value();
        if (memory == null) {
            memory = new RunMemory();
        }
        RunJudge judge = memory.judge(sample.run(), signatures);
        long repeatsBefore = judge.repeats();
        long lateBefore = judge.late();
        judge.observe(sample, emitter.to(context, out));
        events.inc();
        repeats.inc(judge.repeats() - repeatsBefore);
        late.inc(judge.late() - lateBefore);
        if (sample.ts() != StepSample.NONE) {
            lagMillis = now - sample.ts();
        }
        memory.arrival = now;
        memory.ts = Math.max(memory.ts, sample.ts());
        long due = due(memory, judge);
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
    public void onTimer(long timestamp, OnTimerContext context, Collector<Outgoing> out) throws Exception {
        long now = context.timerService().currentProcessingTime();
        wake(now);
        RunMemory memory = state.value();
        if (memory == null || memory.timer != timestamp) {
            return;
        }
        RunJudge judge = memory.judge(context.getCurrentKey(), signatures);
        if (expiry(memory, judge) <= now) {
            // It holds back no step, and no alert stays open for a run that nobody expects any more.
            judge.observe(
                    StepSample.end(context.getCurrentKey(), 0, RunEnd.STOPPED, StepSample.NONE),
                    emitter.to(context, out));
            state.clear();
            return;
        }
        if (stall(memory, judge) <= now) {
            judge.silence(emitter.to(context, out));
        }
        schedule(memory, due(memory, judge), context);
        state.update(memory);
    }

    private void wake(long now) {
        if (awake == RunMemory.NONE) {
            awake = now;
        }
    }

    private static void schedule(RunMemory memory, long due, Context context) {
        memory.timer = due;
        context.timerService().registerProcessingTimeTimer(due);
    }

    private long due(RunMemory memory, RunJudge judge) {
        return Math.min(stall(memory, judge), expiry(memory, judge));
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
        private KeyedProcessFunction<String, StepSample, Outgoing>.Context context;
        private Collector<Outgoing> out;

        @SuppressWarnings("NullAway.Init") // Set by to, before the judge speaks.
        Emitter(MetricGroup metrics, boolean writesSignals) {
            this.metrics = metrics;
            this.writesSignals = writesSignals;
            this.rejected = new Rejects(metrics);
        }

        Emitter to(
                KeyedProcessFunction<String, StepSample, Outgoing>.Context nextContext, Collector<Outgoing> nextOut) {
            context = nextContext;
            out = nextOut;
            return this;
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
                context.output(
                        SIGNALS,
                        new Outgoing(signals.run().getBytes(StandardCharsets.UTF_8), SignalsJson.write(signals)));
            }
        }

        @Override
        public void rejected(Rejected reject) {
            rejected.count(reject);
            context.output(REJECTED, Rejects.outgoing(reject));
        }
    }
}
