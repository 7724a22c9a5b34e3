package io.foreshock.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of the job, by what Flink's REST API answers; ExporterITCase asks a real one. */
class JobProbeTest {
    private static final long NOW = 1_795_000_000_000L;
    private static final String OVERVIEW = "/jobs/overview";

    private final Map<String, String> answers = new HashMap<>();
    private HttpServer flink;
    private JobProbe probe;

    @BeforeEach
    void start() throws IOException {
        flink = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        flink.createContext("/", this::answer);
        flink.start();
        probe = new JobProbe(URI.create("http://127.0.0.1:" + flink.getAddress().getPort()), () -> NOW);
        answers.put(
                OVERVIEW,
                "{'jobs':[{'jid':'0a','name':'other','state':'RUNNING'},"
                        + "{'jid':'0b','name':'foreshock','state':'CANCELED'},"
                        + "{'jid':'0c','name':'foreshock','state':'RUNNING'}]}");
        answers.put("/jobs/0c/metrics?get=numRestarts", "[{'id':'numRestarts','value':'3'}]");
        answers.put("/jobs/0c/checkpoints", "{'latest':{'completed':{'latest_ack_timestamp':" + (NOW - 4_500) + "}}}");
    }

    @AfterEach
    void stop() {
        flink.stop(0);
    }

    @Test
    void aJobThatRuns() throws Exception {
        assertThat(look())
                .containsExactlyInAnyOrder(
                        "foreshock_job_up 1.0",
                        "foreshock_job_restarts 3.0",
                        "foreshock_job_checkpoint_age_seconds 4.5");
    }

    @Test
    void aJobThatHasJustBegunHasNeitherRestartsNorCheckpoint() throws Exception {
        answers.put("/jobs/0c/metrics?get=numRestarts", "[]");
        answers.put("/jobs/0c/checkpoints", "{'latest':{'completed':null}}");

        assertThat(look()).containsExactly("foreshock_job_up 1.0");
    }

    @Test
    void aJobThatRestartsIsNotUp() throws Exception {
        answers.put(OVERVIEW, "{'jobs':[{'jid':'0c','name':'foreshock','state':'RESTARTING'}]}");

        assertThat(look()).containsExactly("foreshock_job_up 0.0");
    }

    @Test
    void whateverIsWrongWithTheJobManagerIsAJobThatIsNotKnownToRun() throws Exception {
        assertThat(look()).contains("foreshock_job_up 1.0");
        for (String nonsense : List.of("<html>", "[]", "{}", "null", "7", "")) {
            answers.put(OVERVIEW, nonsense);
            assertThat(look()).as(nonsense).containsExactly("foreshock_job_up 0.0");
        }
        answers.remove(OVERVIEW);
        assertThat(look()).as("it answers 404").containsExactly("foreshock_job_up 0.0");
        flink.stop(0);
        assertThat(look()).as("it is away").containsExactly("foreshock_job_up 0.0");
    }

    private List<String> look() throws IOException, InterruptedException {
        probe.look();
        Samples samples = new Samples();
        probe.addTo(samples);
        return Scraped.lines(samples);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = answers.get(exchange.getRequestURI().toString());
            byte[] bytes = body == null ? new byte[0] : body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(body == null ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
