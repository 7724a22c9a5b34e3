package io.foreshock.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signatures;
import io.foreshock.embedded.Stack;
import io.foreshock.exporter.Exporter;
import io.foreshock.exporter.ExporterSettings;
import io.foreshock.notify.NotifySettings;
import io.foreshock.notify.Secret;
import io.foreshock.notify.WebhookPolicy;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsReader;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two recorded runs, live: from telemetry in Kafka to the alert in a real Alertmanager, its message in the form of Slack's, the
 * series in a real Prometheus and the signed webhook. What is told is killed on the way and comes back.
 */
class NotificationsITCase {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String SPIKE = "spike_random1_s20";
    private static final String RAMP = "ramp_0.3_s3";
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir
    Path folder;

    /** What came to the webhook: its id and what it says. */
    private final List<String> webhooks = new CopyOnWriteArrayList<>();
    /** Titles of the messages that Alertmanager sent to Slack. */
    private final List<JsonNode> slack = new CopyOnWriteArrayList<>();

    private HttpServer receiver;
    private int alertmanagerPort;
    private int exporterPort;
    private Stack stack;

    @BeforeEach
    void start() throws Exception {
        Program.require("prometheus", "prometheus");
        Program.require("prometheus-alertmanager", "prometheus-alertmanager");
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", this::receive);
        receiver.start();
        alertmanagerPort = Program.freePort();
        exporterPort = Program.freePort();
        Settings labels = SettingsReader.read(
                "labels", "labels: {'spike*': {team: pretraining}, 'ramp*': {team: research}}", Signatures.all());
        stack = Stack.start(Stack.Settings.PASSING, labels, told -> {});
    }

    @AfterEach
    void stop() {
        if (stack != null) {
            stack.close();
            receiver.stop(0);
        }
    }

    @Test
    void anAlertArrivesGrowsGraverAndResolvesThroughEveryAbsence() throws Exception {
        List<StepSample> spike = recorded(SPIKE);
        List<StepSample> ramp = recorded(RAMP);
        Program alertmanager = alertmanager();
        try (Prometheus prometheus = Prometheus.start(
                folder, exporterPort, List.of(Path.of("../dashboards/prometheus/foreshock-incidents.rules.yml")))) {
            Exporter exporter = exporter();

            publish(spike.subList(0, 405));
            await(() -> titles().contains("WARNING: " + SPIKE + ": grad_norm_spike"));
            JsonNode told = message("WARNING: " + SPIKE + ": grad_norm_spike");
            assertThat(told.get("text").asText())
                    .contains("• ", "incident ", "<http://page:8080/runs/" + SPIKE + "?incident=", "since step 400");
            assertThat(told.get("color").asText()).isEqualTo("warning");
            await(() -> webhooks.size() == 1);
            await(() ->
                    prometheus.sum("foreshock_incidents_open{run='" + SPIKE + "',signature='grad_norm_spike'}") == 1);
            // What follows from the spike is there, and calls nobody.
            assertThat(alerts(SPIKE))
                    .containsExactlyInAnyOrder(
                            "grad_norm_spike warning active pretraining", "loss_spike warning suppressed pretraining");

            alertmanager.close();
            exporter.close();
            publish(spike.subList(405, 600));
            publish(ramp.subList(0, 125));
            exporter = exporter();
            await(() -> prometheus.sum("foreshock_notifications_total{receiver='alertmanager',outcome='failed'}") > 0);
            await(() -> webhooks.size() == 3);
            alertmanager = alertmanager();
            await(() -> titles().contains("WARNING: " + RAMP + ": attention_logit_growth"));

            exporter.close();
            publish(ramp.subList(125, ramp.size()));
            exporter = exporter();
            await(() -> titles().contains("CRITICAL: " + RAMP + ": attention_logit_growth"));
            await(() -> titles().contains("Resolved: " + SPIKE + ": grad_norm_spike"));
            await(() -> webhooks.size() == 4);
            await(() -> prometheus.sum("foreshock_incidents_open{run='" + RAMP
                            + "',signature='attention_logit_growth',severity='critical'}")
                    == 1);
            assertThat(alerts(RAMP))
                    .contains("attention_logit_growth critical active research")
                    .allMatch(alert ->
                            alert.startsWith("attention_logit_growth critical active") || alert.contains("suppressed"));
            await(() -> firing(prometheus).contains("ForeshockCritical " + RAMP));
            exporter.close();

            assertThat(webhooks)
                    .containsExactlyInAnyOrder(
                            "incident.opened grad_norm_spike warning open 400 pretraining",
                            "incident.resolved grad_norm_spike warning resolved 412 pretraining",
                            "incident.opened attention_logit_growth warning open 121 research",
                            "incident.escalated attention_logit_growth critical updated research");
            assertThat(titles())
                    .containsExactlyInAnyOrder(
                            "WARNING: " + SPIKE + ": grad_norm_spike",
                            "WARNING: " + RAMP + ": attention_logit_growth",
                            "CRITICAL: " + RAMP + ": attention_logit_growth",
                            "Resolved: " + SPIKE + ": grad_norm_spike");
        } finally {
            alertmanager.close();
        }
    }

    private Exporter exporter() throws IOException {
        return Exporter.start(
                ExporterSettings.LOOPBACK.withPort(exporterPort),
                new NotifySettings(
                        List.of(URI.create("http://127.0.0.1:" + alertmanagerPort)),
                        null,
                        URI.create(address() + "/webhook"),
                        Secret.of(SECRET),
                        new WebhookPolicy(Severity.WARNING, Duration.ZERO),
                        URI.create("http://page:8080")),
                stack.page(),
                Signatures.all());
    }

    /** With the configuration that comes with Foreshock, but quicker. */
    private Program alertmanager() throws Exception {
        Files.writeString(folder.resolve("slack_url"), address() + "/slack");
        Files.copy(
                Path.of("alertmanager/foreshock.tmpl"),
                folder.resolve("foreshock.tmpl"),
                StandardCopyOption.REPLACE_EXISTING);
        String config = Files.readString(Path.of("alertmanager/alertmanager.yml"))
                .replace(
                        "/etc/alertmanager/secrets/slack_url",
                        folder.resolve("slack_url").toString())
                .replaceAll("group_wait: .*", "group_wait: 1s")
                .replaceAll("group_interval: .*", "group_interval: 1s");
        Path file = Files.writeString(folder.resolve("alertmanager.yml"), config);
        return Program.start(
                "http://127.0.0.1:" + alertmanagerPort + "/-/ready",
                folder.resolve("alertmanager.log"),
                List.of(
                        "prometheus-alertmanager",
                        "--config.file=" + file,
                        "--storage.path=" + folder.resolve("alertmanager"),
                        "--web.listen-address=127.0.0.1:" + alertmanagerPort,
                        "--cluster.listen-address="));
    }

    private String address() {
        return "http://127.0.0.1:" + receiver.getAddress().getPort();
    }

    private void receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        JsonNode message = JSON.readTree(body);
        if (exchange.getRequestURI().getPath().equals("/slack")) {
            slack.add(message.at("/attachments/0"));
        } else {
            JsonNode data = message.get("data");
            String last = data.get("status").asText();
            webhooks.add(String.join(
                            " ",
                            message.get("type").asText(),
                            data.get("signature").asText(),
                            data.get("severity").asText(),
                            last,
                            last.equals("updated") ? "" : data.get("step").asText(),
                            data.at("/labels/team").asText(),
                            isSigned(exchange, body) ? "" : "with a wrong signature")
                    .replace("  ", " ")
                    .strip());
        }
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    /** As a receiver checks it who knows the specification and nothing of Foreshock. */
    private static boolean isSigned(HttpExchange exchange, byte[] body) {
        String id = exchange.getRequestHeaders().getFirst("webhook-id");
        String time = exchange.getRequestHeaders().getFirst("webhook-timestamp");
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET.substring("whsec_".length())), "HmacSHA256"));
            mac.update((id + "." + time + ".").getBytes(UTF_8));
            return ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body)))
                    .equals(exchange.getRequestHeaders().getFirst("webhook-signature"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> firing(Prometheus prometheus) {
        try {
            return prometheus.firing();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private List<String> titles() {
        return slack.stream().map(message -> message.get("title").asText()).toList();
    }

    private JsonNode message(String title) {
        return slack.stream()
                .filter(message -> message.get("title").asText().equals(title))
                .findFirst()
                .orElseThrow();
    }

    /** The run's alerts as Alertmanager has them: signature, severity, state, team. */
    private List<String> alerts(String run) throws IOException, InterruptedException {
        List<String> alerts = new ArrayList<>();
        for (JsonNode alert : JSON.readTree(get("http://127.0.0.1:" + alertmanagerPort + "/api/v2/alerts?filter="
                + URLEncoder.encode("run=\"" + run + "\"", UTF_8)))) {
            alerts.add(String.join(
                    " ",
                    alert.at("/labels/signature").asText(),
                    alert.at("/labels/severity").asText(),
                    alert.at("/status/state").asText(),
                    alert.at("/labels/team").asText()));
        }
        return alerts;
    }

    private static String get(String address) throws IOException, InterruptedException {
        return HTTP.send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
                .body();
    }

    private interface Condition {
        boolean holds();
    }

    private void await(Condition condition) throws InterruptedException {
        Judged.await(PATIENCE, condition::holds);
        assertThat(condition.holds())
                .as("webhooks %s, slack %s", webhooks, titles())
                .isTrue();
    }

    private static List<StepSample> recorded(String run) throws IOException {
        return Recording.read(Path.of("runs")).stream()
                .filter(recording -> recording.run().equals(run))
                .findFirst()
                .orElseThrow()
                .samples();
    }

    private void publish(List<StepSample> samples) throws InterruptedException {
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
