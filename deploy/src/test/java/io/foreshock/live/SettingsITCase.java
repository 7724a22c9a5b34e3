package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.cli.Foreshock;
import io.foreshock.embedded.Stack;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.RejectedJson;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people set, mute and acknowledge reaches the running job, and outlives it. */
class SettingsITCase {
    private static final String RULE = """
            rules:
              - name: high_x
                metric: x
                threshold: {above: %s}
                calm: 3
            """;

    @TempDir
    Path directory;

    private final List<String> told = new ArrayList<>();
    private final List<Incident> incidents = new CopyOnWriteArrayList<>();
    private final List<Rejected> rejected = new CopyOnWriteArrayList<>();
    private long step;

    @Test
    void theRunningJobFollowsAndGoesOnFollowingAfterARestart() throws Exception {
        try (Stack stack = start();
                TopicFeed feed = feed(stack)) {
            report(stack, 7, 7, 7);
            // Nothing is known of x until a rule says so; the run has been judged all along.
            run(stack, "settings", "apply", file(RULE.formatted(5)));
            reportUntil(stack, 7, incident -> incident.status() == Status.OPEN);
            Incident opened = incidents.get(0);
            assertThat(opened.signature()).isEqualTo("high_x");
            assertThat(opened.muted()).isFalse();

            run(stack, "ack", opened.id().substring(0, 8), "--by", "ana", "--note", "looking");
            await(incident -> incident.acknowledged() != null
                    && incident.acknowledged().by().equals("ana")
                    && incident.acknowledged().note().equals("looking")
                    && incident.status() == Status.UPDATED);

            run(stack, "mute", "r*", "high_x", "--for", "1h");
            await(Incident::muted);
            report(stack, 1, 1, 1, 1);
            await(incident -> incident.status() == Status.RESOLVED && incident.muted());
            report(stack, 7);
            await(incident -> incident.status() == Status.OPEN && incident.muted());

            said(stack, "mute/r/x", "{\"run\":\"other\",\"signature\":\"x\"}");
            said(stack, "settings", "{\"defaults\":{\"loss_spike\":{\"sigmas\":-3}}}");
            said(stack, "nonsense", "{}");
            Judged.await(Duration.ofSeconds(20), () -> rejected.size() >= 3);
            assertThat(rejected).extracting(Rejected::reason).containsOnly(Rejected.Reason.BAD_SETTINGS);
            assertThat(rejected)
                    .extracting(Rejected::detail)
                    .containsExactly(
                            "key must be mute/other/x as the value says, got \"mute/r/x\"",
                            "settings:1: loss_spike.sigmas must be > 0 standard deviations, got -3",
                            "key must be settings, mute/RUN/SIGNATURE or ack/ID, got \"nonsense\"");

            // What was rejected has changed nothing; this does, and its incident is resolved at once.
            int before = incidents.size();
            run(stack, "settings", "apply", file(RULE.formatted(5) + "    enabled: false\n"));
            await(incident -> incidents.indexOf(incident) >= before && incident.status() == Status.RESOLVED);
            run(stack, "settings", "apply", file(RULE.formatted(100)));
            awaitCheckpoint();
            assertThat(stack.failure()).isNotDone();
        }
        incidents.clear();
        try (Stack stack = start();
                TopicFeed feed = feed(stack)) {
            assertThat(feed.awaitCaughtUp(Duration.ofSeconds(20))).isTrue();
            int before = incidents.size();
            assertThat(told).anyMatch(line -> line.startsWith("goes on from checkpoint "));

            report(stack, 50, 200);
            await(incident -> incident.status() == Status.OPEN && incident.value() == 200);
            assertThat(incidents.subList(before, incidents.size()))
                    .singleElement()
                    .matches(Incident::muted, "is muted");
            String shown = run(stack, "settings", "show");
            assertThat(shown).contains("\"above\" : 100", "muted high_x of r* until ", "acknowledged ");
            run(stack, "unmute", "r*", "high_x");
            await(incident -> incident.status() == Status.UPDATED && !incident.muted() && incident.value() == 200);
        }
    }

    private Stack start() throws Exception {
        return Stack.start(
                new Stack.Settings(directory.resolve("data"), "127.0.0.1", 0, 2, Duration.ofMillis(500)), told::add);
    }

    private TopicFeed feed(Stack stack) {
        return TopicFeed.open(
                stack.bootstrapServers(),
                List.of(
                        stack.topics().alerts().name(),
                        stack.topics().rejected().name()),
                (record, before) -> {
                    if (record.topic().equals(stack.topics().alerts().name())) {
                        incidents.add(IncidentJson.read(record.value()));
                    } else {
                        rejected.add(RejectedJson.read(record.value()));
                    }
                });
    }

    private Path file(String yaml) throws Exception {
        return Files.writeString(directory.resolve("foreshock.yaml"), yaml);
    }

    private static String run(Stack stack, Object... arguments) {
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        words.add("--bootstrap-servers");
        words.add(stack.bootstrapServers());
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Foreshock.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(words.toArray(new String[0]));
        assertThat(code).as("%s: %s", words, err).isZero();
        return out.toString();
    }

    private void report(Stack stack, double... values) {
        try (TelemetryPublisher publisher = TelemetryPublisher.connect(stack.bootstrapServers())) {
            for (double x : values) {
                publisher.publish(
                        StepSample.builder("r1", step++).metric("x", x).build());
            }
            assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();
        }
    }

    /** Goes on reporting: from when on settings are followed is up to the job. */
    private void reportUntil(Stack stack, double x, Predicate<Incident> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (incidents.stream().noneMatch(condition) && System.nanoTime() < deadline) {
            report(stack, x);
            Thread.sleep(50);
        }
        assertThat(incidents).anyMatch(condition);
    }

    private void await(Predicate<Incident> condition) throws Exception {
        Judged.await(Duration.ofSeconds(20), () -> incidents.stream().anyMatch(condition));
        assertThat(incidents).anyMatch(condition);
    }

    private static void said(Stack stack, String key, String value) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            stack.topics().settings().name(),
                            key.getBytes(StandardCharsets.UTF_8),
                            value.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    /** Two checkpoints from now: one that began after all that was said. */
    private static void awaitCheckpoint() throws Exception {
        Thread.sleep(2_000);
    }
}
