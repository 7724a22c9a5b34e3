package io.foreshock.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** A real Prometheus that scrapes an exporter every second. */
public final class Prometheus implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String address;
    private final Program program;

    private Prometheus(String address, Program program) {
        this.address = address;
        this.program = program;
    }

    /**
     * Starts it.
     *
     * @param folder for its configuration and its data
     * @param exporterPort what it scrapes, as job foreshock
     * @param rules rule files that it evaluates every second
     */
    public static Prometheus start(Path folder, int exporterPort, List<Path> rules)
            throws IOException, InterruptedException {
        int port = Program.freePort();
        Path config = Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: %s
                scrape_configs:
                  - job_name: foreshock
                    static_configs: [{targets: ['127.0.0.1:%d']}]
                """.formatted(
                rules.stream().map(rule -> "'" + rule.toAbsolutePath() + "'").toList(), exporterPort));
        String address = "http://127.0.0.1:" + port;
        return new Prometheus(
                address,
                Program.start(
                        address + "/-/ready",
                        folder.resolve("prometheus.log"),
                        List.of(
                                "prometheus",
                                "--config.file=" + config,
                                "--storage.tsdb.path=" + folder.resolve("prometheus"),
                                "--web.listen-address=127.0.0.1:" + port)));
    }

    /** What a query gives now: a row a series. */
    public JsonNode query(String expression) throws IOException, InterruptedException {
        JsonNode answer = get("/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8));
        assertThat(answer.path("status").asText())
                .as("%s: %s", expression, answer)
                .isEqualTo("success");
        return answer.at("/data/result");
    }

    /** The sum of what a query gives now, or NaN if that is nothing. Quotes may be single. */
    public double sum(String expression) {
        try {
            JsonNode result = query(expression.replace('\'', '"'));
            return result.isEmpty()
                    ? Double.NaN
                    : StreamSupport.stream(result.spliterator(), false)
                            .mapToDouble(one -> one.at("/value/1").asDouble())
                            .sum();
        } catch (IOException e) {
            return Double.NaN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Double.NaN;
        }
    }

    /** How many series it holds that match, those that ended among them. Quotes may be single. */
    public int series(String matcher) throws IOException, InterruptedException {
        return get("/api/v1/series?match%5B%5D=" + URLEncoder.encode(matcher.replace('\'', '"'), UTF_8))
                .path("data")
                .size();
    }

    /** Names of the alerts that fire by its rules. */
    public List<String> firing() throws IOException, InterruptedException {
        return StreamSupport.stream(get("/api/v1/alerts").at("/data/alerts").spliterator(), false)
                .filter(alert -> alert.path("state").asText().equals("firing"))
                .map(alert -> alert.at("/labels/alertname").asText() + " "
                        + alert.at("/labels/run").asText())
                .map(String::strip)
                .toList();
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        return JSON.readTree(
                HTTP.send(HttpRequest.newBuilder(URI.create(address + path)).build(), BodyHandlers.ofString())
                        .body());
    }

    @Override
    public void close() {
        program.close();
    }
}
