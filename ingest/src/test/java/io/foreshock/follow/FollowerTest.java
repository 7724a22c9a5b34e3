package io.foreshock.follow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.format.Formats;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.Parsed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that grow, followers that are killed: what lies in the topic then. */
class FollowerTest {
    private static final Path FIXTURES = Path.of("src/test/resources/io/foreshock/format");
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    Path folder;

    private final TestingTopic topic = new TestingTopic(3);
    private final List<String> told = new ArrayList<>();
    private final Told telling = new Told() {
        @Override
        public void rejected(Path recording, String reason) {
            told.add("rejected " + reason);
        }

        @Override
        public void note(String sentence) {
            told.add(sentence);
        }
    };

    private Path state;
    private TestingTopic.Connection connection;
    private Follower follower;
    private long nanos = SECOND;

    @BeforeEach
    void start() throws IOException {
        state = folder.resolve("state");
        open();
    }

    private void open() throws IOException {
        connection = topic.new Connection();
        follower = Follower.open(state, connection, telling);
    }

    private void kill(Random random) throws IOException {
        connection.cut(random);
        follower.abandon();
    }

    private boolean round(Followed... all) throws IOException {
        nanos += SECOND / 2;
        return follower.round(List.of(all), nanos, false);
    }

    /** Until all is read, acknowledged and written down, and what waits for more has waited long enough. */
    private void settle(Followed... all) throws IOException {
        for (int quiet = 0; quiet < 8; quiet++) {
            if (round(all)) {
                quiet = 0;
            }
            connection.acknowledgeAll();
        }
    }

    static Stream<Arguments> recordings() {
        return Stream.of(
                        "dicts/verl.jsonl",
                        "dicts/maxtext_metrics.jsonl",
                        "lightning_logs/version_0/metrics.csv",
                        "printed/megatron.log",
                        "printed/nanogpt.log",
                        "printed/llmc.log",
                        "tensorboard/megatron",
                        "tensorboard/hugging_face",
                        "wandb/0.31.0",
                        "wandb/0.16.6")
                .flatMap(name -> IntStream.range(0, 12).mapToObj(seed -> Arguments.of(name, seed)));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void eachRowOnceHoweverOftenTheFollowerIsKilled(String fixture, int seed) throws IOException {
        Path fixtureFile = file(FIXTURES.resolve(fixture));
        byte[] whole = unzipped(fixtureFile);
        Random random = new Random(seed);
        String name = String.valueOf(fixtureFile.getFileName()).replaceAll("\\.gz$", "");
        Path file = Files.createFile(folder.resolve(name));
        Followed followed = new Followed(file, file, "run", false);

        int mean = 1 + whole.length / 40;
        for (int written = 0; written < whole.length; ) {
            int length = Math.min(whole.length - written, 1 + random.nextInt(2 * mean));
            Files.write(file, Arrays.copyOfRange(whole, written, written + length), StandardOpenOption.APPEND);
            written += length;
            for (int i = random.nextInt(3); i > 0; i--) {
                act(random, followed);
            }
        }
        settle(followed);

        boolean rowsMayBeSplit = fixture.startsWith("tensorboard");
        List<String> expected = events(whole, name);
        String run = new ObjectMapper().readTree(expected.get(0)).get("run").asText();
        if (rowsMayBeSplit) {
            assertThat(numbers(topic.events(run))).isEqualTo(numbers(expected));
        } else {
            assertThat(topic.events(run)).isEqualTo(expected);
        }
        assertThat(told).isEmpty();
    }

    /** A round, an answer of the broker, a pause, or a kill; what was half written down as it fell is there, too. */
    private void act(Random random, Followed... followed) throws IOException {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> round(followed);
            case 3, 4 -> connection.acknowledge(random.nextInt(5));
            case 5 -> nanos += random.nextInt(8) * SECOND;
            case 6 -> {
                connection.acknowledgeAll();
                round(followed);
            }
            default -> {
                kill(random);
                tear(random);
                open();
            }
        }
    }

    /** The entry that was being written. */
    private void tear(Random random) throws IOException {
        try (Stream<Path> files = Files.list(state)) {
            for (Path journal :
                    files.filter(file -> file.toString().endsWith(".sent")).toList()) {
                byte[] torn = new byte[random.nextInt(Journal.ENTRY_BYTES)];
                random.nextBytes(torn);
                Files.write(journal, torn, StandardOpenOption.APPEND);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void rotatedTruncatedAndWrittenAnewEachRowIsThereOnce(int seed) throws IOException {
        Random random = new Random(seed);
        Path file = Files.createFile(folder.resolve("train.csv"));
        Followed followed = new Followed(file, file, "run", false);
        List<String> header = new ArrayList<>(List.of("step", "loss"));
        Files.writeString(file, String.join(",", header) + "\n");
        List<String> rows = new ArrayList<>();
        int step = 0;
        for (int i = 0; i < 120; i++) {
            switch (random.nextInt(12)) {
                case 0 -> {
                    // Lightning learns of a new metric.
                    header.add("metric" + step);
                    rows.replaceAll(row -> row + ",");
                    Files.writeString(file, String.join(",", header) + "\n" + String.join("", lines(rows)));
                }
                case 1 -> {
                    // A log is rotated once the follower has seen it; the new one has a first row at once.
                    settle(followed);
                    Files.move(file, folder.resolve("train.csv." + step));
                    rows.clear();
                    rows.add(row(step++, header));
                    Files.writeString(file, String.join(",", header) + "\n" + String.join("", lines(rows)));
                }
                case 2 -> {
                    settle(followed);
                    rows.clear();
                    Files.writeString(file, String.join(",", header) + "\n");
                }
                default -> {
                    rows.add(row(step++, header));
                    String line = rows.get(rows.size() - 1) + "\n";
                    int half = random.nextInt(line.length());
                    Files.writeString(file, line.substring(0, half), StandardOpenOption.APPEND);
                    act(random, followed);
                    Files.writeString(file, line.substring(half), StandardOpenOption.APPEND);
                }
            }
            act(random, followed);
        }
        settle(followed);

        List<Integer> steps = new ArrayList<>();
        for (String event : topic.events("run")) {
            steps.add(new ObjectMapper().readTree(event).get("step").asInt());
        }
        assertThat(steps).isEqualTo(IntStream.range(0, step).boxed().toList());
        assertThat(told).noneMatch(note -> note.startsWith("rejected"));
    }

    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    private static String row(int step, List<String> header) {
        return step + "," + (1.0 / (step + 1)) + ",".repeat(header.size() - 2);
    }

    private static List<String> lines(List<String> rows) {
        return rows.stream().map(row -> row + "\n").toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void ofACheckpointsHistoryOnlyWhatIsNewIsSent(int seed) throws IOException {
        Random random = new Random(seed);
        Path recording = folder.resolve("trainer_state.json");
        Followed followed = new Followed(recording, folder.resolve("checkpoint-10/trainer_state.json"), "run", false);
        int step = 0;
        for (int checkpoint = 10; checkpoint <= 100; checkpoint += 10) {
            step = checkpoint;
            Path file = folder.resolve("checkpoint-" + checkpoint).resolve("trainer_state.json");
            Files.createDirectories(file.getParent());
            byte[] state = history(step).getBytes(UTF_8);
            followed = new Followed(recording, file, "run", false);
            // The trainer is in the middle of writing it.
            Files.write(file, Arrays.copyOf(state, random.nextInt(state.length)));
            act(random, followed);
            Files.write(file, state);
            act(random, followed);
            act(random, followed);
        }
        settle(followed);

        assertThat(topic.events("run"))
                .isEqualTo(IntStream.rangeClosed(1, step)
                        .mapToObj(i -> "{\"run\":\"run\",\"step\":" + i + ",\"metrics\":{\"loss\":" + 1.0 / i + "}}")
                        .toList());
    }

    private static String history(int last) {
        return "{\"global_step\": " + last + ", \"log_history\": ["
                + String.join(
                        ",",
                        IntStream.rangeClosed(1, last)
                                .mapToObj(step -> "{\"loss\": " + 1.0 / step + ", \"step\": " + step + "}")
                                .toList())
                + "]}";
    }

    @Test
    void positionsThatAreLostDoubleNothing() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), line(1) + line(2) + line(2));
        Followed followed = new Followed(file, file, "a", false);
        settle(followed);
        follower.close();
        state = folder.resolve("other");
        open();

        Files.writeString(file, line(2) + line(3), StandardOpenOption.APPEND);
        settle(followed);

        assertThat(topic.events("a")).hasSize(5).containsOnlyOnce(event("a", 1), event("a", 3));
    }

    @Test
    void anotherTopicGetsEverything() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), line(1) + line(2));
        Followed followed = new Followed(file, file, "a", false);
        settle(followed);
        follower.close();
        topic.clear();
        topic.id = "topic-2";
        open();

        settle(followed);

        assertThat(topic.events("a")).containsExactly(event("a", 1), event("a", 2));
        assertThat(told).singleElement().asString().contains("is another one than the positions in");
    }

    @Test
    void oneFollowerAtATime() throws IOException {
        assertThatThrownBy(() -> Follower.open(state, topic.new Connection(), telling))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is in use by another 'foreshock publish'")
                .hasMessageContaining("--state");
        follower.close();
        open();
    }

    @Test
    void linesOfOursThatCannotBeReadGoOutAsTheyAre() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), line(1) + "{\"step\":-1}\nnonsense\n" + line(2));

        settle(new Followed(file, file, "a", false));

        assertThat(topic.events("a")).containsExactly(event("a", 1), "{\"step\":-1}", "nonsense", event("a", 2));
        assertThat(told).hasSize(2).allMatch(note -> note.startsWith("rejected "));
    }

    @Test
    void aRunOfItsOwnNameKeepsItWhateverItIsCalledLater() throws IOException {
        Path file = Files.writeString(folder.resolve("metrics.csv"), "step,loss\n1,2\n");
        settle(new Followed(file, file, "version_0", false));
        kill(new Random(1));
        open();

        Files.writeString(file, "2,1\n", StandardOpenOption.APPEND);
        settle(new Followed(file, file, "a/version_0", false));

        assertThat(topic.events("version_0")).hasSize(2);
        assertThat(topic.size()).isEqualTo(2);
    }

    @Test
    void aFileThatVanishesAndComesBackGoesOn() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), line(1));
        Followed followed = new Followed(file, file, "a", false);
        settle(followed);
        Path away = Files.move(file, folder.resolve("away"));
        settle(followed);
        Files.writeString(away, line(2), StandardOpenOption.APPEND);
        Files.move(away, file);
        settle(followed);

        assertThat(topic.events("a")).containsExactly(event("a", 1), event("a", 2));
        assertThat(told).containsExactly(file + " is not there");
    }

    @Test
    void rowsWrittenRightBeforeARotationAreNotLost() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), line(1));
        Followed followed = new Followed(file, file, "a", false);
        round(followed);
        Files.writeString(file, line(2), StandardOpenOption.APPEND);
        Files.move(file, folder.resolve("a.jsonl.1"));
        Files.writeString(file, line(3));
        settle(followed);

        assertThat(topic.events("a")).containsExactly(event("a", 1), event("a", 2), event("a", 3));
    }

    @Test
    void whenABrokerRefusesToBeginAnewLosesNothing() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), line(1) + line(2));
        Followed followed = new Followed(file, file, "a", false);
        connection.failing = true;

        assertThatThrownBy(() -> round(followed))
                .isInstanceOf(BeginAnew.class)
                .hasMessageContaining("does not want it");

        follower.abandon();
        open();
        settle(followed);
        assertThat(topic.events("a")).containsExactly(event("a", 1), event("a", 2));
    }

    private static String line(int step) {
        return "{\"step\":" + step + ",\"metrics\":{\"loss\":1.5}}\n";
    }

    private static String event(String run, int step) {
        return "{\"run\":\"" + run + "\",\"step\":" + step + ",\"metrics\":{\"loss\":1.5}}";
    }

    private static Path file(Path fixture) throws IOException {
        try (Stream<Path> below = Files.walk(fixture)) {
            return below.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".md"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static byte[] unzipped(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return bytes[0] == 0x1f && bytes[1] == (byte) 0x8b
                ? new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes()
                : bytes;
    }

    /** What a reader makes of the whole recording. */
    private static List<String> events(byte[] bytes, String name) throws IOException {
        List<String> events = new ArrayList<>();
        EventWriter writer = new EventWriter();
        try (TelemetryFile rows = Formats.open(Source.of(new ByteArrayInputStream(bytes), name), "run")) {
            for (Parsed row = rows.next(); row != null; row = rows.next()) {
                StepSample sample = ((Parsed.Sample) row).sample();
                events.add(new String(writer.write(sample), UTF_8));
            }
        }
        assertThat(events).hasSizeGreaterThan(2);
        return events;
    }

    /** Each number with its step and name. */
    private static List<String> numbers(List<String> events) throws IOException {
        List<String> numbers = new ArrayList<>();
        for (String event : events) {
            JsonNode tree = new ObjectMapper().readTree(event);
            tree.path("metrics")
                    .properties()
                    .forEach(metric -> numbers.add(tree.get("step") + " " + metric.getKey() + " " + metric.getValue()));
        }
        return numbers;
    }
}
