package io.foreshock.notify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What Foreshock needs of Alertmanager's API v2 (github.com/prometheus/alertmanager, api/v2/openapi.yaml). */
final class AlertmanagerApi {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String US = "foreshock";
    private static final String INCIDENT = "incident";

    private final HttpClient client;
    private final String base;
    private final String address;
    private final @Nullable String authorization;

    /** An alert with its end, epoch milliseconds. */
    record Posted(Alert alert, long endsAt) {}

    /**
     * A silence of ours.
     *
     * @param id its id there
     * @param incident what it silences
     * @param isOver whether it silences no more
     */
    record Silence(String id, String incident, boolean isOver) {}

    /**
     * @param url where it is, with the prefix of its paths if it has one
     * @param authorization value of the header, or null
     */
    AlertmanagerApi(HttpClient client, URI url, @Nullable String authorization) {
        this.client = client;
        this.base = url.toString().replaceAll("/+$", "") + "/api/v2";
        this.address = url.getRawAuthority();
        this.authorization = authorization;
    }

    /** Host and port. */
    String address() {
        return address;
    }

    /** What it has of incidents, firing or silenced. */
    List<Alert> alerts() throws IOException, InterruptedException {
        List<Alert> alerts = new ArrayList<>();
        for (JsonNode alert : JSON.readTree(ask("GET", "/alerts?filter=" + INCIDENT + "%3D~%22.%2B%22", null))) {
            alerts.add(new Alert(
                    texts(alert.path("labels")),
                    texts(alert.path("annotations")),
                    Instant.parse(alert.path("startsAt").asText()).toEpochMilli(),
                    alert.path("generatorURL").asText()));
        }
        return alerts;
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new TreeMap<>();
        object.properties()
                .forEach(text -> texts.put(text.getKey(), text.getValue().asText()));
        return texts;
    }

    void post(List<Posted> alerts) throws IOException, InterruptedException {
        ArrayNode body = JSON.createArrayNode();
        for (Posted posted : alerts) {
            Alert alert = posted.alert();
            ObjectNode node = body.addObject();
            node.set("labels", JSON.valueToTree(alert.labels()));
            node.set("annotations", JSON.valueToTree(alert.annotations()));
            node.put("startsAt", time(Math.min(alert.startsAt(), posted.endsAt())));
            node.put("endsAt", time(posted.endsAt()));
            if (!alert.page().isEmpty()) {
                node.put("generatorURL", alert.page());
            }
        }
        ask("POST", "/alerts", body);
    }

    /** The silences that Foreshock has made, those of the last days that are over among them. */
    List<Silence> silences() throws IOException, InterruptedException {
        List<Silence> ours = new ArrayList<>();
        for (JsonNode silence : JSON.readTree(ask("GET", "/silences", null))) {
            JsonNode matcher = silence.path("matchers").path(0);
            if (silence.path("createdBy").asText().equals(US)
                    && matcher.path("name").asText().equals(INCIDENT)) {
                ours.add(new Silence(
                        silence.path("id").asText(),
                        matcher.path("value").asText(),
                        silence.path("status").path("state").asText().equals("expired")));
            }
        }
        return ours;
    }

    void silence(String incident, String comment, long from, long to) throws IOException, InterruptedException {
        ObjectNode body = JSON.createObjectNode();
        ObjectNode matcher = body.putArray("matchers").addObject();
        matcher.put("name", INCIDENT)
                .put("value", incident)
                .put("isRegex", false)
                .put("isEqual", true);
        body.put("startsAt", time(from))
                .put("endsAt", time(to))
                .put("createdBy", US)
                .put("comment", comment);
        ask("POST", "/silences", body);
    }

    void unsilence(Silence silence) throws IOException, InterruptedException {
        ask("DELETE", "/silence/" + silence.id(), null);
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    private byte[] ask(String method, String path, @Nullable JsonNode body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        HttpResponse<byte[]> answer = client.send(request.build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException("answers " + answer.statusCode() + " to " + method + " /api/v2" + path);
        }
        return answer.body();
    }
}
