package io.foreshock.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.foreshock.board.Standing;
import io.foreshock.detect.Severity;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.incident.Story;
import io.foreshock.topics.SmallLog;
import io.foreshock.topics.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A receiver of every temper, second by second; what has arrived is noted on a real broker. */
class WebhookITCase {
    private static final Secret SECRET = Secret.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static EmbeddedKafka kafka;

    /** What the receiver answers next; 200 when there is nothing more. */
    private final Deque<Integer> answers = new ArrayDeque<>();
    /** Ids of what came, with the answer. */
    private final List<String> came = new ArrayList<>();

    private HttpServer receiver;
    private long now = 1_763_870_000_000L;
    private Webhook webhook;

    @BeforeAll
    static void broker() throws Exception {
        kafka = EmbeddedKafka.start();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            Topics.standard().ensure(admin);
        }
    }

    @AfterAll
    static void close() {
        kafka.close();
    }

    @BeforeEach
    void start() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", this::receive);
        receiver.start();
        webhook = webhook();
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
    }

    /** As after a restart. */
    private Webhook webhook() {
        return new Webhook(
                HttpClient.newHttpClient(),
                URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook?key=hidden"),
                SECRET,
                new WebhookPolicy(Severity.WARNING, Duration.ZERO),
                new SmallLog(
                        kafka.bootstrapServers(), Topics.standard().deliveries().name(), Map.of()),
                new Random(7));
    }

    private synchronized void receive(HttpExchange exchange) throws IOException {
        JsonNode body = new ObjectMapper().readTree(exchange.getRequestBody().readAllBytes());
        int answer = answers.isEmpty() ? 200 : answers.poll();
        String id = exchange.getRequestHeaders().getFirst("webhook-id");
        came.add(body.get("type").asText() + " " + id.substring(id.indexOf('-') + 1) + " " + answer);
        if (answer == 429) {
            exchange.getResponseHeaders().set("Retry-After", "120");
        }
        byte[] text = "whatever".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer, text.length);
        exchange.getResponseBody().write(text);
        exchange.close();
    }

    private static Concern spike(String run, Severity severity, Status status, long step) {
        String id = Incident.id(run, 0, "loss_spike", "loss", 40);
        Incident incident = new Incident(
                id,
                run,
                0,
                "loss_spike",
                "loss",
                1,
                severity,
                status,
                40,
                40,
                step,
                -1,
                9.5,
                4.25,
                "nats",
                null,
                "a spike",
                List.of(),
                new Story(null, id, true, List.of()),
                "",
                Incident.Window.EMPTY);
        return new Concern(incident, Standing.RUNNING, true, false, 0, Map.of(), "");
    }

    private void tell(Concern... concerns) throws InterruptedException {
        webhook.tell(List.of(concerns), now);
    }

    @Test
    void itIsTriedUntilItIsTakenAndThenNeverAgain() throws Exception {
        answers.addAll(List.of(500, 503));
        Concern open = spike("tried", Severity.WARNING, Status.OPEN, 40);
        tell(open);
        tell(open);
        assertThat(came).containsExactly("incident.opened 1-warning 500");
        assertThat(webhook.tally().pending()).isEqualTo(1);
        now += 1_000;
        tell(open);
        now += 2_000;
        tell(open);
        now += 60_000;
        tell(open);

        assertThat(came)
                .containsExactly(
                        "incident.opened 1-warning 500",
                        "incident.opened 1-warning 503",
                        "incident.opened 1-warning 200");
        assertThat(webhook.tally())
                .isEqualTo(new Tally(
                        "webhook", "127.0.0.1:" + receiver.getAddress().getPort(), 1, 2, 0));
    }

    @Test
    void oneThatAsksForAPauseGetsIt() throws Exception {
        answers.add(429);
        Concern open = spike("asked", Severity.WARNING, Status.OPEN, 40);
        tell(open);
        now += 119_999;
        tell(open);
        assertThat(came).containsExactly("incident.opened 1-warning 429");

        now += 1;
        tell(open);
        assertThat(came).containsExactly("incident.opened 1-warning 429", "incident.opened 1-warning 200");
    }

    @Test
    void aRefusalIsNotArguedWithAndHoldsUpNobody() throws Exception {
        answers.add(400);
        Concern refused = spike("refused", Severity.WARNING, Status.OPEN, 40);
        Concern other = spike("other", Severity.CRITICAL, Status.OPEN, 40);
        tell(refused, other);
        now += 600_000;
        tell(refused, other);

        assertThat(came).containsExactly("incident.opened 1-warning 400", "incident.opened 1-critical 200");
    }

    @Test
    void aRestartGoesOnWhereItWas() throws Exception {
        tell(spike("restarted", Severity.WARNING, Status.OPEN, 40));
        webhook = webhook();
        tell(spike("restarted", Severity.WARNING, Status.UPDATED, 45));
        tell(spike("restarted", Severity.CRITICAL, Status.UPDATED, 50));
        webhook = webhook();
        tell(spike("restarted", Severity.CRITICAL, Status.RESOLVED, 60));
        webhook = webhook();
        tell(spike("restarted", Severity.CRITICAL, Status.RESOLVED, 60));
        tell(spike("restarted", Severity.WARNING, Status.UPDATED, 80));

        assertThat(came)
                .containsExactly(
                        "incident.opened 1-warning 200",
                        "incident.escalated 1-critical 200",
                        "incident.resolved 1-resolved 200",
                        "incident.opened 2-warning 200");
    }

    @Test
    void whenNobodyAnswersEverythingWaitsAndComesInOrder() throws Exception {
        int port = receiver.getAddress().getPort();
        receiver.stop(0);
        tell(spike("away", Severity.WARNING, Status.OPEN, 40));
        now += 1_000;
        tell(
                spike("away", Severity.CRITICAL, Status.UPDATED, 50),
                spike("away-too", Severity.WARNING, Status.OPEN, 40));
        assertThat(webhook.tally().pending()).isEqualTo(2);

        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        receiver.createContext("/", this::receive);
        receiver.start();
        now += 60_000;
        tell(
                spike("away", Severity.CRITICAL, Status.UPDATED, 50),
                spike("away-too", Severity.WARNING, Status.OPEN, 40));
        assertThat(came).containsExactly("incident.opened 1-critical 200", "incident.opened 1-warning 200");
        assertThat(webhook.tally().pending()).isZero();
    }

    @Test
    void withoutItsTopicItSaysWhatToDo() {
        SmallLog missing = new SmallLog(kafka.bootstrapServers(), "other.deliveries", Map.of());

        assertThatThrownBy(() -> new Webhook(
                        HttpClient.newHttpClient(),
                        URI.create("http://127.0.0.1:1"),
                        SECRET,
                        WebhookPolicy.DEFAULT,
                        missing,
                        new Random(7)))
                .hasMessage("there is no topic other.deliveries at " + kafka.bootstrapServers()
                        + "; foreshock topics --create makes it");
    }
}
