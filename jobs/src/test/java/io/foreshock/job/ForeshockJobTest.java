package io.foreshock.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.job.Collected.Three;
import io.foreshock.job.Runs.Said;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.RejectedJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializer;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeshockJobTest {
    private static final List<StepSample> SAMPLES = Runs.mingled();
    private static final Said EXPECTED = Runs.plainLoop(SAMPLES);

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void saysWhatAPlainLoopSays(int parallelism) throws Exception {
        StreamExecutionEnvironment env = environment(parallelism, new Configuration());
        Three sinks = new Three();
        ForeshockJob.build(
                env, inlets(env, source(env, events())), sinks.outlets(), JobSettings.DEFAULT, Runs::signatures);

        env.execute();

        assertThat(EXPECTED.incidents()).hasSizeGreaterThan(6);
        assertThat(sinks.said()).isEqualTo(EXPECTED);
    }

    @Test
    void withoutSignalsOnlyTheChartsAreMissing() throws Exception {
        StreamExecutionEnvironment env = environment(1, new Configuration());
        Three sinks = new Three();
        JobSettings quiet = new JobSettings(false, Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofDays(7));
        ForeshockJob.build(env, inlets(env, source(env, events())), sinks.outlets(), quiet, Runs::signatures);

        env.execute();

        assertThat(sinks.signals().held()).isEmpty();
        assertThat(sinks.said().incidents()).isEqualTo(EXPECTED.incidents());
    }

    @Test
    void whatCannotBeReadComesOutWithReasonAndOrigin() throws Exception {
        EventReader reader = new EventReader();
        List<Event> events = new ArrayList<>();
        for (String json : List.of(
                "{\"run\":\"a\",\"step\":1,\"metrics\":{\"loss\":2}}",
                "{\"run\":\"a\",\"step\":",
                "{\"run\":\"b\",\"step\":-1,\"metrics\":{\"loss\":2}}",
                "{\"run\":\"a\",\"step\":2,\"metrics\":{\"loss\":2}}")) {
            long offset = 100L + events.size();
            events.add(Event.of(reader.read(null, json.getBytes(StandardCharsets.UTF_8), 3, offset, Runs.START)));
        }
        StreamExecutionEnvironment env = environment(1, new Configuration());
        Three sinks = new Three();
        ForeshockJob.build(
                env, inlets(env, source(env, events)), sinks.outlets(), JobSettings.DEFAULT, Runs::signatures);

        env.execute();

        List<Rejected> rejected = sinks.rejected().held().stream()
                .map(outgoing -> RejectedJson.read(outgoing.value()))
                .toList();
        assertThat(rejected)
                .extracting(Rejected::reason)
                .containsExactly(Rejected.Reason.NOT_JSON, Rejected.Reason.BAD_STEP);
        assertThat(rejected).extracting(Rejected::partition).containsOnly(3);
        assertThat(rejected).extracting(Rejected::offset).containsExactly(101L, 102L);
        assertThat(Runs.text(rejected.get(0).raw())).isEqualTo("{\"run\":\"a\",\"step\":");
        assertThat(sinks.rejected().held())
                .extracting(outgoing -> Runs.text(outgoing.key()))
                .containsExactly("a", "b");
        assertThat(sinks.said().signals().get("a")).hasSize(2);
    }

    /**
     * The source emits 200 samples a checkpoint, and the job fails between the twelfth and the thirteenth checkpoint or so: what
     * lies after the last one is judged and written again. In the end each incident's last word is the same, and no
     * run has said anything that the plain loop did not.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aFailureHalfWayChangesNothing(int parallelism) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(20));
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
        StreamExecutionEnvironment env = environment(parallelism, configuration);
        FailsOnce.armed.set(true);
        DataStream<Event> source = env.fromSource(
                        new DataGeneratorSource<>(
                                index -> Event.of(SAMPLES.get((int) (long) index)),
                                SAMPLES.size(),
                                RateLimiterStrategy.perCheckpoint(200),
                                Event.TYPE),
                        WatermarkStrategy.noWatermarks(),
                        "source")
                .setParallelism(1)
                .uid("source")
                .map(new FailsOnce(SAMPLES.get(SAMPLES.size() / 2 + 100)))
                .returns(Event.TYPE)
                .setParallelism(1)
                .uid("fails once");
        Three sinks = new Three();
        ForeshockJob.build(env, inlets(env, source), sinks.outlets(), JobSettings.DEFAULT, Runs::signatures);

        env.execute();

        assertThat(FailsOnce.armed).isFalse();
        Said said = sinks.said();
        assertThat(said.signals()).isNotEqualTo(EXPECTED.signals());
        assertThat(lastWords(said)).isEqualTo(lastWords(EXPECTED));
        assertThat(distinct(said.incidents())).isEqualTo(distinct(EXPECTED.incidents()));
        assertThat(distinct(said.signals())).isEqualTo(distinct(EXPECTED.signals()));
    }

    @Test
    void nothingFallsBackToKryo() {
        StreamExecutionEnvironment env = environment(2, new Configuration());
        ForeshockJob.build(
                env, inlets(env, source(env, events())), new Three().outlets(), JobSettings.DEFAULT, Runs::signatures);

        assertThat(env.getConfiguration().get(PipelineOptions.GENERIC_TYPES)).isFalse();
        assertThat(serializers(env))
                .hasSizeGreaterThan(6)
                // What passes within a sink is Flink's own.
                .allMatch(serializer -> serializer instanceof OwnSerializer
                        || serializer.getClass().getName().startsWith(CommittableMessageTypeInfo.class.getName()));
    }

    @Test
    void theKafkaJobIsBuiltWithoutKryoAndWithAUidEach() {
        StreamExecutionEnvironment env = environment(2, new Configuration());
        env.getConfig().disableAutoGeneratedUIDs();
        KafkaSettings settings = KafkaSettings.of("localhost:1");
        ForeshockJob.kafka(
                env,
                new KafkaSettings(
                        settings.bootstrapServers(),
                        settings.groupId(),
                        settings.topics(),
                        false,
                        Map.of(),
                        settings.job()));

        assertThat(serializers(env)).isNotEmpty().noneMatch(KryoSerializer.class::isInstance);
        // Read; read settings; judge with two of the sinks; and the rejects, which come from all three.
        assertThat(env.getStreamGraph(false).getJobGraph().getVerticesAsArray()).hasSize(4);
    }

    @Test
    void whatTheCallerHasSetStays() {
        Configuration configuration = new Configuration();
        configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMinutes(3));
        StreamExecutionEnvironment env = environment(1, configuration);
        ForeshockJob.build(
                env, inlets(env, source(env, events())), new Three().outlets(), JobSettings.DEFAULT, Runs::signatures);

        assertThat(env.getConfiguration().get(CheckpointingOptions.CHECKPOINTING_INTERVAL))
                .isEqualTo(Duration.ofMinutes(3));
        assertThat(env.getConfiguration().get(PipelineOptions.OBJECT_REUSE)).isTrue();
    }

    private static StreamExecutionEnvironment environment(int parallelism, Configuration configuration) {
        return StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    }

    private static List<Event> events() {
        return SAMPLES.stream().map(Event::of).toList();
    }

    private static Inlets inlets(StreamExecutionEnvironment env, DataStream<Event> telemetry) {
        // Taken back before it was said: nothing changes.
        SettingsRecord nothing = new SettingsRecord(0, "mute/x/all".getBytes(StandardCharsets.UTF_8), null);
        DataStream<SettingsRecord> settings = env.fromData(List.of(nothing), SettingsRecord.TYPE)
                .setParallelism(1)
                .uid("settings");
        return new Inlets(telemetry, settings, List::of);
    }

    private static DataStream<Event> source(StreamExecutionEnvironment env, List<Event> events) {
        return env.fromData(events, Event.TYPE).uid("source");
    }

    private static List<TypeSerializer<?>> serializers(StreamExecutionEnvironment env) {
        List<TypeSerializer<?>> serializers = new ArrayList<>();
        for (StreamNode node : env.getStreamGraph(false).getStreamNodes()) {
            for (TypeSerializer<?> in : node.getTypeSerializersIn()) {
                serializers.add(in);
            }
            if (node.getTypeSerializerOut() != null) {
                serializers.add(node.getTypeSerializerOut());
            }
        }
        return serializers;
    }

    private static Map<String, String> lastWords(Said said) {
        Map<String, String> last = new TreeMap<>();
        said.incidents()
                .values()
                .forEach(incidents -> incidents.forEach(json -> last.put(
                        IncidentJson.read(json.getBytes(StandardCharsets.UTF_8)).id(), json)));
        return last;
    }

    private static Map<String, List<String>> distinct(Map<String, List<String>> said) {
        Map<String, List<String>> distinct = new TreeMap<>();
        said.forEach((run, lines) -> distinct.put(run, lines.stream().distinct().toList()));
        return distinct;
    }

    /** Throws at one sample, the first time it sees it. */
    private static final class FailsOnce implements MapFunction<Event, Event> {
        private static final AtomicBoolean armed = new AtomicBoolean();

        private final String at;

        FailsOnce(StepSample at) {
            this.at = at.toString();
        }

        @Override
        public Event map(Event event) {
            if (event.sample() != null && event.sample().toString().equals(at) && armed.getAndSet(false)) {
                throw new IllegalStateException("fails once, as planned");
            }
            return event;
        }
    }
}
