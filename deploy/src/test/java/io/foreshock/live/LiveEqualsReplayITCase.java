package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.embedded.LocalJob;
import io.foreshock.incident.Incident;
import io.foreshock.job.ForeshockJob;
import io.foreshock.job.KafkaSettings;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise of the whole: a run watched live, through Kafka and Flink, with a crash in the middle, gives the same
 * incidents as the same run replayed in one thread.
 */
class LiveEqualsReplayITCase {
    private static final long SEED = 20240229;
    private static final int RANKS = 4;
    private static final Set<String> SINGLE = Set.of(
            "spike_random1_s20",
            "nf_attn_fp16_s40",
            "nf_stall_s46",
            "resume_clean_s60",
            "rlv_collapse_s112",
            "lr_0.001_s0");
    private static final String SPLIT = "ramp_0.3_s3";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void incidentsAreThoseOfTheReplay(int parallelism) throws Exception {
        List<List<StepSample>> tidy = runs(new Random(SEED), false);
        List<StepSample> untidy = interleaved(runs(new Random(SEED), true));
        Map<String, Incident> expected =
                Judged.byHand(tidy.stream().flatMap(List::stream).toList());
        assertThat(expected.values().stream().map(Incident::run).collect(Collectors.toSet()))
                .contains(SPLIT, "spike_random1_s20", "nf_attn_fp16_s40", "nf_stall_s46", "rlv_collapse_s112");

        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            KafkaSettings settings = KafkaSettings.of(kafka.bootstrapServers());
            createTopics(settings);
            LocalJob.Settings local = new LocalJob.Settings(
                    directory.resolve("scratch"), directory.resolve("checkpoints"), parallelism, Duration.ofHours(1));
            int half = untidy.size() / 2;
            try (TelemetryPublisher publisher = TelemetryPublisher.connect(kafka.bootstrapServers())) {
                try (LocalJob job = LocalJob.start(local, env -> ForeshockJob.kafka(env, settings), null)) {
                    untidy.subList(0, half).forEach(publisher::publish);
                    assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();
                    job.checkpoint();
                    // Judged after the checkpoint, and judged again after the crash.
                    untidy.subList(half, half + 2_000).forEach(publisher::publish);
                    assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();
                    Thread.sleep(500);
                    assertThat(job.restarts()).isZero();
                }
                try (LocalJob job =
                        LocalJob.start(local, env -> ForeshockJob.kafka(env, settings), newestCheckpoint())) {
                    untidy.subList(half + 2_000, untidy.size()).forEach(publisher::publish);
                    assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();

                    Map<String, Incident> live = Judged.inKafka(
                            kafka.bootstrapServers(), settings.topics().alerts().name(), expected);
                    assertThat(live.keySet()).isEqualTo(expected.keySet());
                    assertThat(live).isEqualTo(expected);
                    assertThat(job.restarts()).isZero();
                }
            }
        }
    }

    /** The recorded runs, one split into ranks; untidy: ranks in any order, and some events sent again. */
    private static List<List<StepSample>> runs(Random random, boolean untidy) throws Exception {
        List<List<StepSample>> runs = new ArrayList<>();
        for (Recording recording : Recording.read(Path.of("runs"))) {
            List<StepSample> samples = new ArrayList<>();
            if (recording.run().equals(SPLIT)) {
                for (StepSample sample : recording.samples()) {
                    List<StepSample> ranks = split(sample);
                    if (untidy) {
                        Collections.shuffle(ranks, random);
                    }
                    samples.addAll(ranks);
                }
            } else if (SINGLE.contains(recording.run())) {
                samples.addAll(recording.samples());
            } else {
                continue;
            }
            if (untidy) {
                samples = withRepeats(samples, random);
            }
            StepSample last = samples.get(samples.size() - 1);
            samples.add(StepSample.end(recording.run(), last.attempt(), RunEnd.FINISHED, last.ts()));
            runs.add(samples);
        }
        return runs;
    }

    /** As four ranks would report it: losses around the mean, which they have again together. */
    private static List<StepSample> split(StepSample sample) {
        List<StepSample> ranks = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            StepSample.Builder part =
                    StepSample.builder(sample.run(), sample.step()).rank(rank).ts(sample.ts());
            for (int i = 0; i < sample.count(); i++) {
                String name = sample.name(i);
                if (name.equals("loss") || name.equals("grad_norm")) {
                    part.metric(name, sample.value(i, 0) * (1 + 0.01 * (rank - 1.5)));
                } else if (rank == 0 && sample.layers(i) == 0) {
                    part.metric(name, sample.value(i, 0));
                } else if (name.equals("attention_logit_max")) {
                    part.metric(name, heads(sample, i));
                }
            }
            ranks.add(part.build());
        }
        return ranks;
    }

    private static double[][] heads(StepSample sample, int metric) {
        double[][] values = new double[sample.layers(metric)][sample.heads(metric)];
        for (int k = 0; k < sample.size(metric); k++) {
            values[k / sample.heads(metric)][k % sample.heads(metric)] = sample.value(metric, k);
        }
        return values;
    }

    /** One event in ten comes a second time, up to five events later. */
    private static List<StepSample> withRepeats(List<StepSample> samples, Random random) {
        List<StepSample> repeated = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            repeated.add(samples.get(i));
            int back = random.nextInt(50);

            if (back < 5 && i >= back) {
                repeated.add(samples.get(i - back));
            }
        }
        return repeated;
    }

    private static List<StepSample> interleaved(List<List<StepSample>> runs) {
        List<StepSample> all = new ArrayList<>();
        int longest = runs.stream().mapToInt(List::size).max().orElseThrow();
        for (int i = 0; i < longest; i++) {
            for (List<StepSample> run : runs) {
                if (i < run.size()) {
                    all.add(run.get(i));
                }
            }
        }
        return all;
    }

    private Path newestCheckpoint() throws Exception {
        try (Stream<Path> files = Files.walk(directory.resolve("checkpoints"))) {
            return files.filter(file -> file.endsWith("_metadata"))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow()
                    .getParent();
        }
    }

    private static void createTopics(KafkaSettings settings) {
        Topics topics = settings.topics();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.bootstrapServers()))) {
            topics.ensure(admin);
        }
    }
}
