package io.foreshock.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.foreshock.board.Standing;
import io.foreshock.board.Told;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an Alertmanager is asked to take, second by second; a server that writes it down stands in for it. */
class AlertmanagerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> asked = new ArrayList<>();
    private final List<JsonNode> bodies = new ArrayList<>();
    private HttpServer server;
    private int status = 200;
    private String silences = "[]";
    private String alerts = "[]";
    private Alertmanager alertmanager;
    private long now = Told.at(40);

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/am/api/v2/", this::answer);
        server.start();
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/am/");
        alertmanager =
                new Alertmanager(new AlertmanagerApi(HttpClient.newHttpClient(), url, "Bearer a-token"), new Random(7));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String request = exchange.getRequestMethod() + " "
                + exchange.getRequestURI().getPath().substring("/am/api/v2".length());
        assertThat(exchange.getRequestHeaders().getFirst("Authorization")).isEqualTo("Bearer a-token");
        if (!request.startsWith("GET ")) {
            asked.add(request);
            if (status == 200) {
                bodies.add(JSON.readTree(body));
            }
        }
        String found = request.equals("GET /silences") ? silences : alerts;
        byte[] answer = found.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private static Incident spike(Severity severity, Status status, long step) {
        return Told.incident("llama", "loss_spike", severity, status, 40, step);
    }

    private void tell(Incident... incidents) throws InterruptedException {
        asked.clear();
        bodies.clear();
        alertmanager.tell(
                Stream.of(incidents)
                        .map(incident -> new Concern(
                                incident,
                                Standing.RUNNING,
                                true,
                                false,
                                Told.at(40),
                                Map.of("team", "pretraining"),
                                "http://page/runs/llama?incident=" + incident.id()))
                        .toList(),
                now);
    }

    private static String labels(JsonNode alert) {
        return alert.at("/labels/signature").asText() + " "
                + alert.at("/labels/severity").asText();
    }

    private long endsIn(JsonNode alert) {
        return (Instant.parse(alert.get("endsAt").asText()).toEpochMilli() - now) / 1_000;
    }

    @Test
    void anOpenIncidentIsAnAlertWithItsReason() throws InterruptedException {
        Incident open = spike(Severity.WARNING, Status.OPEN, 40);
        tell(open);

        assertThat(asked).containsExactly("POST /alerts");
        JsonNode alert = bodies.get(0).get(0);
        assertThat(JSON.convertValue(alert.get("labels"), Map.class))
                .isEqualTo(Map.of(
                        "alertname", "loss_spike",
                        "run", "llama",
                        "signature", "loss_spike",
                        "severity", "warning",
                        "incident", open.id(),
                        "story", open.id(),
                        "role", "cause",
                        "team", "pretraining"));
        assertThat(JSON.convertValue(alert.get("annotations"), Map.class))
                .isEqualTo(Map.of(
                        "summary", "loss_spike of llama",
                        "description", "loss is 9.5 nats, threshold 4.25 nats, since step 40.",
                        "advice", "Lower the learning rate",
                        "onset_step", "40",
                        "step", "40",
                        "page", "http://page/runs/llama?incident=" + open.id()));
        assertThat(alert.get("startsAt").asText())
                .isEqualTo(Instant.ofEpochMilli(Told.at(40)).toString());
        assertThat(alert.get("generatorURL").asText()).isEqualTo("http://page/runs/llama?incident=" + open.id());
        assertThat(endsIn(alert)).isEqualTo(300);
    }

    @Test
    void whatFollowsFromACauseIsToldASecondLater() throws InterruptedException {
        Incident cause = Told.incident("llama", "grad_norm_spike", Severity.WARNING, Status.OPEN, 39, 39);
        Incident follows = Told.following(spike(Severity.WARNING, Status.OPEN, 40), cause);
        tell(follows, cause);
        assertThat(bodies.get(0)).extracting(AlertmanagerTest::labels).containsExactly("grad_norm_spike warning");

        now += 1_000;
        tell(follows, cause);
        assertThat(bodies.get(0)).extracting(AlertmanagerTest::labels).containsExactly("loss_spike warning");
        assertThat(bodies.get(0).get(0).at("/labels/role").asText()).isEqualTo("consequence");
        assertThat(bodies.get(0).get(0).at("/labels/story").asText()).isEqualTo(cause.id());

        // And ends a second sooner.
        now += 90_000;
        Incident isOver = Told.incident("llama", "grad_norm_spike", Severity.WARNING, Status.RESOLVED, 39, 60);
        Incident followed = Told.resolved(follows);
        tell(followed, isOver);
        assertThat(bodies.get(0)).extracting(AlertmanagerTest::labels).containsExactly("loss_spike warning");
        now += 1_000;
        tell(followed, isOver);
        assertThat(bodies.get(0)).extracting(AlertmanagerTest::labels).containsExactly("grad_norm_spike warning");
    }

    @Test
    void itIsToldAgainEachMinuteAndAtOnceWhenItChanged() throws InterruptedException {
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        now += 59_999;
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        assertThat(asked).isEmpty();

        now += 1;
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        assertThat(asked).containsExactly("POST /alerts");
        assertThat(endsIn(bodies.get(0).get(0))).isEqualTo(300);

        now += 1_000;
        tell(spike(Severity.WARNING, Status.UPDATED, 45));
        assertThat(bodies.get(0).get(0).at("/annotations/step").asText()).isEqualTo("45");
    }

    @Test
    void aGraverOneTakesThePlaceOfTheMilder() throws InterruptedException {
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        now += 1_000;
        tell(spike(Severity.CRITICAL, Status.UPDATED, 41));

        assertThat(bodies.get(0))
                .extracting(alert -> labels(alert) + " ends in " + endsIn(alert))
                .containsExactlyInAnyOrder("loss_spike critical ends in 300", "loss_spike warning ends in 0");
    }

    @Test
    void itsEndIsToldForFiveMinutes() throws InterruptedException {
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        now += 90_000;
        Incident over = spike(Severity.WARNING, Status.RESOLVED, 60);
        tell(over);
        assertThat(endsIn(bodies.get(0).get(0))).isZero();

        for (int minute = 1; minute <= 5; minute++) {
            now += 60_000;
            tell(over);
            assertThat(endsIn(bodies.get(0).get(0))).isEqualTo(-60L * minute);
        }
        now += 60_000;
        tell(over);
        assertThat(asked).isEmpty();
    }

    @Test
    void oneThatIsOverAtOnceLastsAMinute() throws InterruptedException {
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        now += 59_000;
        tell(spike(Severity.WARNING, Status.RESOLVED, 41));
        assertThat(asked).isEmpty();

        now += 1_000;
        tell(spike(Severity.WARNING, Status.RESOLVED, 41));
        assertThat(endsIn(bodies.get(0).get(0))).isZero();
    }

    @Test
    void whatOpensAndEndsWhileItIsAwayIsToldWhenItReturns() throws InterruptedException {
        status = 503;
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        assertThat(alertmanager.tally())
                .isEqualTo(new Tally(
                        "alertmanager", "127.0.0.1:" + server.getAddress().getPort(), 0, 1, 1));
        now += 500;
        tell(spike(Severity.WARNING, Status.OPEN, 40));
        assertThat(asked).isEmpty();
        now += 600_000;
        tell(spike(Severity.WARNING, Status.RESOLVED, 60));
        assertThat(asked).isEmpty();

        status = 200;
        now += 60_000;
        tell(spike(Severity.WARNING, Status.RESOLVED, 60));
        assertThat(endsIn(bodies.get(0).get(0))).isEqualTo(300);
        assertThat(alertmanager.tally().pending()).isZero();
        now += 60_000;
        tell(spike(Severity.WARNING, Status.RESOLVED, 60));
        assertThat(endsIn(bodies.get(0).get(0))).isZero();
    }

    @Test
    void whatWasToldBeforeARestartEndsWhenItIsGraverOrOver() throws InterruptedException {
        Incident open = spike(Severity.CRITICAL, Status.UPDATED, 50);
        alerts = "[{\"labels\":{\"signature\":\"loss_spike\",\"severity\":\"warning\",\"incident\":\"" + open.id()
                + "\"},\"annotations\":{},\"startsAt\":\"2025-11-23T03:54:00.000Z\"},"
                + "{\"labels\":{\"signature\":\"loss_spike\",\"severity\":\"warning\",\"incident\":\"of-another\"},"
                + "\"annotations\":{},\"startsAt\":\"2025-11-23T03:54:00.000Z\"}]";
        tell(open);

        assertThat(bodies.get(0))
                .extracting(alert -> labels(alert) + " ends in " + endsIn(alert))
                .containsExactlyInAnyOrder("loss_spike critical ends in 300", "loss_spike warning ends in 0");
    }

    @Test
    void whatIsAcknowledgedIsSilencedOnceAndSoundsAgainWhenItIsNot() throws InterruptedException {
        Incident open = spike(Severity.WARNING, Status.OPEN, 40);
        tell(Told.acknowledged(open, "ada"));
        assertThat(asked).containsExactly("POST /alerts", "POST /silences");
        JsonNode silence = bodies.get(1);
        assertThat(silence.at("/matchers/0/name").asText()).isEqualTo("incident");
        assertThat(silence.at("/matchers/0/value").asText()).isEqualTo(open.id());
        assertThat(silence.get("createdBy").asText()).isEqualTo("foreshock");
        assertThat(silence.get("comment").asText()).isEqualTo("Acknowledged in Foreshock by ada: on it");

        silences = silence(open, "active");
        now += 61_000;
        tell(Told.acknowledged(open, "ada"));
        assertThat(asked).containsExactly("POST /alerts");

        now += 1_000;
        tell(open);
        assertThat(asked).contains("DELETE /silence/an-id");
    }

    @Test
    void aSilenceThatSomebodyEndsThereStaysEnded() throws InterruptedException {
        Incident muted = Told.muted(spike(Severity.WARNING, Status.OPEN, 40));
        tell(muted);
        silences = silence(muted, "active");
        now += 61_000;
        tell(muted);
        silences = silence(muted, "expired");
        now += 61_000;
        tell(muted);

        assertThat(asked).containsExactly("POST /alerts");
    }

    @Test
    void anAlertmanagerThatHasLostItsSilencesGetsThemAgain() throws InterruptedException {
        Incident muted = Told.muted(spike(Severity.WARNING, Status.OPEN, 40));
        tell(muted);
        silences = silence(muted, "active");
        now += 61_000;
        tell(muted);
        silences = "[]";
        now += 61_000;
        tell(muted);

        assertThat(asked).containsExactly("POST /alerts", "POST /silences");
    }

    @Test
    void whatOthersSilenceIsLeftAlone() throws InterruptedException {
        Incident open = spike(Severity.WARNING, Status.OPEN, 40);
        silences = silence(open, "active").replace("foreshock", "somebody");
        tell(open);

        assertThat(asked).containsExactly("POST /alerts");
    }

    private static String silence(Incident incident, String state) {
        return "[{\"id\":\"an-id\",\"createdBy\":\"foreshock\",\"status\":{\"state\":\"" + state
                + "\"},\"matchers\":[{\"name\":\"incident\",\"value\":\"" + incident.id() + "\"}]}]";
    }
}
