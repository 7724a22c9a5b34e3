package io.foreshock.cli;

import static io.foreshock.cli.ReportOfEveryRunTest.embedded;
import static io.foreshock.cli.Session.foreshock;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.job.KafkaSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that lie in Kafka, on the command line: judged there, and taken out. */
class ExportITCase {
    /** Records of long ago would be deleted under the test. */
    private static final long TIME = System.currentTimeMillis();

    private static EmbeddedKafka kafka;
    private static String servers;

    @TempDir
    Path folder;

    @BeforeAll
    static void publish() throws Exception {
        kafka = EmbeddedKafka.start();
        servers = kafka.bootstrapServers();
        KafkaSettings settings = KafkaSettings.of(servers);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            settings.topics().ensure(admin);
        }
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int step = 0; step < 50; step++) {
                String loss = step == 20 ? "50" : step == 21 ? "NaN" : "2";
                send(
                        producer,
                        "wild",
                        "{\n  \"step\": " + step + ",\n  \"metrics\": {\"loss\": " + loss + "}\n}",
                        step);
                send(producer, "calm", "{\"run\":\"calm\",\"step\":" + step + ",\"metrics\":{\"loss\":2}}", step);
            }
            send(producer, "wild", "not json", 50);
            send(producer, "wild", "{\"run\":\"calm\",\"step\":51}", 51);
        }
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    void exportedRunIsJudgedAsTheOneInKafka() throws IOException {
        Path file = folder.resolve("another-name.jsonl.gz");

        Session export = foreshock("export", "--run", "wild", "-o", file, "--bootstrap-servers", servers);

        assertThat(export.code()).isZero();
        assertThat(export.err()).isEqualToIgnoringNewLines("51 events; 1 left out: empty, or another run's by body");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            assertThat(new String(in.readAllBytes(), UTF_8).lines())
                    .hasSize(51)
                    .contains("{   \"step\": 21,   \"metrics\": {\"loss\": NaN} ,\"run\":\"wild\",\"ts\":" + (TIME + 21)
                            + "}")
                    .contains("not json");
        }
        Session fromKafka = foreshock("replay", "--run", "wild", "--json", "--bootstrap-servers", servers);
        Session fromFile = foreshock("replay", file, "--json");
        assertThat(runs(fromFile)).isEqualTo(runs(fromKafka));
        assertThat(runs(fromKafka).at("/0/incidents/0/detected_step").asInt()).isEqualTo(20);
        assertThat(fromKafka.err())
                .contains("topic foreshock.telemetry partition", "offset", "not_json", "key_mismatch", "2 rejected");
    }

    @Test
    void reportOfRunsInKafkaShowsWhatTheirReplayFromAFileFinds() throws IOException {
        Path file = folder.resolve("both.jsonl.gz");
        Path live = folder.resolve("live.html");
        Path recorded = folder.resolve("recorded.html");
        foreshock("export", "--run", "*", "-o", file, "--bootstrap-servers", servers);

        Session fromKafka = foreshock(
                "replay", "--run", "wild", "--run", "c*", "--report", live, "--json", "--bootstrap-servers", servers);
        Session fromFile = foreshock("replay", file, "--report", recorded, "--json");

        assertThat(fromKafka.code()).isZero();
        JsonNode shown = embedded(live).get("runs");
        assertThat(shown.findValuesAsText("run")).containsExactlyInAnyOrder("wild", "calm");
        assertThat(shown).isEqualTo(embedded(recorded).get("runs"));
        for (JsonNode run : runs(fromFile)) {
            List<JsonNode> found = new ArrayList<>();
            run.get("incidents").forEach(found::add);
            assertThat(incidents(shown, run.get("run").asText()))
                    .as("incidents of %s", run.get("run"))
                    .isEqualTo(found.stream()
                            .map(incident -> incident.get("id").asText() + " "
                                    + incident.get("detected_step").asLong())
                            .toList());
        }
        assertThat(incidents(shown, "wild")).singleElement().asString().endsWith(" 20");
    }

    @Test
    void unknownRunLeavesAReportOfBeforeAsItIs() throws IOException {
        Path report = Files.writeString(folder.resolve("run.html"), "of yesterday");

        Session session = foreshock("replay", "--run", "wald", "--report", report, "--bootstrap-servers", servers);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .isEqualToIgnoringNewLines("foreshock: topic foreshock.telemetry: no event is of run wald;"
                        + " did you mean wild? There are events of calm, wild");
        assertThat(report).hasContent("of yesterday");
    }

    private static List<String> incidents(JsonNode runs, String name) {
        List<String> incidents = new ArrayList<>();
        for (JsonNode run : runs) {
            if (run.get("run").asText().equals(name)) {
                run.get("incidents")
                        .forEach(incident -> incidents.add(incident.get("id").asText() + " "
                                + incident.get("detected_step").asLong()));
            }
        }
        return incidents;
    }

    @Test
    void patternTakesSeveralRunsOutAndANameDecidesAboutCompression() throws IOException {
        Path file = folder.resolve("both.jsonl");

        assertThat(foreshock("export", "--run", "?al?", "--run", "w*", "-o", file, "--bootstrap-servers", servers)
                        .code())
                .isZero();

        assertThat(runs(foreshock("replay", file, "--json")).findValuesAsText("run"))
                .contains("wild", "calm");
    }

    @Test
    void unknownRunLeavesNoFile() {
        Path file = folder.resolve("none.jsonl");

        Session export = foreshock("export", "--run", "wald", "-o", file, "--bootstrap-servers", servers);

        assertThat(export.code()).isEqualTo(1);
        assertThat(export.err())
                .isEqualToIgnoringNewLines("foreshock: topic foreshock.telemetry: no event is of run wald;"
                        + " did you mean wild? There are events of calm, wild");
        assertThat(file).doesNotExist();
    }

    @Test
    void runInKafkaIsJudgedByTheSettingsInForceUnlessAFileIsGiven() throws IOException {
        Path blind = Files.writeString(folder.resolve("b.yaml"), "defaults: {loss_spike: {limit: 60}}\n");
        Path seeing = Files.writeString(folder.resolve("c.yaml"), "defaults: {loss_spike: {limit: 10}}\n");
        assertThat(foreshock("settings", "apply", blind, "--bootstrap-servers", servers)
                        .code())
                .isZero();
        try {
            Session inForce = foreshock("replay", "--run", "wild", "--json", "--bootstrap-servers", servers);
            Session own =
                    foreshock("replay", "--run", "wild", "--json", "--config", seeing, "--bootstrap-servers", servers);

            assertThat(runs(inForce).at("/0/incidents")).isEmpty();
            assertThat(inForce.err())
                    .contains("note: judged by the settings in force (foreshock settings show): 1 signature changed");
            assertThat(runs(own).at("/0/incidents")).hasSize(1);
        } finally {
            foreshock("settings", "reset", "--bootstrap-servers", servers);
        }
    }

    @Test
    void topicThatIsNotThereIsNamed() {
        Session session = foreshock(
                "replay",
                "--run",
                "wild",
                "--prefix",
                "other.",
                "--config",
                "/dev/null",
                "--bootstrap-servers",
                servers);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err()).contains("topic other.telemetry");
    }

    private static JsonNode runs(Session session) throws IOException {
        JsonNode runs = new ObjectMapper().readTree(session.out()).get("runs");
        // Where it was read from is what differs.
        runs.forEach(run -> ((ObjectNode) run).remove("file"));
        return runs;
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String run, String event, int millis) {
        producer.send(new ProducerRecord<>(
                "foreshock.telemetry", null, TIME + millis, run.getBytes(UTF_8), event.getBytes(UTF_8)));
    }
}
