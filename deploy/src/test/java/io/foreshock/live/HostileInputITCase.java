package io.foreshock.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.embedded.LocalJob;
import io.foreshock.incident.Incident;
import io.foreshock.job.ForeshockJob;
import io.foreshock.job.KafkaSettings;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.Parsed;
import io.foreshock.wire.RejectedJson;
import io.foreshock.wire.SignalsJson;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rubbish by the hundred thousand, good runs between: everything is judged or rejected, and the job stays up. */
class HostileInputITCase {
    private static final int INPUTS = 200_000;
    private static final List<String> GOOD = List.of("ramp_0.3_s3", "spike_random1_s20", "sched_cosine_s70");

    private static final String EVENT = "{\"run\":\"llama-7b-3\",\"step\":1200,\"rank\":0,\"attempt\":1,"
            + "\"ts\":1763870000123,\"metrics\":{\"loss\":2.31,\"grad_norm\":0.8,"
            + "\"attention_logit_max\":[[11.2,9.8],[14.1,80.3]],\"x\":null}}";

    private static final String[] VALUES = {
        "1e999999",
        "-1e-999999",
        "9".repeat(400),
        "\"\"",
        "\"\\ud800\"",
        "\"x\"",
        "true",
        "null",
        "{}",
        "[]",
        "[[[]]]",
        "[1,[2]]",
        "NaN",
        "-Infinity",
        "+1",
        ".5",
        "0x10",
        "[".repeat(200),
        "{\"a\":".repeat(100),
        "-1",
        "9223372036854775807"
    };
    private static final String[] FIELDS = {"run", "step", "rank", "attempt", "ts", "end", "metrics", "other"};

    @TempDir
    Path directory;

    private final Random random = new Random(20240229);

    @Test
    void everythingIsJudgedOrRejectedAndTheGoodRunsDoNotNotice() throws Exception {
        List<StepSample> good = good();
        Map<String, Incident> expected = Judged.byHand(good);
        assertThat(expected).isNotEmpty();
        Map<String, Incident> incidents = new ConcurrentHashMap<>();
        AtomicLong rejected = new AtomicLong();
        AtomicLong rows = new AtomicLong();
        AtomicLong unexplained = new AtomicLong();

        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            KafkaSettings settings = KafkaSettings.of(kafka.bootstrapServers());
            LocalJob.Settings local = new LocalJob.Settings(
                    directory.resolve("scratch"), directory.resolve("checkpoints"), 1, Duration.ofSeconds(2));
            try (LocalJob job = LocalJob.start(local, env -> ForeshockJob.kafka(env, settings), null);
                    TopicFeed feed = TopicFeed.open(
                            kafka.bootstrapServers(),
                            List.of(
                                    settings.topics().alerts().name(),
                                    settings.topics().signals().name(),
                                    settings.topics().rejected().name()),
                            (record, before) -> {
                                if (record.topic()
                                        .equals(settings.topics().alerts().name())) {
                                    Incident incident = IncidentJson.read(record.value());
                                    if (GOOD.contains(incident.run())) {
                                        incidents.put(incident.id(), incident);
                                    }
                                } else if (record.topic()
                                        .equals(settings.topics().signals().name())) {
                                    SignalsJson.read(record.value());
                                    rows.incrementAndGet();
                                } else {
                                    rejected.incrementAndGet();
                                    if (RejectedJson.read(record.value())
                                            .detail()
                                            .isBlank()) {
                                        unexplained.incrementAndGet();
                                    }
                                }
                            })) {
                long refused = publish(
                        kafka.bootstrapServers(), settings.topics().telemetry().name(), good);

                Judged.await(Duration.ofSeconds(90), () -> rejected.get() >= refused && incidents.equals(expected));
                assertThat(feed.failure()).isNull();
                assertThat(incidents).isEqualTo(expected);
                // Beyond what no reader can read, a judge rejects what exceeds its bounds.
                assertThat(rejected.get()).isGreaterThanOrEqualTo(refused);
                assertThat(unexplained).hasValue(0);
                assertThat(rows.get()).isGreaterThan(good.size() - GOOD.size() - 1L);
                assertThat(job.restarts()).isZero();
                // A checkpoint holds all that is remembered: about 70 kB a run, and the rubbish names some 600 of them.
                job.checkpoint();
                assertThat(checkpointBytes()).isLessThan(64L << 20);
            }
        }
    }

    /** Sends the rubbish with the good runs between, and returns how much of it a reader refuses. */
    private long publish(String bootstrapServers, String topic, List<StepSample> good) {
        EventReader reader = new EventReader();
        EventWriter writer = new EventWriter();
        long refused = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 20, "batch.size", 1 << 17),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            int apart = INPUTS / good.size();
            for (int i = 0; i < INPUTS; i++) {
                byte[] key = i % 3 == 0 ? "llama-7b-3".getBytes(UTF_8) : i % 3 == 1 ? null : bytes(random.nextInt(4));
                byte[] value = bad();
                refused += reader.read(key, value, 0, i, 0) instanceof Parsed.Refused ? 1 : 0;
                producer.send(new ProducerRecord<>(topic, key, value));
                if (i % apart == 0 && i / apart < good.size()) {
                    StepSample sample = good.get(i / apart);
                    producer.send(new ProducerRecord<>(topic, sample.run().getBytes(UTF_8), writer.write(sample)));
                }
            }
        }
        return refused;
    }

    private static List<StepSample> good() throws Exception {
        List<StepSample> good = new ArrayList<>();
        for (Recording recording : Recording.read(Path.of("runs"))) {
            if (GOOD.contains(recording.run())) {
                good.addAll(recording.samples());
                long ts =
                        recording.samples().get(recording.samples().size() - 1).ts();
                good.add(StepSample.end(recording.run(), 0, RunEnd.FINISHED, ts));
            }
        }
        return good;
    }

    private byte[] bad() {
        byte[] event = EVENT.getBytes(UTF_8);
        switch (random.nextInt(7)) {
            case 0:
                return bytes(random.nextInt(80));
            case 1:
                return Arrays.copyOf(event, random.nextInt(event.length));
            case 2:
                event[random.nextInt(event.length)] = (byte) random.nextInt(256);
                return event;
            case 3:
                return (EVENT.substring(0, random.nextInt(EVENT.length()))
                                + value()
                                + EVENT.substring(random.nextInt(EVENT.length())))
                        .getBytes(UTF_8);
            case 4:
                return ("{\"run\":\"r\",\"step\":1,\"" + FIELDS[random.nextInt(FIELDS.length)] + "\":" + value() + "}")
                        .getBytes(UTF_8);
            case 5:
                // Legal, and an attack on what is remembered: ever new runs, names and ranks, steps without order.
                return ("{\"run\":\"flood" + random.nextInt(50) + "\",\"rank\":" + random.nextInt(100) + ",\"step\":"
                                + random.nextInt(1_000_000) + ",\"metrics\":{\"m" + random.nextInt(20_000)
                                + "\":1,\"loss\":NaN}}")
                        .getBytes(UTF_8);
            default:
                return ("{\"run\":\"r\",\"step\":1,\"metrics\":{\"loss\":[1," + value() + "],\"x\":" + value() + "}}")
                        .getBytes(UTF_8);
        }
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private String value() {
        return VALUES[random.nextInt(VALUES.length)];
    }

    private long checkpointBytes() throws Exception {
        try (var files = java.nio.file.Files.walk(directory.resolve("checkpoints"))) {
            Path newest = files.filter(file -> file.endsWith("_metadata"))
                    .max(java.util.Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow()
                    .getParent();
            try (var parts = java.nio.file.Files.list(newest)) {
                return parts.mapToLong(part -> part.toFile().length()).sum();
            }
        }
    }
}
