package io.foreshock.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.gateway.GatewaySettings;
import io.foreshock.http.Endpoint;
import io.foreshock.incident.Incident;
import io.foreshock.job.KafkaSettings;
import io.foreshock.wire.IncidentJson;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The gateway before a broker: what it acknowledges is there, once, and what it refuses is not. */
@Timeout(120)
class GatewayITCase {
    private static final Pattern CUT_OFF =
            Pattern.compile("foreshock_gateway_requests_total\\{code=\"408\",path=\"/v1/telemetry\"} (\\S+)");
    private static final String TEAM_A = "token-of-team-a-0123456789";
    private static final String CI = "token-of-ci-0123456789abcdef";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static EmbeddedKafka kafka;
    private static KafkaSettings job;
    private static AlertingGateway open;
    private static AlertingGateway guarded;

    @TempDir
    static Path directory;

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.start();
        job = KafkaSettings.of(kafka.bootstrapServers());
        ensureTopics(job);
        open = AlertingGateway.start(GatewaySettings.LOOPBACK, job);
        Path tokens = directory.resolve("tokens.yaml");
        Files.writeString(tokens, """
                tokens:
                  team-a: {token: %s, runs: ["llama-*"]}
                  ci: {token: %s, runs: ["*"]}
                """.formatted(TEAM_A, CI));
        guarded = AlertingGateway.start(new GatewaySettings(new Endpoint("127.0.0.1", 0), tokens, null), job);
        awaitUp(open);
        awaitUp(guarded);
    }

    @AfterAll
    static void stop() {
        guarded.close();
        open.close();
        kafka.close();
    }

    private static void ensureTopics(KafkaSettings settings) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.bootstrapServers()))) {
            settings.topics().ensure(admin);
        }
    }

    private static void awaitUp(AlertingGateway gateway) throws InterruptedException {
        Judged.await(Duration.ofSeconds(30), () -> get(gateway, "/health").statusCode() == 200);
        assertThat(get(gateway, "/health").body()).isEqualTo("{\"status\":\"up\"}");
    }

    private static HttpRequest.Builder request(AlertingGateway gateway, String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(gateway.address() + path)).timeout(Duration.ofSeconds(30));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static HttpResponse<String> get(AlertingGateway gateway, String path, String... headers) {
        return send(request(gateway, path, headers).GET());
    }

    private static HttpResponse<String> post(AlertingGateway gateway, String body, String... headers) {
        return send(request(gateway, "/v1/telemetry", headers).POST(BodyPublishers.ofString(body)));
    }

    private static String event(String run, int step) {
        return "{\"run\":\"" + run + "\",\"step\":" + step + ",\"metrics\":{\"loss\":2.5}}";
    }

    private static List<String> topic(String run) {
        return TopicText.of(kafka.bootstrapServers(), job.topics().telemetry().name(), run);
    }

    private static byte[] gzip(String text) throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(text.getBytes(UTF_8));
        }
        return packed.toByteArray();
    }

    /** One connection, from first byte to last. */
    private static String raw(AlertingGateway gateway, String request) throws Exception {
        URI address = URI.create(gateway.address());
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(TopicText.ascii(request));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String detail) {
        assertThat(answer.body()).contains(detail);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains("\"status\":" + status);
    }

    @Test
    void whatIsAcknowledgedIsOnTheTopicInEachForm() throws Exception {
        String run = "forms";
        assertThat(post(open, event(run, 1)).body()).isEqualTo("{\"accepted\":1,\"rejected\":[]}");
        assertThat(topic(run)).containsExactly(event(run, 1));
        post(open, "[" + event(run, 2) + "," + event(run, 3) + "]");
        assertThat(topic(run)).hasSize(3).endsWith(event(run, 2), event(run, 3));
        post(open, event(run, 4) + "\n" + event(run, 5) + "\n");
        assertThat(topic(run)).hasSize(5).endsWith(event(run, 5));
        HttpResponse<String> packed = send(request(open, "/v1/telemetry", "Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(gzip(event(run, 6)))));
        assertThat(packed.statusCode()).isEqualTo(200);
        assertThat(packed.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(topic(run)).hasSize(6).endsWith(event(run, 6));
        assertThat(post(open, "[]").body()).isEqualTo("{\"accepted\":0,\"rejected\":[]}");
    }

    @Test
    void eventsThatNameNoRunAreOfTheAddress() {
        String bare = "{\"step\":1,\"metrics\":{\"loss\":2.5}}";
        HttpResponse<String> answer = send(request(open, "/v1/telemetry?run=of%20address")
                .POST(BodyPublishers.ofString(bare + "\n" + event("own run", 2))));
        assertThat(answer.body()).isEqualTo("{\"accepted\":2,\"rejected\":[]}");
        assertThat(topic("of address")).containsExactly(bare);
        assertThat(topic("own run")).containsExactly(event("own run", 2));
        assertThat(post(open, bare).body()).contains("\"accepted\":0", "\"reason\":\"no_run\"");
        assertProblem(
                send(request(open, "/v1/telemetry?run=" + "x".repeat(257)).POST(BodyPublishers.ofString(bare))),
                400,
                "run must have at most 256 characters");
    }

    @Test
    void whatIsWrongWithOneEventSpoilsNoneBesideIt() {
        HttpResponse<String> answer =
                post(open, "[" + event("items", 1) + ",{\"run\":\"items\",\"step\":1.5},7," + event("items", 2) + "]");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .startsWith("{\"accepted\":2,\"rejected\":[{\"index\":1,\"reason\":\"bad_step\","
                        + "\"detail\":\"step must be an integer >= 0, got 1.5\"},{\"index\":2,\"reason\":\"not_json\"");
        assertThat(topic("items")).containsExactly(event("items", 1), event("items", 2));
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() throws Exception {
        assertProblem(post(open, ""), 400, "the body is empty");
        assertProblem(post(open, "[" + event("wrong", 1)), 400, "no comma or closing bracket behind item 0");
        assertProblem(post(open, event("wrong", 1), "Content-Encoding", "gzip"), 400, "no gzip");
        assertProblem(post(open, event("wrong", 1), "Content-Encoding", "br"), 415, "\\\"br\\\"");
        assertProblem(post(open, event("wrong", 1), "Idempotency-Key", "a b"), 400, "Idempotency-Key");
        assertProblem(post(open, "1\n".repeat(10_001)), 413, "at most 10000 events");
        assertProblem(get(open, "/nothing"), 404, "nothing is at /nothing");
        assertProblem(get(open, "/v1/telemetry"), 405, "");
        assertProblem(get(open, "/v1/alerts"), 400, "run must name a run");
        assertProblem(send(request(open, "/v1/telemetry").method("OPTIONS", BodyPublishers.noBody())), 405, "");
        assertProblem(send(request(open, "/v1/telemetry").DELETE()), 405, "");
        HttpResponse<String> huge = send(request(open, "/v1/telemetry", "Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(gzip(" ".repeat(33 << 20)))));
        assertProblem(huge, 413, "at most 32 MiB unpacked");
        assertThat(topic("wrong")).isEmpty();
    }

    @Test
    void requestsAreCountedWhateverTheAnswer() {
        post(open, "");
        get(open, "/v1/telemetry");
        String figures = get(open, "/metrics").body();
        assertThat(figures)
                .contains("foreshock_gateway_requests_total{code=\"400\",path=\"/v1/telemetry\"}")
                .contains("foreshock_gateway_requests_total{code=\"405\",path=\"/v1/telemetry\"}")
                .contains("foreshock_gateway_kafka_up 1.0");
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedWhileItIsSent() throws Exception {
        String head = "POST /v1/telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n";
        URI address = URI.create(open.address());
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(TopicText.ascii(head));
            socket.getOutputStream().write(new byte[(8 << 20) + 1]);
            assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine())
                    .isEqualTo("HTTP/1.1 413 Payload Too Large");
        }
    }

    @Test
    void theSameKeyIsTheSameRequest() {
        String run = "keyed";
        String first = post(open, event(run, 1), "Idempotency-Key", "k1").body();
        assertThat(post(open, event(run, 1), "Idempotency-Key", "k1").body()).isEqualTo(first);
        assertProblem(post(open, event(run, 2), "Idempotency-Key", "k1"), 422, "used for another body");
        assertThat(topic(run)).containsExactly(event(run, 1));
        post(guarded, event(run, 2), "Idempotency-Key", "k1", "Authorization", "Bearer " + CI);
        assertThat(topic(run)).hasSize(2);
    }

    @Test
    void aTokenIsForItsRunsAndNothingOfAMixedBodyIsWritten() {
        HttpResponse<String> none = post(guarded, event("llama-1", 1));
        assertProblem(none, 401, "none came");
        assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertProblem(post(guarded, event("llama-1", 1), "Authorization", "Bearer " + CI + "x"), 401, "is not known");
        HttpResponse<String> mixed =
                post(guarded, event("llama-1", 1) + "\n" + event("theirs", 1), "Authorization", "Bearer " + TEAM_A);
        assertProblem(mixed, 403, "the token of team-a is not for run \\\"theirs\\\"");
        assertThat(mixed.body()).doesNotContain(TEAM_A);
        assertThat(topic("llama-1")).isEmpty();
        assertThat(post(guarded, event("llama-1", 1), "Authorization", "Bearer " + TEAM_A)
                        .body())
                .isEqualTo("{\"accepted\":1,\"rejected\":[]}");
        assertProblem(get(guarded, "/v1/alerts?run=theirs", "Authorization", "Bearer " + TEAM_A), 403, "theirs");
        assertProblem(get(guarded, "/v1/alerts?run=llama-1"), 401, "none came");
    }

    @Test
    void pagesOfTheWebCannotSend() throws Exception {
        assertProblem(post(open, event("web", 1), "Origin", "https://evil.example"), 403, "pages of the web");
        for (String host : List.of("evil.example", "evil.example:8088", "127.0.0.1.evil.example")) {
            String body = event("web", 2);
            assertThat(raw(
                            open,
                            "POST /v1/telemetry HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body))
                    .startsWith("HTTP/1.1 403 ");
        }
        assertThat(topic("web")).isEmpty();
    }

    @Test
    void oldAndUnusualButLegalRequestsAreAnswered() throws Exception {
        String body = event("raw", 1);
        assertThat(raw(
                        open,
                        "POST /v1/telemetry HTTP/1.0\r\nHost: localhost\r\nContent-Length: " + body.length()
                                + "\r\n\r\n" + body))
                .startsWith("HTTP/1.1 200 OK")
                .endsWith("{\"accepted\":1,\"rejected\":[]}");
        String chunked = event("raw", 2);
        assertThat(raw(
                        open,
                        "POST /v1/telemetry HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"
                                + chunked.substring(0, 5) + "\r\n" + Integer.toHexString(chunked.length() - 5) + "\r\n"
                                + chunked.substring(5) + "\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK");
        URI address = URI.create(open.address());
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(20_000);
            String expecting = event("raw", 3);
            socket.getOutputStream()
                    .write(TopicText.ascii(
                            "POST /v1/telemetry HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
                                    + expecting.length() + "\r\n\r\n"));
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            assertThat(in.readLine()).isEqualTo("HTTP/1.1 100 Continue");
            socket.getOutputStream().write(TopicText.ascii(expecting));
            in.readLine();
            assertThat(in.readLine()).isEqualTo("HTTP/1.1 200 OK");
        }
        assertThat(topic("raw")).containsExactly(event("raw", 1), event("raw", 2), event("raw", 3));
    }

    @Test
    void aSenderThatGoesAwayInTheMidstLeavesNothing() throws Exception {
        URI address = URI.create(open.address());
        String body = event("gone", 1);
        int before = cutOff();
        for (int i = 0; i < 20; i++) {
            try (Socket socket = new Socket(address.getHost(), address.getPort())) {
                socket.getOutputStream()
                        .write(TopicText.ascii("POST /v1/telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                                + (body.length() + 1) + "\r\n\r\n" + body));
            }
        }
        Judged.await(Duration.ofSeconds(20), () -> cutOff() == before + 20);
        assertThat(cutOff()).as("each was noticed").isEqualTo(before + 20);
        assertThat(get(open, "/metrics").body()).contains("foreshock_gateway_held_bytes 0.0");
        assertThat(topic("gone")).isEmpty();
    }

    /** Requests whose body did not arrive, so far. */
    private static int cutOff() {
        Matcher count = CUT_OFF.matcher(get(open, "/metrics").body());
        return count.find() ? (int) Double.parseDouble(count.group(1)) : 0;
    }

    /** More of them than the server has threads. */
    @Test
    void sendersThatStopHalfwayKeepNobodyElseWaiting() throws Exception {
        URI address = URI.create(open.address());
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 400; i++) {
                Socket socket = new Socket(address.getHost(), address.getPort());
                slow.add(socket);
                socket.getOutputStream()
                        .write(TopicText.ascii(
                                "POST /v1/telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"));
            }
            for (int step = 0; step < 20; step++) {
                HttpResponse<String> answer = send(request(open, "/v1/telemetry")
                        .timeout(Duration.ofSeconds(8))
                        .POST(BodyPublishers.ofString(event("patient", step))));
                assertThat(answer.statusCode()).isEqualTo(200);
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        assertThat(topic("patient")).hasSize(20);
    }

    @Test
    void alertsAreToldFirstWhatIsKnownThenWhatComes() throws Exception {
        Recording ramp = Recording.read(Path.of("runs")).stream()
                .filter(recording -> recording.run().equals("ramp_0.3_s3"))
                .findFirst()
                .orElseThrow();
        List<Incident> changes = Judged.changes(ramp.samples());
        assertThat(changes).hasSizeGreaterThan(1);
        tell(changes.get(0));
        try (InputStream stream = HTTP.send(
                        request(open, "/v1/alerts?run=ramp_0.3_s3").GET().build(), BodyHandlers.ofInputStream())
                .body()) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(stream, UTF_8));
            assertThat(lines.readLine()).isEqualTo(text(changes.get(0)));
            assertThat(lines.readLine()).as("that was all that is known").isEmpty();
            for (Incident change : changes.subList(1, changes.size())) {
                tell(change);
                assertThat(lines.readLine()).isEqualTo(text(change));
            }
            assertThat(get(open, "/metrics").body()).contains("foreshock_gateway_alert_listeners 1.0");
            assertThat(lines.readLine()).as("a sign of life").isEmpty();
        }
    }

    @Test
    void listenersHaveABoundAndAreLetGoWhenItCloses() throws Exception {
        AlertingGateway gateway = AlertingGateway.start(GatewaySettings.LOOPBACK, job);
        URI address = URI.create(gateway.address());
        List<Socket> listeners = new ArrayList<>();
        try {
            for (int i = 0; i <= 256; i++) {
                Socket socket = new Socket(address.getHost(), address.getPort());
                listeners.add(socket);
                socket.setSoTimeout(30_000);
                socket.getOutputStream()
                        .write(TopicText.ascii("GET /v1/alerts?run=r HTTP/1.1\r\nHost: localhost\r\n\r\n"));
                assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine())
                        .isEqualTo(i < 256 ? "HTTP/1.1 200 OK" : "HTTP/1.1 503 Service Unavailable");
            }
            gateway.close();
            for (Socket socket : listeners) {
                assertThat(socket.getInputStream().readAllBytes()).isNotNull();
            }
        } finally {
            gateway.close();
            for (Socket socket : listeners) {
                socket.close();
            }
        }
    }

    private static void tell(Incident incident) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            job.topics().alerts().name(), IncidentJson.key(incident), IncidentJson.write(incident)))
                    .get();
        }
    }

    private static String text(Incident incident) {
        return new String(IncidentJson.write(incident), UTF_8);
    }

    @Test
    void openTelemetryMetricsBecomeEvents() {
        String json = """
                {"resourceMetrics":[{"resource":{"attributes":[{"key":"foreshock.run","value":{"stringValue":"otlp"}}]},
                "scopeMetrics":[{"metrics":[{"name":"loss","gauge":{"dataPoints":[{"asDouble":2.5,"attributes":
                [{"key":"step","value":{"intValue":"7"}}]}]}}]}]}]}""";
        HttpResponse<String> answer = send(
                request(open, "/v1/metrics", "Content-Type", "application/json").POST(BodyPublishers.ofString(json)));
        assertThat(answer.body().strip()).isEqualTo("{\n}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(topic("otlp")).containsExactly("{\"run\":\"otlp\",\"step\":7,\"metrics\":{\"loss\":2.5}}");
        assertProblem(
                send(request(open, "/v1/metrics", "Content-Type", "text/plain").POST(BodyPublishers.ofString(json))),
                415,
                "text/plain");
    }

    @Test
    void aBrokerThatIsAwayCostsNoEventAndDoublesNone() throws Exception {
        Path data = directory.resolve("away");
        EmbeddedKafka broker = EmbeddedKafka.start(data, 0);
        int port = broker.port();
        KafkaSettings settings = KafkaSettings.of(broker.bootstrapServers());
        ensureTopics(settings);
        try (AlertingGateway gateway = AlertingGateway.start(GatewaySettings.LOOPBACK, settings)) {
            awaitUp(gateway);
            assertThat(post(gateway, event("away", 0), "Idempotency-Key", "k0").statusCode())
                    .isEqualTo(200);
            broker.close();
            // The broker was heard a moment ago, so this one is taken, and hangs.
            HttpResponse<String> pending = post(gateway, event("away", 1), "Idempotency-Key", "k1");
            assertThat(pending.statusCode()).isEqualTo(503);
            assertThat(pending.headers().firstValue("Retry-After")).hasValue("2");
            Judged.await(Duration.ofSeconds(30), () -> get(gateway, "/health").statusCode() == 503);
            assertThat(send(request(gateway, "/health").method("HEAD", BodyPublishers.noBody()))
                            .statusCode())
                    .isEqualTo(503);
            HttpResponse<String> away = post(gateway, event("away", 2), "Idempotency-Key", "k2");
            assertProblem(
                    away, 503, "no Kafka answers at 127.0.0.1:" + port + "; keep what you have and send it again");
            assertThat(get(gateway, "/metrics").body()).contains("foreshock_gateway_kafka_up 0.0");

            broker = EmbeddedKafka.start(data, port);
            awaitUp(gateway);
            assertThat(send(request(gateway, "/health").method("HEAD", BodyPublishers.noBody()))
                            .statusCode())
                    .isEqualTo(200);
            for (int step = 0; step < 3; step++) {
                HttpResponse<String> again = post(gateway, event("away", step), "Idempotency-Key", "k" + step);
                assertThat(again.body()).isEqualTo("{\"accepted\":1,\"rejected\":[]}");
            }
            assertThat(TopicText.of(
                            broker.bootstrapServers(),
                            settings.topics().telemetry().name(),
                            "away"))
                    .containsExactly(event("away", 0), event("away", 1), event("away", 2));
        } finally {
            broker.close();
        }
    }

    @Test
    void whoIsOnTheWayWhenItClosesIsAnsweredAndNothingAcknowledgedIsLost() throws Exception {
        AlertingGateway gateway = AlertingGateway.start(GatewaySettings.LOOPBACK, job);
        awaitUp(gateway);
        URI address = URI.create(gateway.address());
        String body = event("closing", 0);
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        try (Socket halfway = new Socket(address.getHost(), address.getPort())) {
            halfway.setSoTimeout(20_000);
            halfway.getOutputStream()
                    .write(TopicText.ascii("POST /v1/telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body.substring(0, 5)));
            for (int step = 1; step <= 200; step++) {
                answers.add(HTTP.sendAsync(
                        request(gateway, "/v1/telemetry")
                                .POST(BodyPublishers.ofString(event("closing", step)))
                                .build(),
                        BodyHandlers.ofString()));
            }
            // The server knows of the one that is halfway: others came after it and are answered.
            answers.get(0).join();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(gateway::close);
            halfway.getOutputStream().write(TopicText.ascii(body.substring(5)));
            assertThat(new BufferedReader(new InputStreamReader(halfway.getInputStream(), UTF_8)).readLine())
                    .isEqualTo("HTTP/1.1 200 OK");
            closing.join();
        }
        List<String> arrived = topic("closing");
        assertThat(arrived).doesNotHaveDuplicates().contains(body);
        int acknowledged = 0;
        for (int step = 1; step <= answers.size(); step++) {
            CompletableFuture<HttpResponse<String>> answer = answers.get(step - 1);
            if (answer.handle((got, error) -> got != null && got.statusCode() == 200)
                    .join()) {
                acknowledged++;
                assertThat(arrived).contains(event("closing", step));
            }
        }
        assertThat(acknowledged).isPositive();
    }

    @Test
    void aRenewedCertificateIsUsedWithoutARestart() throws Exception {
        Program.require("openssl", "openssl");
        Path certificate = directory.resolve("server.pem");
        Path key = directory.resolve("server.key");
        X509Certificate first = certify(certificate, key, "first");
        GatewaySettings settings =
                new GatewaySettings(new Endpoint("127.0.0.1", 0), null, new GatewaySettings.Tls(certificate, key));
        try (AlertingGateway gateway = AlertingGateway.start(settings, job)) {
            assertThat(gateway.address()).startsWith("https://");
            URI address = URI.create(gateway.address());
            assertThat(shown(address, first)).isEqualTo(first);

            X509Certificate second = certify(certificate, key, "second");
            Judged.await(Duration.ofSeconds(20), () -> second.equals(shown(address, second)));
            assertThat(shown(address, second)).isEqualTo(second);

            Files.writeString(certificate, "-----BEGIN CERTIFICATE-----\nnonsense\n");
            assertThat(shown(address, second)).isEqualTo(second);
        }
    }

    private static X509Certificate certify(Path certificate, Path key, String name) throws Exception {
        Program.run(
                directory,
                List.of(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=" + name,
                        "-addext",
                        "subjectAltName=IP:127.0.0.1",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString()));
        try (InputStream in = Files.newInputStream(certificate)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    /** The certificate that the server shows to one that trusts this one, or null if it shows another. */
    private static X509Certificate shown(URI address, X509Certificate trusted) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("server", trusted);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            try (SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(address.getHost(), address.getPort())) {
                socket.startHandshake();
                return (X509Certificate) socket.getSession().getPeerCertificates()[0];
            }
        } catch (Exception e) {
            return null;
        }
    }
}
