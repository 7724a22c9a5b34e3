package io.foreshock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.judge.StepSignals;
import io.foreshock.live.Program;
import io.foreshock.telemetry.Signal;
import io.foreshock.wire.SignalsJson;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --openmetrics} writes, in a real Prometheus: every number at its own millisecond. */
class PrometheusITCase {
    private static final String RUN = "ramp_0.3_s3";
    private static final String WINDOW = "[30d]";

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private int port;

    @Test
    void replayedRunIsFoundInPrometheusAtItsOriginalTimes() throws Exception {
        Program.require("promtool", "prometheus");
        Program.require("prometheus", "prometheus");
        Path gauges = folder.resolve("gauges.om");
        Path signals = folder.resolve("signals.jsonl");
        assertThat(replay("runs/" + RUN + ".jsonl.gz", "--openmetrics", gauges, "--signals", signals))
                .isZero();

        Program.run(
                folder, List.of("promtool", "tsdb", "create-blocks-from", "openmetrics", gauges.toString(), data()));
        try (Program prometheus = start()) {
            List<StepSignals> rows = Files.readAllLines(signals).stream()
                    .map(line -> SignalsJson.read(line.getBytes(UTF_8)))
                    .toList();
            assertThat(rows).hasSize(1_000);
            long end = rows.get(rows.size() - 1).ts();
            for (Signal signal : List.of(Signal.LOSS, Signal.GRAD_NORM, Signal.ATTENTION_LOGIT_MAX, Signal.EVAL_LOSS)) {
                assertThat(query("foreshock_signal{run=\"" + RUN + "\",signal=\"" + signal.key() + "\"}", end))
                        .as(signal.key())
                        .isNotEmpty()
                        .isEqualTo(expected(rows, signal));
            }
            assertThat(query("foreshock_run_step{run=\"" + RUN + "\"}", end).values())
                    .containsExactlyElementsOf(
                            rows.stream().map(row -> (double) row.step()).toList());
            long found = rows.get(121).ts();
            Map<Long, Double> open = query(
                    "foreshock_incident_open{run=\"" + RUN
                            + "\",signature=\"attention_logit_growth\",severity=\"warning\"}",
                    end);
            assertThat(open.keySet().iterator().next()).isEqualTo(found);
            assertThat(open.get(found)).isEqualTo(1);
        }
    }

    private static TreeMap<Long, Double> expected(List<StepSignals> rows, Signal signal) {
        TreeMap<Long, Double> values = new TreeMap<>();
        for (StepSignals row : rows) {
            Double value = row.values().get(signal);
            if (value != null) {
                values.put(row.ts(), value);
            }
        }
        return values;
    }

    /** With all signatures; {@link Session} has two. */
    private static int replay(Object... arguments) {
        List<String> words = new ArrayList<>(List.of("replay"));
        Stream.of(arguments).map(String::valueOf).forEach(words::add);
        return Foreshock.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .execute(words.toArray(new String[0]));
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private Program start() throws Exception {
        port = Program.freePort();
        Path config = Files.writeString(folder.resolve("prometheus.yml"), "scrape_configs: []\n");
        return Program.start(
                "http://127.0.0.1:" + port + "/-/ready",
                folder.resolve("prometheus.log"),
                List.of(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + data(),
                        "--storage.tsdb.retention.time=100y",
                        "--web.listen-address=127.0.0.1:" + port));
    }

    /** All samples of one series up to this time, as they are stored. */
    private TreeMap<Long, Double> query(String series, long end) throws Exception {
        String body = http.send(
                        request("/api/v1/query?time=" + end / 1000.0 + "&query="
                                + URLEncoder.encode(series + WINDOW, UTF_8)),
                        BodyHandlers.ofString())
                .body();
        JsonNode result = new ObjectMapper().readTree(body).at("/data/result");
        assertThat(result).as(body).hasSize(1);
        TreeMap<Long, Double> samples = new TreeMap<>();
        for (JsonNode sample : result.get(0).get("values")) {
            samples.put(
                    Math.round(sample.get(0).asDouble() * 1000),
                    Double.parseDouble(sample.get(1).asText().replace("Inf", "Infinity")));
        }
        return samples;
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .build();
    }
}
