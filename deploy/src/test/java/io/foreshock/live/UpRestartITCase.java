package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.embedded.Stack;
import io.foreshock.incident.Incident;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code foreshock up --data DIR} promises: stopped and started again, it goes on and has lost nothing. */
class UpRestartITCase {
    @TempDir
    Path directory;

    private final List<String> told = new ArrayList<>();

    @Test
    void startedAgainItGoesOnWhereItWas() throws Exception {
        List<StepSample> run = run();
        int third = run.size() / 3;
        try (Stack stack = start()) {
            publish(stack, run.subList(0, third));
            awaitCheckpoint("chk-");
            assertThatThrownBy(this::start).isInstanceOf(IOException.class).hasMessageContaining("is in use by");
        }
        try (Stack stack = start()) {
            assertThat(told).anyMatch(line -> line.startsWith("goes on from checkpoint chk-"));
            publish(stack, run.subList(third, 2 * third));
            awaitCheckpoint("chk-");
        }
        // The newest checkpoint as a power failure may leave it.
        Path newest = newestMetadata();
        byte[] bytes = Files.readAllBytes(newest);
        Files.write(newest, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        told.clear();

        try (Stack stack = start()) {
            assertThat(told).hasSize(2);
            assertThat(told.get(0)).startsWith("cannot use checkpoint ").contains("trying the one before");
            assertThat(told.get(1)).startsWith("goes on from checkpoint ");
            publish(stack, run.subList(2 * third, run.size()));

            Map<String, Incident> expected = Judged.byHand(run);
            assertThat(expected).isNotEmpty();
            assertThat(Judged.inKafka(
                            stack.bootstrapServers(), stack.topics().alerts().name(), expected))
                    .isEqualTo(expected);
        }
    }

    @Test
    void withoutAnyCheckpointEverythingIsJudgedAgain() throws Exception {
        List<StepSample> run = run();
        try (Stack stack = start()) {
            publish(stack, run.subList(0, run.size() / 2));
            awaitCheckpoint("chk-");
        }
        try (Stream<Path> files = Files.walk(directory.resolve("checkpoints"))) {
            for (Path file : files.filter(f -> f.endsWith("_metadata")).toList()) {
                Files.writeString(file, "nonsense");
            }
        }
        try (Stack stack = start()) {
            assertThat(told).endsWith("no checkpoint can be used: judging all events of the topic again");
            publish(stack, run.subList(run.size() / 2, run.size()));

            Map<String, Incident> expected = Judged.byHand(run);
            assertThat(Judged.inKafka(
                            stack.bootstrapServers(), stack.topics().alerts().name(), expected))
                    .isEqualTo(expected);
        }
    }

    private Stack start() throws Exception {
        return Stack.start(new Stack.Settings(directory, "127.0.0.1", 0, 1, Duration.ofMillis(500)), told::add);
    }

    private static List<StepSample> run() throws Exception {
        for (Recording recording : Recording.read(Path.of("runs"))) {
            if (recording.run().equals("ramp_0.3_s3")) {
                List<StepSample> samples = new ArrayList<>(recording.samples());
                samples.add(StepSample.end(
                        recording.run(),
                        0,
                        RunEnd.FINISHED,
                        samples.get(samples.size() - 1).ts()));
                return samples;
            }
        }
        throw new AssertionError("no such recording");
    }

    private static void publish(Stack stack, List<StepSample> samples) {
        try (TelemetryPublisher publisher = TelemetryPublisher.connect(stack.bootstrapServers())) {
            samples.forEach(publisher::publish);
            assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();
        }
    }

    private void awaitCheckpoint(String name) throws Exception {
        long since = System.currentTimeMillis();
        Judged.await(Duration.ofSeconds(20), () -> {
            try {
                Path newest = newestMetadata();
                return newest.getParent().getFileName().toString().startsWith(name)
                        && Files.getLastModifiedTime(newest).toMillis() > since + 600;
            } catch (Exception e) {
                return false;
            }
        });
    }

    private Path newestMetadata() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("checkpoints"))) {
            return files.filter(file -> file.endsWith("_metadata"))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow();
        }
    }
}
