package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.detect.Signatures;
import io.foreshock.embedded.Stack;
import io.foreshock.exporter.Exporter;
import io.foreshock.exporter.ExporterSettings;
import io.foreshock.exporter.Figure;
import io.foreshock.notify.NotifySettings;
import io.foreshock.notify.WebhookPolicy;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every query of every dashboard and rule, on a real Prometheus with runs of every kind. */
class DashboardQueriesITCase {
    private static final Path DASHBOARDS = Path.of("../dashboards/grafana/json");
    private static final Path RULES = Path.of("../dashboards/prometheus");
    private static final Pattern METRIC = Pattern.compile("foreshock_[a-z_]+");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SICK = "ramp_0.3_s3";
    private static final String EVERYTHING = "everything";
    /** The sick one when its trouble is still to come. */
    private static final String GROWING = "growing";

    /** Queries that are rightly empty here, with the reason. */
    private static final Map<String, String> EMPTY = Map.of(
            "Foreshock / Foreshock itself: Job runs", "nobody asks Flink here: JobProbeTest does",
            "Foreshock / Foreshock itself: Checkpoint", "nobody asks Flink here: JobProbeTest does",
            "Foreshock / Foreshock itself: Job: restarts and checkpoint age",
                    "nobody asks Flink here: JobProbeTest does");

    @TempDir
    Path folder;

    /**
     * A query.
     *
     * @param place dashboard and panel, for people
     * @param expression with its variables
     */
    private record Query(String place, String expression) {
        String of(String run) {
            return expression.replace("$run", run).replace("$__rate_interval", "20s");
        }
    }

    @Test
    void everyQueryOfEveryDashboardGivesSomething() throws Exception {
        Program.require("prometheus", "prometheus");
        int port = Program.freePort();
        try (Stack stack = Stack.start(Stack.Settings.PASSING, told -> {});
                Exporter exporter = Exporter.start(
                        ExporterSettings.LOOPBACK.withPort(port),
                        // Nobody listens there: what is told waits.
                        new NotifySettings(
                                List.of(URI.create("http://127.0.0.1:" + Program.freePort())),
                                null,
                                null,
                                null,
                                WebhookPolicy.DEFAULT,
                                null),
                        stack.page(),
                        Signatures.all());
                Prometheus prometheus = Prometheus.start(folder, port, List.of())) {
            List<StepSample> sick = sick();
            publish(stack, sick.subList(0, 200));
            publish(stack, everything());
            publish(
                    stack,
                    sick.subList(0, 125).stream()
                            .map(sample -> Recording.copy(sample, GROWING, sample.ts()))
                            .toList());
            Judged.await(
                    PATIENCE,
                    () -> prometheus.sum("count(foreshock_run_signal{run='" + EVERYTHING + "'})") > 30
                            && prometheus.sum("foreshock_rows_judged_total") >= 300);
            publish(stack, sick.subList(200, sick.size()));
            Judged.await(PATIENCE, () -> prometheus.sum("foreshock_incidents_open{run='" + SICK + "'}") > 2);

            for (Query query : queries()) {
                if (!EMPTY.containsKey(query.place())) {
                    Judged.await(PATIENCE, () -> gives(prometheus, query));
                    assertThat(gives(prometheus, query))
                            .as("%s: %s", query.place(), query.expression())
                            .isTrue();
                }
            }
            assertThat(queries()).extracting(Query::place).containsAll(EMPTY.keySet());
            assertThat(exporter.address()).endsWith(":" + port);
        }
    }

    private static boolean gives(Prometheus prometheus, Query query) {
        return Stream.of(SICK, GROWING, EVERYTHING)
                .anyMatch(run -> !Double.isNaN(prometheus.sum("count(" + query.of(run) + ")")));
    }

    @Test
    void noDashboardAndNoRuleNamesAMetricThatNobodyHas() throws IOException {
        Set<String> known = new TreeSet<>();
        for (Figure figure : Figure.values()) {
            known.add(figure.metric());
            if (figure.type() == Figure.Type.HISTOGRAM) {
                known.add(figure.metric() + "_bucket");
            }
        }
        // The gateway's page is held to what the gateway has by a test beside it.
        Matcher ofGateway = METRIC.matcher(Files.readString(Path.of("..", "docs", "gateway.md")));
        while (ofGateway.find()) {
            known.add(ofGateway.group());
        }
        Map<String, String> strangers = new TreeMap<>();
        for (Path file : files()) {
            Matcher metric = METRIC.matcher(Files.readString(file));
            while (metric.find()) {
                if (!known.contains(metric.group())) {
                    strangers.put(metric.group(), file.getFileName().toString());
                }
            }
        }
        assertThat(strangers).isEmpty();
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path folder : List.of(DASHBOARDS, RULES)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.{json,yml}")) {
                found.forEach(files::add);
            }
        }
        assertThat(files).hasSizeGreaterThan(6);
        return files;
    }

    private static List<Query> queries() throws IOException {
        List<Query> queries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(DASHBOARDS, "*.json")) {
            for (Path file : files) {
                JsonNode dashboard = new ObjectMapper().readTree(file.toFile());
                String title = dashboard.path("title").asText();
                for (JsonNode panel : dashboard.path("panels")) {
                    for (JsonNode target : panel.path("targets")) {
                        queries.add(new Query(
                                title + ": " + panel.path("title").asText(),
                                target.path("expr").asText()));
                    }
                }
                for (JsonNode annotation : dashboard.at("/annotations/list")) {
                    queries.add(new Query(
                            title + ": " + annotation.path("name").asText(),
                            annotation.path("expr").asText()));
                }
            }
        }
        return queries;
    }

    private static List<StepSample> sick() throws IOException {
        return Recording.read(Path.of("runs")).stream()
                .filter(recording -> recording.run().equals(SICK))
                .findFirst()
                .orElseThrow()
                .samples();
    }

    /** A hundred rows of a run that reports every signal there is. */
    private static List<StepSample> everything() {
        List<StepSample> samples = new ArrayList<>();
        for (int step = 0; step < 100; step++) {
            StepSample.Builder sample = StepSample.builder(EVERYTHING, step);
            for (Signal signal : Signal.values()) {
                sample.metric(signal.key(), 1 + 0.001 * (step % 7));
            }
            samples.add(sample.build());
        }
        return samples;
    }

    private static void publish(Stack stack, List<StepSample> samples) throws InterruptedException {
        try (TelemetryPublisher publisher = TelemetryPublisher.connect(stack.bootstrapServers())) {
            // A step a millisecond.
            long now = System.currentTimeMillis() - samples.size();
            for (StepSample sample : samples) {
                publisher.publish(Recording.copy(sample, sample.run(), now++));
            }
            assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();
        }
    }
}
