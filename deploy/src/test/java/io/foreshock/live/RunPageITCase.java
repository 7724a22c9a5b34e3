package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.board.BoardKafka;
import io.foreshock.detect.Signatures;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.http.Endpoint;
import io.foreshock.incident.Incident;
import io.foreshock.job.KafkaSettings;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.Interventions;
import io.foreshock.topics.Topics;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.RejectedJson;
import io.foreshock.wire.SignalsJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The run page's API, on topics that hold what a job leaves there. */
class RunPageITCase {
    private static final String RAMP = "ramp_0.3_s3";
    private static final String HOSTILE = "a/b <script>alert(1)</script> %2F?#&\"'\\ ü 漢字";
    private static final String DOTS = "..";
    private static final String TOKEN = "a-token-for-this-test-alone";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static EmbeddedKafka kafka;
    private static KafkaSettings job;
    private static RunPage page;
    private static OpenApi description;
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final List<Incident> RAMPS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        kafka = EmbeddedKafka.start();
        job = KafkaSettings.of(kafka.bootstrapServers());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            job.topics().ensure(admin);
        }
        Recording ramp = Recording.read(Path.of("runs")).stream()
                .filter(recording -> recording.run().equals(RAMP))
                .findFirst()
                .orElseThrow();
        publish(RAMP, ramp.samples(), RunEnd.FINISHED);
        publish(HOSTILE, ramp.samples().subList(0, 200), null);
        publish(DOTS, ramp.samples().subList(0, 20), RunEnd.FAILED);
        reject(new Rejected(
                Rejected.Reason.BAD_STEP, "step must be an integer >= 0, got 1.5", RAMP, 3, 17, new byte[] {1, 2}));
        page = page(PageSettings.LOOPBACK);
        description = new OpenApi(get("/api/v1/openapi.yaml").body());
    }

    @AfterAll
    static void stop() throws Exception {
        page.close();
        kafka.close();
    }

    private static RunPage page(PageSettings settings) throws Exception {
        return page(settings, job.topics());
    }

    private static RunPage page(PageSettings settings, Topics topics) throws Exception {
        RunPage started =
                RunPage.start(settings, new BoardKafka(kafka.bootstrapServers(), topics, Map.of()), Signatures.all());
        assertThat(started.awaitComplete(PATIENCE)).isTrue();
        return started;
    }

    /** What a trainer sends, and what the job makes of it. */
    private static void publish(String run, List<StepSample> samples, RunEnd end) throws Exception {
        Topics topics = job.topics();
        byte[] key = run.getBytes(StandardCharsets.UTF_8);
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            EventWriter writer = new EventWriter();
            RunJudge judge = new RunJudge(run, Signatures.all());
            Verdicts out = new Verdicts() {
                @Override
                public void incident(Incident incident) {
                    if (run.equals(RAMP)) {
                        RAMPS.add(incident);
                    }
                    producer.send(new ProducerRecord<>(
                            topics.alerts().name(), IncidentJson.key(incident), IncidentJson.write(incident)));
                }

                @Override
                public void signals(StepSignals row) {
                    producer.send(new ProducerRecord<>(topics.signals().name(), key, SignalsJson.write(row)));
                }

                @Override
                public void rejected(Rejected rejected) {
                    throw new AssertionError(rejected.detail());
                }
            };
            List<StepSample> all = new ArrayList<>();
            samples.forEach(sample -> all.add(Recording.copy(sample, run, sample.ts())));
            if (end != null) {
                all.add(StepSample.end(run, 0, end, all.get(all.size() - 1).ts()));
            }
            for (StepSample sample : all) {
                producer.send(new ProducerRecord<>(topics.telemetry().name(), key, writer.write(sample)));
                judge.observe(sample, out);
            }
        }
    }

    private static void reject(Rejected rejected) {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>(job.topics().rejected().name(), RejectedJson.write(rejected)));
        }
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static String part(String run) {
        return run.equals(DOTS)
                ? "~.."
                : URLEncoder.encode(run, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(page.address() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(RunPage to, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(to.address() + path)).POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode checked(String template, String path, int status) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return description.check("get", template, answer);
    }

    private static Map<String, SettingsChange> inForce() {
        return new Interventions(job.settingsLog(), Signatures.all()).inForce();
    }

    @Test
    void theListSaysWhatIsKnownOfEachRun() throws Exception {
        JsonNode runs = checked("/api/v1/runs", "/api/v1/runs", 200).get("runs");

        assertThat(runs.findValuesAsText("run")).contains(RAMP, HOSTILE, DOTS);
        JsonNode ramp = checked("/api/v1/runs", "/api/v1/runs?filter=RAMP&state=finished", 200)
                .at("/runs/0");
        assertThat(ramp.get("run").asText()).isEqualTo(RAMP);
        assertThat(ramp.get("last_step").asLong()).isEqualTo(999);
        assertThat(ramp.get("rows").asLong()).isEqualTo(1_000);
        assertThat(ramp.at("/first_trouble/signature").asText()).isEqualTo("attention_logit_growth");
        assertThat(ramp.at("/first_trouble/detected_step").asLong()).isEqualTo(121);
        assertThat(ramp.at("/open").toString()).isEqualTo("{\"critical\":0,\"warning\":0,\"info\":0}");
        assertThat(ramp.get("rejected").asLong()).isEqualTo(1);
        assertThat(checked("/api/v1/runs", "/api/v1/runs?state=failed", 200)
                        .at("/runs/0/run")
                        .asText())
                .isEqualTo(DOTS);
        assertThat(checked("/api/v1/runs", "/api/v1/runs?limit=2", 200).get("runs"))
                .hasSize(2);
    }

    @Test
    void aRunSaysWhatTheJudgeSaid() throws Exception {
        JsonNode run = checked("/api/v1/runs/{run}", "/api/v1/runs/" + RAMP, 200);

        Map<String, Incident> expected = new HashMap<>();
        RAMPS.forEach(incident -> expected.put(incident.id(), incident));
        assertThat(run.get("incidents")).hasSize(expected.size());
        for (JsonNode incident : run.get("incidents")) {
            Incident last = expected.get(incident.get("id").asText());
            assertThat(incident.get("summary").asText()).isEqualTo(last.summary());
            assertThat(incident.get("step").asLong()).isEqualTo(last.step());
        }
        assertThat(run.at("/verdicts/loss_spike").asText()).isEqualTo("quiet");
        assertThat(run.get("not_evaluable").findValuesAsText("signature")).contains("kl_blowup", "expert_collapse");
        assertThat(run.at("/last_rejected/detail").asText()).isEqualTo("step must be an integer >= 0, got 1.5");
        assertThat(run.at("/last_rejected/offset").asLong()).isEqualTo(17);
    }

    @Test
    void aRunOfAnyNameCanBeAskedFor() throws Exception {
        for (String run : List.of(HOSTILE, DOTS)) {
            String path = "/api/v1/runs/" + part(run);
            assertThat(checked("/api/v1/runs/{run}", path, 200).get("run").asText())
                    .isEqualTo(run);
            assertThat(checked("/api/v1/runs/{run}/view", path + "/view", 200)
                            .at("/runs/0/run")
                            .asText())
                    .isEqualTo(run);
            assertThat(get("/runs/" + part(run)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void theViewHoldsLayersAndHeadsOutOfTheTelemetry() throws Exception {
        String path = "/api/v1/runs/" + RAMP + "/view";
        Judged.await(PATIENCE, () -> {
            try {
                return get(path)
                        .headers()
                        .firstValue("X-Foreshock-Detail")
                        .orElse("")
                        .equals("full");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        JsonNode run = checked("/api/v1/runs/{run}/view", path, 200).at("/runs/0");

        assertThat(run.get("rows").asLong()).isEqualTo(1_000);
        assertThat(run.get("end").asText()).isEqualTo("finished");
        List<String> heads = new ArrayList<>();
        run.get("metrics").forEach(metric -> {
            if (metric.get("heads").asInt() > 0) {
                heads.add(metric.get("name").asText() + " " + metric.get("layers") + "x" + metric.get("heads"));
            }
        });
        assertThat(heads).containsExactly("attention_logit_max 3x3");
        assertThat(run.at("/incidents/0/changes").size()).as("how it got there").isGreaterThan(1);
    }

    @Test
    void aSeriesKeepsItsSpikes() throws Exception {
        String path = "/api/v1/runs/" + RAMP + "/series?points=10&signal=loss&signal=attention_logit_max%5B1%5D%5B0%5D";
        JsonNode json = checked("/api/v1/runs/{run}/series", path, 200);

        assertThat(json.get("series").findValuesAsText("name")).containsExactly("attention_logit_max[1][0]", "loss");
        assertThat(json.at("/series/1/first_step").toString()).isEqualTo("[0,100,200,300,400,500,600,700,800,900]");
        assertThat(json.at("/complete").asBoolean()).isTrue();
        JsonNode sharp = checked(
                "/api/v1/runs/{run}/series", "/api/v1/runs/" + RAMP + "/series?from=100&to=199&signal=loss", 200);
        assertThat(sharp.at("/series/0/first_step")).hasSize(100);
        double largest = Double.NEGATIVE_INFINITY;
        for (JsonNode value : sharp.at("/series/0/first")) {
            largest = Math.max(largest, value.asDouble());
        }
        assertThat(json.at("/series/1/max/1").asDouble()).isEqualTo(largest);
        JsonNode scalars = checked("/api/v1/runs/{run}/series", "/api/v1/runs/" + RAMP + "/series?to=3", 200);
        assertThat(scalars.get("series").findValuesAsText("name")).contains("loss", "lr", "grad_norm");
    }

    @Test
    void incidentsOfAllRunsTheGravestFirst() throws Exception {
        JsonNode all = checked("/api/v1/incidents", "/api/v1/incidents", 200).get("incidents");
        assertThat(all.get(0).get("severity").asText()).isEqualTo("critical");

        JsonNode open = checked("/api/v1/incidents", "/api/v1/incidents?status=open&severity=warning", 200)
                .get("incidents");
        assertThat(open).isNotEmpty();
        for (JsonNode incident : open) {
            assertThat(incident.get("run").asText()).isEqualTo(HOSTILE);
        }
    }

    @Test
    void whatIsWrongIsNamedWithTheValueAndTheFix() throws Exception {
        String run = "/api/v1/runs/" + RAMP;
        assertProblem(
                checked("/api/v1/runs", "/api/v1/runs?state=dead", 400),
                "state",
                "dead",
                "state must be running, silent, finished, failed or stopped, got \"dead\"");
        assertProblem(
                checked("/api/v1/runs", "/api/v1/runs?limit=0", 400),
                "limit",
                "0",
                "limit must be a whole number from 1 to 10000, got \"0\"");
        assertProblem(
                checked("/api/v1/runs/{run}/series", run + "/series?points=x", 400),
                "points",
                "x",
                "points must be a whole number from 1 to 10000, got \"x\"");
        assertProblem(
                checked("/api/v1/runs/{run}/series", run + "/series?from=9&to=8", 400),
                "to",
                "8",
                "to must be a step >= from, which is 9, got \"8\"");
        assertProblem(
                checked("/api/v1/runs/{run}", "/api/v1/runs/nobody", 404),
                "run",
                "nobody",
                "no run of this name has been judged; /api/v1/runs lists them");
        assertThat(checked("/api/v1/events", "/api/v1/events", 406)
                        .get("detail")
                        .asText())
                .contains("text/event-stream");
        HttpResponse<String> nobody = HTTP.send(
                HttpRequest.newBuilder(URI.create(page.address() + "/api/v1/runs/nobody/events"))
                        .header("Accept", "text/event-stream")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(nobody.statusCode()).isEqualTo(404);
        description.check("get", "/api/v1/runs/{run}/events", nobody);
        HttpResponse<String> nothing = get("/api/v1/nothing");
        assertThat(nothing.statusCode()).isEqualTo(404);
        assertThat(description.violations("Problem", new ObjectMapper().readTree(nothing.body())))
                .isEmpty();
        HttpResponse<String> wrongMethod = post(page, "/api/v1/runs", "{}", "X-Foreshock", "1");
        assertThat(wrongMethod.statusCode()).isEqualTo(405);
        assertThat(description.violations("Problem", new ObjectMapper().readTree(wrongMethod.body())))
                .isEmpty();
    }

    private static void assertProblem(JsonNode problem, String field, String value, String detail) {
        assertThat(problem.get("field").asText()).isEqualTo(field);
        assertThat(problem.get("value").asText()).isEqualTo(value);
        assertThat(problem.get("detail").asText()).isEqualTo(detail);
    }

    @Test
    void changesAreWrittenAsTheCommandsWriteThem() throws Exception {
        String incident = RAMPS.get(0).id();
        changed("/api/v1/ack", "{\"incident\":\"" + incident + "\",\"by\":\"ana\",\"note\":\"on it\"}");
        changed("/api/v1/mute", "{\"run\":\"ramp*\",\"signature\":\"loss_spike\",\"for_seconds\":3600,\"by\":\"ana\"}");

        Ack ack = (Ack) inForce().get("ack/" + incident);
        assertThat(ack.acknowledgement().by()).isEqualTo("ana");
        assertThat(ack.acknowledgement().note()).isEqualTo("on it");
        Mute mute = (Mute) inForce().get("mute/ramp*/loss_spike");
        assertThat(mute.until() - System.currentTimeMillis()).isBetween(3_500_000L, 3_600_000L);
        assertThat(mute.untilStep()).isEqualTo(Long.MAX_VALUE);
        Judged.await(PATIENCE, () -> muted().contains("ramp*"));
        JsonNode run = checked("/api/v1/runs/{run}", "/api/v1/runs/" + RAMP, 200);
        assertThat(run.at("/mutes/0/signature").asText()).isEqualTo("loss_spike");

        changed("/api/v1/unmute", "{\"run\":\"ramp*\",\"signature\":\"loss_spike\"}");
        assertThat(inForce().get("mute/ramp*/loss_spike")).isInstanceOf(SettingsChange.Withdrawn.class);
        Judged.await(PATIENCE, () -> !muted().contains("ramp*"));
        assertThat(muted()).doesNotContain("ramp*");
    }

    private static String muted() {
        try {
            return checked("/api/v1/mutes", "/api/v1/mutes", 200).toString();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void changed(String path, String body) throws Exception {
        HttpResponse<String> answer = post(page, path, body, "X-Foreshock", "1");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        description.check("post", path, answer);
    }

    @Test
    void aChangeThatTheJobWouldRejectIsRefused() throws Exception {
        assertThat(refused("/api/v1/mute", "{\"run\":\"r\",\"signature\":\"loss_spyke\"}", 400))
                .startsWith("signature must be one of all, ")
                .contains(" loss_spike, ")
                .endsWith(", got \"loss_spyke\"");
        assertThat(refused("/api/v1/mute", "{\"run\":\"r\",\"signature\":\"all\",\"for_seconds\":0}", 400))
                .contains("for_seconds must be a whole number >= 1");
        assertThat(refused("/api/v1/mute", "{\"run\":\"r\",\"signature\":\"all\",\"until\":5}", 400))
                .contains("until is no field of this");
        assertThat(refused("/api/v1/mute", "{\"signature\":\"all\"}", 400)).contains("run must be a text");
        assertThat(refused("/api/v1/mute", "{\"run\":\"a\\u0000b\",\"signature\":\"all\"}", 400))
                .contains("run must be 1 to 256 printable characters");
        assertThat(refused("/api/v1/ack", "{\"incident\":\"0123456789abcdef\"}", 404))
                .contains("no incident has this id");
        assertThat(refused("/api/v1/ack", "no json", 400)).contains("the body is not JSON");
        assertThat(refused("/api/v1/unmute", "{\"run\":\"r\",\"signature\":\"loss_spike\"}", 404))
                .contains("it is not muted");
        assertThat(refused("/api/v1/ack", "{\"incident\":\"" + "x".repeat(20_000) + "\"}", 413))
                .isNotEmpty();
    }

    @Test
    void aFieldOfAChangeThatIsWrongIsNamedApart() throws Exception {
        for (List<String> wrong : List.of(
                List.of("/api/v1/mute", "{\"run\":\"r\",\"signature\":\"loss_spyke\"}", "signature", "loss_spyke"),
                List.of("/api/v1/mute", "{\"run\":\"a\\u0000b\",\"signature\":\"all\"}", "run", "a\\u0000b"),
                List.of(
                        "/api/v1/ack",
                        "{\"incident\":\"" + RAMPS.get(0).id() + "\",\"by\":\"a\\u0007\"}",
                        "by",
                        "a\\u0007"))) {
            HttpResponse<String> answer = post(page, wrong.get(0), wrong.get(1), "X-Foreshock", "1");
            JsonNode problem = description.check("post", wrong.get(0), answer);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(problem.get("title").asText()).isEqualTo("Wrong value");
            assertThat(problem.get("field").asText()).isEqualTo(wrong.get(2));
            assertThat(problem.get("value").asText()).isEqualTo(wrong.get(3));
        }
    }

    @Test
    void askedForTheHeadTheyAreThoseOfTheAnswer() throws Exception {
        for (String path : List.of(
                "/",
                "/runs/" + RAMP,
                "/assets/page.css",
                "/assets/none.css",
                "/api/v1/openapi.yaml",
                "/api/v1/incidents?limit=1",
                "/api/v1/runs?limit=0",
                "/api/v1/runs/nobody",
                "/api/v1/events")) {
            HttpResponse<String> whole = get(path);
            HttpResponse<String> head = head(path);

            assertThat(head.statusCode()).as(path).isEqualTo(whole.statusCode());
            assertThat(head.body()).isEmpty();
            for (String header :
                    List.of("Content-Type", "Content-Length", "Content-Security-Policy", "Cache-Control")) {
                assertThat(head.headers().firstValue(header))
                        .as(path + " " + header)
                        .isEqualTo(whole.headers().firstValue(header));
            }
        }
        HttpResponse<String> stream = head("/api/v1/events", "Accept", "text/event-stream");
        assertThat(stream.statusCode()).isEqualTo(200);
        assertThat(stream.headers().firstValue("Content-Type")).hasValue("text/event-stream");
    }

    private static HttpResponse<String> head(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(page.address() + path))
                .method("HEAD", HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String refused(String path, String body, int status) throws Exception {
        HttpResponse<String> answer = post(page, path, body, "X-Foreshock", "1");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return description.check("post", path, answer).get("detail").asText();
    }

    @Test
    void aChangeFromAnotherSiteIsRefusedAndAnotherHostIsNotAnswered() throws Exception {
        String body = "{\"run\":\"r\",\"signature\":\"all\"}";
        assertThat(post(page, "/api/v1/mute", body).statusCode()).isEqualTo(403);
        HttpResponse<String> foreign =
                post(page, "/api/v1/mute", body, "X-Foreshock", "1", "Origin", "http://evil.example");
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(description
                        .check("post", "/api/v1/mute", foreign)
                        .get("detail")
                        .asText())
                .contains("Origin");
        assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();

        URI address = URI.create(page.address());
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.getOutputStream()
                    .write("GET /api/v1/runs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 403 ").contains("Host").doesNotContain(RAMP);
        }
    }

    @Test
    void aTokenGuardsChangesWhereThereIsOne() throws Exception {
        try (RunPage guarded = page(new PageSettings(new Endpoint("0.0.0.0", 0), TOKEN))) {
            String body = "{\"run\":\"guarded\",\"signature\":\"all\"}";
            for (String[] headers : new String[][] {
                {"X-Foreshock", "1"}, {"X-Foreshock", "1", "Authorization", "Bearer another-token-altogether"}
            }) {
                HttpResponse<String> refused = post(guarded, "/api/v1/mute", body, headers);
                assertThat(refused.statusCode()).isEqualTo(403);
                assertThat(description
                                .check("post", "/api/v1/mute", refused)
                                .get("detail")
                                .asText())
                        .contains("Authorization: Bearer TOKEN")
                        .doesNotContain(TOKEN);
            }
            assertThat(inForce()).doesNotContainKey("mute/guarded/all");
            assertThat(post(guarded, "/api/v1/mute", body, "X-Foreshock", "1", "Authorization", "Bearer " + TOKEN)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(inForce()).containsKey("mute/guarded/all");
        }
        try (RunPage open = page(new PageSettings(new Endpoint("0.0.0.0", 0), null))) {
            assertThat(open.isReadOnly()).isTrue();
            HttpResponse<String> refused =
                    post(open, "/api/v1/mute", "{\"run\":\"r\",\"signature\":\"all\"}", "X-Foreshock", "1");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("--token-file");
        }
    }

    @Test
    void pagesMayLoadTheirOwnFilesAlone() throws Exception {
        for (String path : List.of("/", "/runs/" + RAMP, "/assets/run.js", "/api/v1/runs")) {
            HttpResponse<String> answer = get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                    .contains("default-src 'none'", "script-src 'self'")
                    .doesNotContain("unsafe");
            assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(answer.headers().firstValue("Server")).isEmpty();
        }
        assertThat(get("/assets/..%2Fopenapi.yaml").statusCode()).isEqualTo(404);
        assertThat(get("/assets/nothing.js").statusCode()).isEqualTo(404);
    }

    @Test
    void healthSaysWhatThePageHolds() throws Exception {
        JsonNode health = checked("/api/v1/health", "/api/v1/health", 200);

        assertThat(health.get("status").asText()).isEqualTo("ok");
        assertThat(health.get("changes").asText()).isEqualTo("open");
        assertThat(health.get("runs").asInt()).isGreaterThanOrEqualTo(3);
        assertThat(health.get("events_rejected").asInt()).isGreaterThanOrEqualTo(1);
        assertThat(health.get("records_unreadable").asInt()).isZero();
    }

    @Test
    void startedAgainItKnowsWhatItKnew() throws Exception {
        JsonNode before = checked("/api/v1/runs", "/api/v1/runs?filter=" + RAMP, 200);
        JsonNode run =
                checked("/api/v1/runs/{run}", "/api/v1/runs/" + RAMP, 200).get("incidents");
        try (RunPage again = page(PageSettings.LOOPBACK)) {
            HttpResponse<String> runs = HTTP.send(
                    HttpRequest.newBuilder(URI.create(again.address() + "/api/v1/runs?filter=" + RAMP))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(new ObjectMapper().readTree(runs.body())).isEqualTo(before);
            HttpResponse<String> one = HTTP.send(
                    HttpRequest.newBuilder(URI.create(again.address() + "/api/v1/runs/" + RAMP))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(new ObjectMapper().readTree(one.body()).get("incidents")).isEqualTo(run);
        }
    }

    @Test
    void theListIsToldOnceAndThenWhatChanges() throws Exception {
        String id;
        try (Events events = new Events("/api/v1/events", null)) {
            Events.Event all = events.next();
            assertThat(all.name()).isEqualTo("all");
            JsonNode runs = new ObjectMapper().readTree(all.data());
            assertThat(description.violations("Runs", runs)).isEmpty();
            assertThat(runs.get("runs").findValuesAsText("run")).contains(RAMP, HOSTILE, DOTS);
            id = all.id();
            reject(new Rejected(Rejected.Reason.BAD_FIELD, "rank must be …", HOSTILE, 0, 1, new byte[0]));
            Events.Event changed = events.next();
            assertThat(changed.name()).isEqualTo("runs");
            assertThat(new ObjectMapper().readTree(changed.data()).get("runs").findValuesAsText("run"))
                    .containsExactly(HOSTILE);
        }
        // Connected again, it is told what came since.
        try (Events events = new Events("/api/v1/events", id)) {
            Events.Event since = events.next();
            assertThat(since.name()).isEqualTo("runs");
            assertThat(new ObjectMapper().readTree(since.data()).get("runs").findValuesAsText("run"))
                    .containsExactly(HOSTILE);
        }
        // Of a page that was started anew nobody knows what came since.
        try (Events events = new Events("/api/v1/events", "ffffffffffffffff.12")) {
            assertThat(events.next().name()).isEqualTo("all");
        }
    }

    @Test
    void aRunIsToldStepByStepAndWhoWasAwayGoesOnWhereHeWas() throws Exception {
        String run = "growing";
        List<StepSample> samples = Recording.read(Path.of("runs")).get(0).samples();
        publish(run, samples.subList(0, 10), null);
        Judged.await(PATIENCE, () -> status("/api/v1/runs/" + run) == 200);
        String path = "/api/v1/runs/" + run;
        HttpResponse<String> view = get(path + "/view");
        assertThat(view.headers().firstValue("X-Foreshock-Detail")).contains("full");
        String cursor = view.headers().firstValue("X-Foreshock-Cursor").orElseThrow();
        String last;
        try (Events events = new Events(path + "/events?after=" + cursor, null)) {
            Events.Event head = events.next();
            assertThat(head.name()).isEqualTo("head");
            assertThat(description.violations("Head", new ObjectMapper().readTree(head.data())))
                    .isEmpty();
            publish(run, samples.subList(10, 11), null);
            Events.Event row = events.next("row");
            JsonNode json = new ObjectMapper().readTree(row.data());
            assertThat(json.get("step").asLong()).isEqualTo(10);
            assertThat(json.at("/metrics/attention_logit_max")).hasSize(3);
            last = row.id();
        }
        publish(run, samples.subList(11, 13), null);
        try (Events events = new Events(path + "/events?after=" + cursor, last)) {
            assertThat(new ObjectMapper()
                            .readTree(events.next("row").data())
                            .get("step")
                            .asLong())
                    .isEqualTo(11);
            assertThat(new ObjectMapper()
                            .readTree(events.next("row").data())
                            .get("step")
                            .asLong())
                    .isEqualTo(12);
        }
        String between;
        try (Events events = new Events(path + "/events?after=" + cursor, last)) {
            between = events.next("row").id();
        }
        // Both were told at once, and the connection broke after the first.
        try (Events events = new Events(path + "/events?after=" + cursor, between)) {
            assertThat(new ObjectMapper()
                            .readTree(events.next("row").data())
                            .get("step")
                            .asLong())
                    .isEqualTo(12);
        }
        // A cursor of another time: the run has to be taken anew.
        try (Events events = new Events(path + "/events?after=0000000000000000.5", null)) {
            assertThat(events.next("view").id()).isNotEqualTo(cursor);
        }
    }

    /** Topics of their own, so that what is missing there is missing nowhere else. */
    private static Topics topics(String prefix) {
        Topics topics = Topics.of(prefix, 1);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            topics.ensure(admin);
        }
        return topics;
    }

    private static StepSignals signals(String run, long step, long ts) {
        return new StepSignals(run, 0, step, ts, Map.of(Signal.LOSS, 2.5), Map.of(), Map.of(), null);
    }

    @Test
    void aRunWhoseTelemetryIsMissingShowsItsSignalsAndIsTakenAnewOnceItWasRead() throws Exception {
        Topics bare = topics("bare.");
        String telemetry = bare.telemetry().name();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
                KafkaProducer<byte[], byte[]> producer = producer()) {
            admin.deleteTopics(List.of(telemetry)).all().get();
            long now = System.currentTimeMillis();
            for (int step = 0; step < 5; step++) {
                producer.send(
                        new ProducerRecord<>(bare.signals().name(), SignalsJson.write(signals("bare", step, now))));
            }
            producer.flush();
            try (RunPage of = page(PageSettings.LOOPBACK, bare)) {
                String path = "/api/v1/runs/bare";
                HttpResponse<String> view = HTTP.send(
                        HttpRequest.newBuilder(URI.create(of.address() + path + "/view"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(view.headers().firstValue("X-Foreshock-Detail")).contains("signals");
                assertThat(new ObjectMapper()
                                .readTree(view.body())
                                .at("/runs/0/rows")
                                .asInt())
                        .isEqualTo(5);
                String cursor = view.headers().firstValue("X-Foreshock-Cursor").orElseThrow();
                try (Events events = new Events(of, path + "/events?after=" + cursor, null)) {
                    assertThat(events.next("trouble").data())
                            .contains("telemetry cannot be read: there is no topic " + telemetry);
                    bare.ensure(admin);
                    for (int step = 0; step < 5; step++) {
                        producer.send(new ProducerRecord<>(
                                telemetry,
                                new EventWriter()
                                        .write(StepSample.builder("bare", step)
                                                .ts(now)
                                                .metric("loss", 2.5)
                                                .metric("custom/layers", new double[] {1, 2})
                                                .build())));
                    }
                    producer.flush();
                    Events.Event next = events.next();
                    assertThat(next.name())
                            .as("nothing is told before it was read")
                            .isEqualTo("view");
                    assertThat(next.id().split("\\.")[0])
                            .as("who listens goes on listening")
                            .isEqualTo(cursor.split("\\.")[0]);
                }
                view = HTTP.send(
                        HttpRequest.newBuilder(URI.create(of.address() + path + "/view"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(view.headers().firstValue("X-Foreshock-Detail")).contains("full");
                assertThat(new ObjectMapper()
                                .readTree(view.body())
                                .at("/runs/0/metrics")
                                .findValuesAsText("name"))
                        .contains("custom/layers");
            }
        }
    }

    @Test
    void theListIsToldAnewWhenARunHadToMakeRoom() throws Exception {
        Topics many = topics("many.");
        long now = System.currentTimeMillis();
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (int i = 0; i < 2_000; i++) {
                producer.send(new ProducerRecord<>(
                        many.signals().name(), SignalsJson.write(signals("run " + i, 0, now - 10_000 + i))));
            }
            producer.flush();
            try (RunPage of = page(PageSettings.LOOPBACK, many);
                    Events events = new Events(of, "/api/v1/events", null)) {
                Events.Event all = events.next();
                assertThat(all.name()).isEqualTo("all");
                assertThat(new ObjectMapper().readTree(all.data()).get("runs")).hasSize(2_000);
                producer.send(
                        new ProducerRecord<>(many.signals().name(), SignalsJson.write(signals("one more", 0, now))));
                producer.flush();
                Events.Event anew = events.next();
                assertThat(anew.name()).isEqualTo("all");
                assertThat(new ObjectMapper().readTree(anew.data()).get("runs").findValuesAsText("run"))
                        .hasSize(2_000)
                        .contains("one more");
            }
        }
    }

    private static int status(String path) {
        try {
            return get(path).statusCode();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPortThatIsTakenIsSaidSo() {
        int port = URI.create(page.address()).getPort();
        assertThatThrownBy(() -> page(PageSettings.LOOPBACK.withPort(port)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot listen on 127.0.0.1:" + port)
                .hasMessageContaining("port 0");
    }

    @Test
    void topicsThatAreNotThereAreSaidSo() {
        assertThatThrownBy(() -> RunPage.start(
                        PageSettings.LOOPBACK,
                        new BoardKafka(kafka.bootstrapServers(), Topics.of("other.", 1), Map.of()),
                        Signatures.all()))
                .isInstanceOf(IOException.class)
                .hasMessage("there is no topic other.alerts at " + kafka.bootstrapServers()
                        + "; foreshock topics --create makes it");
    }

    /** Server-sent events, read line by line as a program would. */
    private static final class Events implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader lines;

        /** One event. */
        private record Event(String name, String id, String data) {}

        private Events(String path, String lastEventId) throws Exception {
            this(page, path, lastEventId);
        }

        private Events(RunPage of, String path, String lastEventId) throws Exception {
            URI address = URI.create(of.address());
            socket = new Socket(address.getHost(), address.getPort());
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                                    + (lastEventId == null ? "" : "Last-Event-ID: " + lastEventId + "\r\n") + "\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(lines.readLine()).isEqualTo("HTTP/1.1 200 OK");
        }

        private Event next() throws IOException {
            return before(System.nanoTime() + PATIENCE.toNanos());
        }

        /** Signs of life keep the socket's own patience from ending. */
        private Event before(long deadline) throws IOException {
            String name = "";
            String id = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                assertThat(System.nanoTime()).as("patience for an event").isLessThan(deadline);
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    return new Event(name, id, line.substring(6));
                }
            }
            throw new AssertionError("the stream ended");
        }

        private Event next(String name) throws IOException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            Event event = before(deadline);
            while (!event.name().equals(name)) {
                event = before(deadline);
            }
            return event;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
