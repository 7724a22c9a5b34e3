package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.board.BoardKafka;
import io.foreshock.detect.Signatures;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.embedded.LocalJob;
import io.foreshock.exporter.Exporter;
import io.foreshock.exporter.ExporterSettings;
import io.foreshock.job.ForeshockJob;
import io.foreshock.job.KafkaSettings;
import io.foreshock.notify.NotifySettings;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exporter beside a real broker and a real job. */
class ExporterITCase {
    private static final String RAMP = "ramp_0.3_s3";
    private static final String HOSTILE = "a\"b\\c{d}=\u6f22\u5b57 <script>";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private EmbeddedKafka kafka;
    private KafkaSettings settings;
    private LocalJob job;
    private LocalJob.Ports flinkPorts;

    @BeforeEach
    void start() throws Exception {
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0);
        settings = KafkaSettings.of(kafka.bootstrapServers());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            settings.topics().ensure(admin);
        }
        flinkPorts = new LocalJob.Ports(Program.freePort(), Program.freePort());
        job = job();
    }

    private LocalJob job() throws Exception {
        return LocalJob.start(
                new LocalJob.Settings(directory.resolve("scratch"), null, 1, Duration.ofMillis(500), flinkPorts),
                env -> ForeshockJob.kafka(env, settings),
                null);
    }

    @AfterEach
    void stop() {
        job.close();
        kafka.close();
    }

    @Test
    void tellsOfRunsAndOfTheWayAndKnowsThemAgainAfterARestart() throws Exception {
        List<StepSample> ramp = ramp();
        List<String> known;
        try (Exporter exporter = exporter()) {
            try (TelemetryPublisher publisher = TelemetryPublisher.connect(kafka.bootstrapServers())) {
                ramp.forEach(publisher::publish);
                ramp.subList(0, 20).forEach(sample -> publisher.publish(Recording.copy(sample, HOSTILE, sample.ts())));
                publisher.publish("rubbish", "{\"run\":\"rubbish\",\"step\":1.5}".getBytes(StandardCharsets.UTF_8));
                publisher.publish("rubbish", "{".getBytes(StandardCharsets.UTF_8));
            }
            await(
                    exporter,
                    "foreshock_run_step{run=\"" + RAMP + "\"} 999.0",
                    "foreshock_run_step{run=\"a\\\"b\\\\c{d}=\u6f22\u5b57 <script>\"} 19.0",
                    "foreshock_run_state{run=\"" + RAMP + "\",state=\"finished\"} 1.0",
                    "foreshock_telemetry_events_total 1023.0",
                    "foreshock_job_lag_events 0.0",
                    "foreshock_job_lag_seconds 0.0",
                    "foreshock_job_up 1.0",
                    "foreshock_job_restarts 0.0",
                    "foreshock_exporter_complete 1.0",
                    "foreshock_exporter_feed_up 1.0",
                    "foreshock_exporter_unreadable_records_total 0.0",
                    "foreshock_events_rejected_total{reason=\"bad_step\"} 1.0",
                    "foreshock_events_rejected_total{reason=\"not_json\"} 1.0",
                    "foreshock_events_rejected_total{reason=\"bad_field\"} 0.0",
                    "foreshock_incidents_open{run=\"" + RAMP
                            + "\",severity=\"critical\",signature=\"attention_logit_growth\"} 0.0",
                    "foreshock_incidents_total{severity=\"critical\",signature=\"attention_logit_growth\"} 1.0");
            assertThat(value(exporter, "foreshock_job_checkpoint_age_seconds")).isBetween(0.0, 30.0);
            known = runs(exporter);
            assertThat(known).anyMatch(line -> line.startsWith("foreshock_signature_verdict"));
            isFitForPrometheus(exporter);

            assertThat(get("http://127.0.0.1:" + flinkPorts.metrics() + "/metrics")
                            .body())
                    .as("Flink's own metrics, of its own reporter")
                    .contains("flink_jobmanager_job_numRestarts{")
                    .contains("flink_taskmanager_job_task_operator_foreshock_events{");
        }
        try (Exporter again = exporter()) {
            await(again, "foreshock_exporter_complete 1.0");
            assertThat(runs(again)).containsExactlyElementsOf(known);
            assertThat(lines(again))
                    .as("what lay there already was not rejected while it ran")
                    .contains("foreshock_events_rejected_total{reason=\"bad_step\"} 0.0");
        }
    }

    @Test
    void whoeverElseIsAwayTheExporterAnswers() throws Exception {
        try (Exporter exporter = exporter()) {
            publish("before");
            await(
                    exporter,
                    "foreshock_job_up 1.0",
                    "foreshock_run_step{run=\"before\"} 3.0",
                    // Of the same look as the lag: one from before they came would be 0, too.
                    "foreshock_telemetry_events_total 4.0",
                    "foreshock_job_lag_events 0.0");
            job.close();
            await(exporter, "foreshock_job_up 0.0");
            publish("unjudged");
            await(exporter, "foreshock_job_lag_events 4.0");
            assertThat(value(exporter, "foreshock_job_lag_seconds")).isBetween(0.0, 60.0);
            assertThat(get(exporter.address() + "/health").statusCode()).isEqualTo(200);

            kafka.close();
            await(exporter, "foreshock_exporter_feed_up 0.0");
            HttpResponse<String> health = get(exporter.address() + "/health");
            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(health.body()).startsWith("failing: ");
            assertThat(lines(exporter))
                    .contains("foreshock_run_step{run=\"before\"} 3.0", "foreshock_exporter_complete 1.0");

            kafka = EmbeddedKafka.start(directory.resolve("kafka"), kafka.port());
            job = job();
            await(
                    exporter,
                    "foreshock_exporter_feed_up 1.0",
                    "foreshock_job_up 1.0",
                    "foreshock_run_step{run=\"unjudged\"} 3.0",
                    "foreshock_job_lag_events 0.0");
            assertThat(get(exporter.address() + "/health").body()).isEqualTo("ok\n");
        }
    }

    private Exporter exporter() throws IOException {
        return Exporter.start(
                ExporterSettings.LOOPBACK.withFlink(job.rest()),
                NotifySettings.NONE,
                new BoardKafka(kafka.bootstrapServers(), settings.topics(), Map.of()),
                Signatures.all());
    }

    private void publish(String run) {
        try (TelemetryPublisher publisher = TelemetryPublisher.connect(kafka.bootstrapServers())) {
            for (long step = 0; step < 4; step++) {
                publisher.publish(StepSample.builder(run, step)
                        .ts(System.currentTimeMillis())
                        .metric("loss", 2)
                        .build());
            }
        }
    }

    /** The recorded run as if it had just come to its end. */
    private static List<StepSample> ramp() throws Exception {
        List<StepSample> samples = Recording.read(Path.of("runs")).stream()
                .filter(recording -> recording.run().equals(RAMP))
                .findFirst()
                .orElseThrow()
                .samples();
        long last = samples.get(samples.size() - 1).ts();
        long shift = System.currentTimeMillis() - last;
        List<StepSample> now = new ArrayList<>();
        samples.forEach(sample -> now.add(Recording.copy(sample, RAMP, sample.ts() + shift)));
        now.add(StepSample.end(RAMP, 0, RunEnd.FINISHED, last + shift));
        return now;
    }

    /** Waits until a scrape has these lines; says of the last one which it lacks. */
    private void await(Exporter exporter, String... expected) throws Exception {
        Judged.await(PATIENCE, () -> {
            try {
                return lines(exporter).containsAll(List.of(expected));
            } catch (Exception e) {
                throw new AssertionError("a scrape failed", e);
            }
        });
        assertThat(lines(exporter)).contains(expected);
    }

    private void isFitForPrometheus(Exporter exporter) throws Exception {
        Path text = Files.writeString(
                directory.resolve("metrics"),
                get(exporter.address() + "/metrics").body());
        Program.require("promtool", "prometheus");
        assertThat(Program.run(directory, List.of("sh", "-c", "promtool check metrics < \"$0\"", text.toString())))
                .isEmpty();
    }

    /** What is said of runs, but for when they were heard of: live that is our own clock, and afterwards Kafka's. */
    private List<String> runs(Exporter exporter) throws Exception {
        return lines(exporter).stream()
                .filter(line -> line.contains("run=\"") && !line.startsWith("foreshock_run_last_event"))
                .toList();
    }

    private double value(Exporter exporter, String metric) throws Exception {
        return lines(exporter).stream()
                .filter(line -> line.startsWith(metric + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + metric));
    }

    private List<String> lines(Exporter exporter) throws Exception {
        HttpResponse<String> scrape = get(exporter.address() + "/metrics");
        assertThat(scrape.statusCode()).isEqualTo(200);
        return scrape.body().lines().filter(line -> !line.startsWith("#")).toList();
    }

    private HttpResponse<String> get(String address) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(address))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                BodyHandlers.ofString());
    }
}
