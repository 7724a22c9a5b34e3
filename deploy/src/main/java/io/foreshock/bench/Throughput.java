package io.foreshock.bench;

import io.foreshock.detect.Signatures;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.embedded.LocalJob;
import io.foreshock.incident.Incident;
import io.foreshock.job.ForeshockJob;
import io.foreshock.job.JobSettings;
import io.foreshock.job.KafkaSettings;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.topics.Topics;
import io.foreshock.topics.Topics.Topic;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The job against a plain loop that polls, parses and runs the same judges, on the same topic of one partition. The
 * clock runs from the first event to the last: two marker runs raise an alert at either end.
 */
final class Throughput {
    private static final Topic INPUT = new Topic("bench.telemetry", 1, Map.of());
    private static final String FIRST = "marker-first";
    private static final String LAST = "marker-last";
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final EmbeddedKafka kafka;
    private final Path scratch;
    private long events;
    private long bytes;
    private int rounds;

    Throughput(EmbeddedKafka kafka, Path scratch) {
        this.kafka = kafka;
        this.scratch = scratch;
    }

    /** Fills the topic. */
    void load(List<Traffic.Event> traffic) {
        EventWriter writer = new EventWriter();
        ensure(topics("unused"));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "linger.ms", 20, "batch.size", 1 << 17),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            send(producer, writer, FIRST);
            for (Traffic.Event event : traffic) {
                producer.send(new ProducerRecord<>(
                        INPUT.name(), event.run().getBytes(StandardCharsets.UTF_8), event.value()));
                events++;
                bytes += event.value().length;
            }
            send(producer, writer, LAST);
        }
    }

    /** Events a measurement takes in. */
    long events() {
        return events;
    }

    double meanBytes() {
        return (double) bytes / events;
    }

    /** Events a second that a plain loop takes. */
    double plainLoop() throws IOException {
        EventReader reader = new EventReader();
        Map<String, RunJudge> judges = new HashMap<>();
        Alarms alarms = new Alarms();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "max.poll.records", 2000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(INPUT.name(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (alarms.last() == null) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("the plain loop did not get to the end of the topic");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    Parsed parsed = reader.read(
                            record.key(), record.value(), record.partition(), record.offset(), record.timestamp());
                    if (parsed instanceof Parsed.Sample sample) {
                        judges.computeIfAbsent(sample.sample().run(), run -> new RunJudge(run, Signatures.all()))
                                .observe(sample.sample(), alarms);
                    }
                }
            }
        }
        return alarms.rate(events);
    }

    /** Events a second that the job takes at parallelism 1. */
    double job(boolean signals) throws IOException, InterruptedException {
        Topics topics = topics("bench." + rounds++ + ".");
        ensure(topics);
        JobSettings defaults = JobSettings.DEFAULT;
        KafkaSettings settings = KafkaSettings.of(kafka.bootstrapServers())
                .withGroupId("bench-" + rounds)
                .withTopics(topics)
                .withJob(new JobSettings(
                        signals, defaults.checkpointInterval(), defaults.keepEnded(), defaults.keepSilent()));
        Alarms alarms = new Alarms();
        CountDownLatch done = new CountDownLatch(1);
        try (TopicFeed feed = TopicFeed.open(
                        kafka.bootstrapServers(), List.of(topics.alerts().name()), (record, before) -> {
                            alarms.incident(IncidentJson.read(record.value()));
                            if (alarms.last() != null) {
                                done.countDown();
                            }
                        });
                LocalJob job = LocalJob.start(
                        new LocalJob.Settings(scratch, scratch.resolve("checkpoints"), 1, Duration.ofSeconds(1)),
                        env -> ForeshockJob.kafka(env, settings),
                        null)) {
            if (!done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("the job did not get to the end of the topic: it is " + job.status()
                        + (feed.failure() == null ? "" : ", alerts cannot be read: " + feed.failure()));
            }
        }
        return alarms.rate(events);
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, EventWriter writer, String run) {
        for (StepSample sample : Marker.healthy(run)) {
            send(producer, Traffic.encode(writer, sample));
        }
        send(producer, Traffic.encode(writer, Marker.alarming(run)));
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, Traffic.Event event) {
        producer.send(new ProducerRecord<>(INPUT.name(), event.run().getBytes(StandardCharsets.UTF_8), event.value()));
    }

    private void ensure(Topics topics) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            topics.ensure(admin);
        }
    }

    private static Topics topics(String prefix) {
        return new Topics(
                INPUT,
                new Topic(prefix + "alerts", 1, Map.of()),
                new Topic(prefix + "signals", 1, Map.of()),
                new Topic(prefix + "rejected", 1, Map.of()),
                new Topic(prefix + "settings", 1, Map.of()),
                new Topic(prefix + "deliveries", 1, Map.of()));
    }

    /** When the two markers raised their alerts. */
    private static final class Alarms implements Verdicts {
        private final Map<String, Long> at = new ConcurrentHashMap<>();

        @Override
        public void incident(Incident incident) {
            if (incident.run().equals(FIRST) || incident.run().equals(LAST)) {
                at.putIfAbsent(incident.run(), System.nanoTime());
            }
        }

        @Override
        public void signals(StepSignals signals) {}

        @Override
        public boolean charts() {
            return false;
        }

        @Override
        public void rejected(Rejected rejected) {}

        @Nullable
        Long last() {
            return at.get(LAST);
        }

        double rate(long events) throws IOException {
            Long first = at.get(FIRST);
            Long last = at.get(LAST);
            if (first == null || last == null || last <= first) {
                throw new IOException("the markers at the ends of the topic were not seen in order");
            }
            return events / ((last - first) / 1e9);
        }
    }
}
