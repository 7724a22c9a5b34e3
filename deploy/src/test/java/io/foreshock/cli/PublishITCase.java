package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.follow.KafkaOutlet;
import io.foreshock.job.KafkaSettings;
import io.foreshock.live.Judged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code foreshock publish} beside writers that go on while it is killed and started again: each row is in Kafka once. */
class PublishITCase {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static EmbeddedKafka kafka;
    private static String servers;

    @TempDir
    Path folder;

    @BeforeAll
    static void startKafka() throws Exception {
        kafka = EmbeddedKafka.start();
        servers = kafka.bootstrapServers();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            KafkaSettings.of(servers).topics().ensure(admin);
        }
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @Test
    void jsonlTablesAndCheckpointsEachRowOnceThoughItIsKilled() throws Exception {
        Path runs = Files.createDirectories(folder.resolve("runs"));
        int rows = 3_000;

        followAndKill(runs, new Random(1), () -> {
            write(runs, rows, new Random(2));
            return null;
        });

        List<Integer> all = IntStream.range(0, rows).boxed().toList();
        awaitLast("lines", rows - 1);
        awaitLast("table", rows - 1);
        awaitLast("hf", rows);
        assertThat(steps("lines")).isEqualTo(all);
        assertThat(steps("table")).isEqualTo(all);
        assertThat(steps("hf")).isEqualTo(IntStream.rangeClosed(1, rows).boxed().toList());
        finish(runs);
        assertThat(steps("hf")).hasSize(rows);
    }

    /** Bytes as they fall: a writer's buffer ends anywhere in a line, and a checkpoint is seen half written. */
    private static void write(Path runs, int rows, Random random) throws IOException {
        Path lines = Files.createFile(runs.resolve("lines.jsonl"));
        Path table = Files.writeString(runs.resolve("table.csv"), "step,loss\n");
        StringBuilder line = new StringBuilder();
        StringBuilder row = new StringBuilder();
        for (int step = 0; step < rows; step++) {
            line.append("{\"step\":").append(step).append(",\"metrics\":{\"loss\":1.5}}\n");
            row.append(step).append(",1.5\n");
            if (random.nextInt(4) == 0) {
                append(lines, line, random.nextInt(line.length()));
                append(table, row, random.nextInt(row.length()));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(40)));
            }
            if ((step + 1) % (rows / 10) == 0) {
                checkpoint(runs.resolve("hf/checkpoint-" + (step + 1)), step + 1);
            }
        }
        append(lines, line, line.length());
        append(table, row, row.length());
    }

    private static void append(Path file, StringBuilder text, int length) throws IOException {
        Files.writeString(file, text.substring(0, length), StandardOpenOption.APPEND);
        text.delete(0, length);
    }

    private static void checkpoint(Path checkpoint, int last) throws IOException {
        String history = String.join(
                ",",
                IntStream.rangeClosed(1, last)
                        .mapToObj(step -> "{\"loss\": 1.5, \"step\": " + step + "}")
                        .toList());
        byte[] state = ("{\"global_step\": " + last + ", \"log_history\": [" + history + "]}").getBytes(UTF_8);
        Path file = Files.createDirectories(checkpoint).resolve("trainer_state.json");
        Files.write(file, Arrays.copyOf(state, state.length / 3));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        Files.write(file, state);
    }

    @Test
    void filesOfTheRealTensorBoardWriterEachNumberOnceThoughItIsKilled() throws Exception {
        int rows = 1_000;
        Path run = folder.resolve("runs/real-tensorboard");

        followAndKill(Files.createDirectories(folder.resolve("runs")), new Random(3), python("tensorboard", run, rows));

        awaitLast("real-tensorboard", rows - 1);
        finish(folder.resolve("runs"));
        assertThat(numbers("real-tensorboard")).isEqualTo(logged(rows));
        try (Stream<Path> files = Files.list(run)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void filesOfTheRealOfflineWriterOfWandbEachNumberOnceThoughItIsKilled() throws Exception {
        int rows = 1_000;
        Path runs = Files.createDirectories(folder.resolve("runs"));

        followAndKill(runs, new Random(4), python("wandb", runs, rows));

        Judged.await(Duration.ofSeconds(60), () -> events("real-wandb").stream().anyMatch(event -> event.has("end")));
        finish(runs);
        List<JsonNode> events = events("real-wandb");
        assertThat(numbers("real-wandb")).isEqualTo(logged(rows));
        assertThat(events.stream().filter(event -> event.has("end")))
                .singleElement()
                .satisfies(end -> assertThat(end.get("end").asText()).isEqualTo("finished"));
        assertThat(events).last().satisfies(end -> assertThat(end.has("end")).isTrue());
    }

    /** What write_logs.py logs, as it is called here. */
    private static List<String> logged(int rows) {
        return IntStream.range(0, rows)
                .boxed()
                .flatMap(step -> Stream.concat(
                        Stream.of(step + " grad_norm " + (step + 0.25), step + " loss " + (step + 0.5)),
                        step % 10 == 0 ? Stream.of(step + " eval_loss " + (step + 0.125)) : Stream.empty()))
                .sorted()
                .toList();
    }

    private Callable<Void> python(String writer, Path to, int rows) {
        String python = System.getenv("FORESHOCK_PYTHON");
        assumeTrue(
                python != null,
                "FORESHOCK_PYTHON is not set: a Python that has torch, tensorboard and wandb writes the files");
        List<String> command = List.of(
                String.valueOf(python), "src/test/python/write_logs.py", writer, to.toString(), String.valueOf(rows));
        return () -> {
            Path log = folder.resolve("python.log");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            assertThat(process.waitFor()).as(Files.readString(log)).isZero();
            return null;
        };
    }

    /** Follows while the writer writes, and a little longer; killed at random moments, at least three times. */
    private void followAndKill(Path runs, Random random, Callable<Void> writer) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Void> writing = thread.submit(writer);
            for (int kills = 0; kills < 3 || !writing.isDone(); kills++) {
                Process follower = follow(runs);
                // Some are killed while they start, some in the middle of their work.
                follower.waitFor(800 + random.nextInt(4_000), TimeUnit.MILLISECONDS);
                assertThat(follower.isAlive()).as(Files.readString(log())).isTrue();
                follower.destroyForcibly().waitFor();
            }
            writing.get();
        } finally {
            thread.shutdownNow();
        }
        last = follow(runs);
    }

    private Process last;

    /** The last follower ends in good order; another one has nothing to add. */
    private void finish(Path runs) throws Exception {
        last.destroy();
        assertThat(last.waitFor(30, TimeUnit.SECONDS)).isTrue();
        Session again = foreshock("publish", runs, "--state", folder.resolve("state"), "--bootstrap-servers", servers);
        assertThat(again.code()).as(again.err() + Files.readString(log())).isZero();
        assertThat(again.out().lines())
                .as(again.err() + Files.readString(log()))
                .isNotEmpty()
                .allMatch(line -> line.contains(": 0 rows of "));
    }

    private Path log() {
        return folder.resolve("publish.log");
    }

    private Process follow(Path runs) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx200m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Foreshock.class.getName(),
                        "publish",
                        "--follow",
                        runs.toString(),
                        "--state",
                        folder.resolve("state").toString(),
                        "--bootstrap-servers",
                        servers)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
    }

    private void awaitLast(String run, int step) throws InterruptedException, IOException {
        Judged.await(Duration.ofSeconds(60), () -> {
            List<Integer> steps = steps(run);
            return !steps.isEmpty() && steps.get(steps.size() - 1) == step;
        });
    }

    private static List<Integer> steps(String run) {
        return events(run).stream().map(event -> event.get("step").asInt()).toList();
    }

    /** Each number of the run with its step and name, sorted. */
    private static List<String> numbers(String run) {
        List<String> numbers = new ArrayList<>();
        for (JsonNode event : events(run)) {
            event.path("metrics")
                    .properties()
                    .forEach(
                            metric -> numbers.add(event.get("step") + " " + metric.getKey() + " " + metric.getValue()));
        }
        numbers.sort(null);
        return numbers;
    }

    private static List<JsonNode> events(String run) {
        List<JsonNode> events = new ArrayList<>();
        try (KafkaOutlet topic = KafkaOutlet.connect(
                Map.of("bootstrap.servers", servers),
                KafkaSettings.of(servers).topics().telemetry().name())) {
            topic.read(Map.of(), (partition, offset, key, value) -> {
                if (new String(key, UTF_8).equals(run)) {
                    try {
                        events.add(JSON.readTree(value));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            });
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return events;
    }
}
