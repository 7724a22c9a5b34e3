package io.foreshock.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signatures;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.embedded.LocalJob;
import io.foreshock.format.RunName;
import io.foreshock.incident.Incident;
import io.foreshock.job.ForeshockJob;
import io.foreshock.job.KafkaSettings;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.JudgedRun;
import io.foreshock.replay.RecordedFile;
import io.foreshock.replay.RecordedTopic;
import io.foreshock.replay.Recordings;
import io.foreshock.replay.Replay;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.RetainedRuns;
import io.foreshock.topics.RunChoice;
import io.foreshock.wire.Parsed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs out of the retained topic: what is read, and that it is judged as it was live. */
class KafkaReplayITCase {
    private static final String ALL = "*";

    @TempDir
    Path directory;

    private EmbeddedKafka kafka;
    private KafkaSettings settings;

    @BeforeEach
    void start() throws IOException {
        kafka = EmbeddedKafka.start();
        settings = KafkaSettings.of(kafka.bootstrapServers());
        try (Admin admin = admin()) {
            settings.topics().ensure(admin);
        }
    }

    @AfterEach
    void stop() {
        kafka.close();
    }

    /** Every run of the lab corpus where it is at hand (system property foreshock.corpus), else those of the demo. */
    @Test
    void everyRunIsJudgedOutOfKafkaAsItWasLive() throws Exception {
        Path lab = Path.of(System.getProperty("foreshock.corpus", "corpus"), "lab");
        List<Path> files = recordings(Files.isDirectory(lab) ? lab : Path.of("runs"));
        LocalJob.Settings local = new LocalJob.Settings(directory.resolve("scratch"), null, 2, Duration.ofHours(1));
        try (LocalJob job = LocalJob.start(local, env -> ForeshockJob.kafka(env, settings), null)) {
            publish(files);

            Map<String, Incident> replayed = incidents(replay(ALL));
            Map<String, Incident> live = Judged.inKafka(
                    kafka.bootstrapServers(), settings.topics().alerts().name(), replayed);

            assertThat(live.keySet()).isEqualTo(replayed.keySet());
            assertThat(live).isEqualTo(replayed);
            assertThat(replayed.values().stream().map(Incident::run).distinct().count())
                    .isGreaterThan(files.size() / 2);
            assertThat(job.restarts()).isZero();
            for (String alone : List.of("ramp_0.3_s3", "nf_stall_s46", "resume_clean_s60")) {
                assertThat(incidents(replay(alone)))
                        .isEqualTo(only(live, alone))
                        .isNotNull();
            }
        }
    }

    @Test
    void eventsAreThoseOfTheRunWhereverAClientPutThemAndNobodyJoinsAGroup() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int step = 0; step < 40; step++) {
                // Another client's partitioner, and a producer that was restarted with yet another.
                send(producer, step % 8, "mine", "{\"step\":" + step + ",\"metrics\":{\"loss\":2}}", 1_000 + step);
                send(producer, (step + 3) % 8, "other", "{\"step\":" + step + "}", 1_000 + step);
            }
            send(producer, 5, null, "{\"run\":\"mine\",\"step\":40}", 2_000);
            send(producer, 5, "mine", "{\"run\":\"other\",\"step\":41}", 2_001);
            send(producer, 5, "mine", "nonsense", 2_002);
        }

        List<Long> steps = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        try (RetainedRuns runs = open("mine")) {
            assertThat(runs.size()).isEqualTo(83);
            for (Parsed event = runs.next(); event != null; event = runs.next()) {
                if (event instanceof Parsed.Sample read) {
                    assertThat(read.sample().run()).isEqualTo("mine");
                    steps.add(read.sample().step());
                } else {
                    refused.add(((Parsed.Refused) event).rejected().reason().name());
                }
            }
            assertThat(runs.bytesRead()).isEqualTo(83);
            assertThat(runs.notes()).isEmpty();
        }

        assertThat(steps)
                .isEqualTo(Stream.iterate(0L, step -> step + 1).limit(41).toList());
        assertThat(refused).containsExactly("KEY_MISMATCH", "NOT_JSON");
        try (Admin admin = admin()) {
            assertThat(admin.listGroups().all().get()).isEmpty();
        }
    }

    @Test
    void longPartitionWaitsUntilTheOthersAreReadAndThenGoesOn() throws Exception {
        // Twice what may wait of a partition, sent after the one event that lies at the end of another.
        String note = "x".repeat(4_000);
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int step = 1; step <= 2_000; step++) {
                send(producer, 0, "mine", "{\"step\":" + step + ",\"note\":\"" + note + "\"}", 1_000 + step);
                send(producer, 1, "other", "{\"step\":" + step + ",\"note\":\"" + note + "\"}", 1_000 + step);
            }
            send(producer, 1, "mine", "{\"step\":0}", 0);
        }

        List<Long> steps = new ArrayList<>();
        try (RetainedRuns runs = open("mine")) {
            for (Parsed event = runs.next(); event != null; event = runs.next()) {
                steps.add(sample(event).step());
            }
        }

        assertThat(steps)
                .isEqualTo(Stream.iterate(0L, step -> step + 1).limit(2_001).toList());
    }

    @Test
    void whatIsPublishedAfterTheStartIsNotRead() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            send(producer, 0, "mine", "{\"step\":0}", 1_000);
            producer.flush();
            try (RetainedRuns runs = open("mine")) {
                send(producer, 0, "mine", "{\"step\":1}", 1_001);
                send(producer, 1, "mine", "{\"step\":2}", 1_002);
                producer.flush();

                assertThat(sample(runs.next()).step()).isZero();
                assertThat(runs.next()).isNull();
            }
        }
    }

    @Test
    void beginningThatRetentionHasTakenIsNoted() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int step = 0; step < 10; step++) {
                send(producer, 2, "mine", "{\"step\":" + step + "}", 1_000 + step);
            }
        }
        try (Admin admin = admin()) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(settings.topics().telemetry().name(), 2),
                            RecordsToDelete.beforeOffset(4)))
                    .all()
                    .get();
        }

        try (RetainedRuns runs = open("mine")) {
            assertThat(sample(runs.next()).step()).isEqualTo(4);
            assertThat(runs.notes())
                    .containsExactly("run mine begins at step 4, and older events of partition 2 are deleted:"
                            + " its beginning may be among them");
        }
    }

    @Test
    void unknownRunIsAnsweredWithThoseThereAre() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            send(producer, 2, "llama-7b-3", "{\"step\":1}", 1_000);
        }

        List<JudgedFile> judged = replay("lama-7b-3");

        assertThat(judged).singleElement().satisfies(file -> {
            assertThat(file.runs()).isEmpty();
            assertThat(file.failure())
                    .isEqualTo("topic foreshock.telemetry: no event is of run lama-7b-3; did you mean llama-7b-3?"
                            + " There are events of llama-7b-3");
        });
    }

    private RetainedRuns open(String run) throws IOException {
        return RetainedRuns.open(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                settings.topics().telemetry().name(),
                new RunChoice(List.of(run)));
    }

    private List<JudgedFile> replay(String run) throws Exception {
        List<JudgedFile> judged = new ArrayList<>();
        new Replay(Settings.none(Signatures.all()), null, read -> {})
                .run(List.of(new RecordedTopic(settings.topics().telemetry().name(), open(run))), judged::add);
        return judged;
    }

    private static Map<String, Incident> incidents(List<JudgedFile> judged) {
        Map<String, Incident> last = new TreeMap<>();
        for (JudgedFile file : judged) {
            assertThat(file.failure()).isNull();
            assertThat(file.rejected()).isZero();
            for (JudgedRun run : file.runs()) {
                run.incidents().forEach(incident -> last.put(incident.id(), incident));
            }
        }
        return last;
    }

    private static Map<String, Incident> only(Map<String, Incident> incidents, String run) {
        Map<String, Incident> only = new TreeMap<>(incidents);
        only.values().removeIf(incident -> !incident.run().equals(run));
        return only;
    }

    private static List<Path> recordings(Path folder) throws IOException {
        return Recordings.find(List.of(folder)).files().stream()
                .map(RecordedFile::path)
                .filter(path -> path.toString().endsWith(".jsonl.gz"))
                .toList();
    }

    /** As fast as it goes, run after run, and each announces its end, for live nothing else says that a file ends. */
    private void publish(List<Path> files) throws IOException {
        Set<String> published = new HashSet<>();
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            String topic = settings.topics().telemetry().name();
            for (Path file : files) {
                String run = RunName.of(file);
                assertThat(published.add(run)).isTrue();
                byte[] key = run.getBytes(UTF_8);
                try (BufferedReader lines = new BufferedReader(
                        new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), UTF_8))) {
                    String last = "";
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        last = line;
                        producer.send(new ProducerRecord<>(topic, key, line.getBytes(UTF_8)));
                    }
                    // At the time of its last step: until now would be a silence.
                    String end = last.replaceFirst("\"step\":\\d+", "\"end\":\"finished\"")
                            .replaceFirst("\"metrics\":.*", "\"metrics\":{}}");
                    producer.send(new ProducerRecord<>(topic, key, end.getBytes(UTF_8)));
                }
            }
        }
    }

    private void send(
            KafkaProducer<byte[], byte[]> producer, int partition, @Nullable String key, String event, long time) {
        producer.send(new ProducerRecord<>(
                settings.topics().telemetry().name(),
                partition,
                time + System.currentTimeMillis() / 1_000_000 * 1_000_000,
                key == null ? null : key.getBytes(UTF_8),
                event.getBytes(UTF_8)));
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "linger.ms", 20, "batch.size", 256 * 1024),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }

    private static StepSample sample(@Nullable Parsed event) {
        assertThat(event).isInstanceOf(Parsed.Sample.class);
        return ((Parsed.Sample) event).sample();
    }
}
