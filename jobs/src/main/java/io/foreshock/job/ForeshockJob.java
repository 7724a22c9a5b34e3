package io.foreshock.job;

import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsReader;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job: read and key, judge, write.
 *
 * <p>State and source offsets are exact: checkpoints are aligned, and a restored job continues as if nothing had
 * happened. What it had written since its last checkpoint it writes again, byte for byte the same and under the same
 * key, because an incident's id depends on nothing but the run. So the sinks need no transactions, and nobody waits for
 * a checkpoint to read an alert.
 */
public final class ForeshockJob {
    private static final Logger LOG = LoggerFactory.getLogger(ForeshockJob.class);

    /** How far a job can be spread out: state can be restored at any parallelism up to it. */
    static final int MAX_PARALLELISM = 128;

    private ForeshockJob() {}

    /** What {@code flink run} calls. */
    public static void main(String[] args) throws Exception {
        if (Arrays.asList(args).contains("--help")) {
            System.out.print(Arguments.HELP);
            return;
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        KafkaSettings settings = Arguments.parse(args);
        Path config = Arguments.config(args);
        Settings applied = config == null ? null : SettingsReader.read(config, Signatures.all());
        kafka(env, settings);
        if (applied != null) {
            SettingsChange change = new SettingsChange.Settled(applied);
            settings.settingsLog().write(change.key(), change.json());
        }
        env.execute("foreshock");
    }

    /** Adds everything to the environment, from Kafka to Kafka; the caller executes it. */
    public static void kafka(StreamExecutionEnvironment env, KafkaSettings settings) {
        Topics topics = settings.topics();
        if (settings.createTopics()) {
            create(settings);
        }
        DataStream<Event> telemetry = env.fromSource(
                        source(settings), WatermarkStrategy.noWatermarks(), "telemetry", Event.TYPE)
                .uid("telemetry");
        DataStream<SettingsRecord> changes = env.fromSource(
                        settingsSource(settings), WatermarkStrategy.noWatermarks(), "settings", SettingsRecord.TYPE)
                .uid("settings")
                .setParallelism(1);
        build(
                env,
                new Inlets(telemetry, changes, new SettingsTopic(settings)),
                new Outlets(
                        kafkaOutlet("alerts", topics.alerts(), settings),
                        kafkaOutlet("signals", topics.signals(), settings),
                        kafkaOutlet("rejected", topics.rejected(), settings)),
                settings.job(),
                Signatures::all);
    }

    /** Adds the job to the environment, with its ends as arguments. */
    static void build(
            StreamExecutionEnvironment env,
            Inlets inlets,
            Outlets outlets,
            JobSettings settings,
            SerializableSupplier<List<Signature>> signatures) {
        env.configure(defaults(env, settings));
        DataStream<Event> telemetry = inlets.telemetry();
        SingleOutputStreamOperator<StepSample> samples = telemetry
                .process(new RefusedFunction())
                // As wide as the source, so that it is chained to it and a run's samples stay in order.
                .setParallelism(telemetry.getParallelism())
                .name("read")
                .uid("read");
        SingleOutputStreamOperator<SettingsRecord> changes = inlets.settings()
                .process(new SettingsFunction(signatures))
                .setParallelism(1)
                .name("read settings")
                .uid("read settings");
        SingleOutputStreamOperator<Outgoing> incidents = samples.keyBy(StepSample::run, Types.STRING)
                .connect(changes.broadcast(JudgeFunction.SETTINGS))
                .process(new JudgeFunction(signatures, inlets.history(), settings))
                .name("judge")
                .uid("judge");
        outlets.alerts().end(incidents);
        outlets.rejected()
                .end(samples.getSideOutput(JudgeFunction.REJECTED)
                        .union(
                                incidents.getSideOutput(JudgeFunction.REJECTED),
                                changes.getSideOutput(JudgeFunction.REJECTED)));
        if (settings.signals()) {
            outlets.signals().end(incidents.getSideOutput(JudgeFunction.SIGNALS));
        }
    }

    /** What the job needs of Flink, and the cluster, the command line or the caller have not decided. */
    private static Configuration defaults(StreamExecutionEnvironment env, JobSettings settings) {
        Defaults defaults = new Defaults(env);
        // A type that would fall back to Kryo is a mistake: it would be slow, and its state not be restored.
        defaults.set(PipelineOptions.GENERIC_TYPES, false);
        // What travels is immutable, so operators may hand on the very object they got.
        defaults.set(PipelineOptions.OBJECT_REUSE, true);
        defaults.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
        // Flink's default, 100 ms, would be most of an alert's latency.
        defaults.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(1));
        // The clock is the step: nothing reads watermarks.
        defaults.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, Duration.ZERO);
        defaults.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, settings.checkpointInterval());
        // A job that is cancelled can be resumed from its last checkpoint.
        defaults.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        // For ever, at first at once and never more than half a minute apart: nobody watches a job run by hand.
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofMillis(500));
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(30));
        return defaults.chosen;
    }

    /** Options that are set unless they already are. */
    private static final class Defaults {
        private final StreamExecutionEnvironment env;
        private final Configuration chosen = new Configuration();

        Defaults(StreamExecutionEnvironment env) {
            this.env = env;
        }

        <T> void set(ConfigOption<T> option, T value) {
            if (env.getConfiguration().getOptional(option).isEmpty()) {
                chosen.set(option, value);
            }
        }
    }

    private static void create(KafkaSettings settings) {
        Map<String, Object> client = new HashMap<>(settings.client());
        client.put("bootstrap.servers", settings.bootstrapServers());
        try (Admin admin = Admin.create(client)) {
            for (Topics.Status status : settings.topics().ensure(admin)) {
                if (status.created()) {
                    LOG.info("created topic {}", status.topic());
                }
                for (String difference : status.differences()) {
                    LOG.warn("topic {}: {}", status.topic(), difference);
                }
            }
        }
    }

    private static KafkaSource<Event> source(KafkaSettings settings) {
        return KafkaSource.<Event>builder()
                .setBootstrapServers(settings.bootstrapServers())
                .setGroupId(settings.groupId())
                .setClientIdPrefix(settings.groupId())
                .setTopics(settings.topics().telemetry().name())
                .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
                .setDeserializer(new TelemetryFormat())
                .setProperties(properties(settings))
                // Partitions that are added while the job runs.
                .setProperty(KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(), "60000")
                // Consumer and producer metrics collide by the hundred, with a warning each.
                .setProperty(KafkaSourceOptions.REGISTER_KAFKA_CONSUMER_METRICS.key(), "false")
                .setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "2000")
                .build();
    }

    /** From the beginning: there are few, and those that the judges have followed already are known by their offset. */
    private static KafkaSource<SettingsRecord> settingsSource(KafkaSettings settings) {
        return KafkaSource.<SettingsRecord>builder()
                .setBootstrapServers(settings.bootstrapServers())
                .setGroupId(settings.groupId())
                .setClientIdPrefix(settings.groupId() + "-settings")
                .setTopics(settings.topics().settings().name())
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(new SettingsFormat())
                .setProperties(properties(settings))
                .setProperty(KafkaSourceOptions.REGISTER_KAFKA_CONSUMER_METRICS.key(), "false")
                .build();
    }

    private static Outlets.Outlet kafkaOutlet(String name, Topics.Topic topic, KafkaSettings settings) {
        KafkaSink<Outgoing> sink = KafkaSink.<Outgoing>builder()
                .setBootstrapServers(settings.bootstrapServers())
                .setRecordSerializer(new OutgoingFormat(topic.name()))
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .setKafkaProducerConfig(properties(settings))
                // Kafka's default, 5 ms, is for throughput; under load batches form by themselves.
                .setProperty(ProducerConfig.LINGER_MS_CONFIG, "0")
                .setProperty("register.producer.metrics", "false")
                .build();
        WriterOnly writer = new WriterOnly(sink);
        return stream -> stream.sinkTo(writer).name(name).uid(name);
    }

    private static Properties properties(KafkaSettings settings) {
        Properties properties = new Properties();
        properties.putAll(settings.client());
        return properties;
    }
}
