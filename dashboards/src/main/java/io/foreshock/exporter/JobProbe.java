package io.foreshock.exporter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.notify.Unreachable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Flink's REST API says of the job (nightlies.apache.org/flink, "REST API"): looked up beside the scrapes, which report what
 * was seen last. A job manager that does not answer means a job that is not known to run.
 */
final class JobProbe {
    private static final Logger LOG = LoggerFactory.getLogger(JobProbe.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String JOB = "foreshock";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double MILLIS = 1e3;

    private final URI flink;
    private final LongSupplier clock;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private volatile @Nullable Seen seen;

    /**
     * What was seen.
     *
     * @param up true if the job runs
     * @param restarts how often it was restarted, or -1
     * @param checkpoint when its last checkpoint was complete, epoch milliseconds, or -1
     */
    private record Seen(boolean up, long restarts, long checkpoint) {}

    /**
     * @param flink the job manager's address, {@code http://host:8081}
     * @param clock epoch milliseconds
     */
    JobProbe(URI flink, LongSupplier clock) {
        this.flink = flink;
        this.clock = clock;
    }

    /** Looks once; of one thread. */
    void look() throws InterruptedException {
        try {
            seen = see();
        } catch (IOException | IllegalArgumentException e) {
            if (seen == null || seen.up) {
                LOG.warn("Flink at {} cannot be asked for the job: {}", flink.getHost(), Unreachable.why(e));
            }
            seen = new Seen(false, -1, -1);
        }
    }

    void addTo(Samples samples) {
        Seen last = seen;
        if (last == null) {
            return;
        }
        samples.add(Figure.JOB_UP, last.up ? 1 : 0);
        if (last.restarts >= 0) {
            samples.add(Figure.JOB_RESTARTS, last.restarts);
        }
        if (last.checkpoint >= 0) {
            samples.add(Figure.JOB_CHECKPOINT_AGE, Math.max(0, (clock.getAsLong() - last.checkpoint) / MILLIS));
        }
    }

    private Seen see() throws IOException, InterruptedException {
        for (JsonNode job : ask("/jobs/overview").path("jobs")) {
            if (job.path("name").asText().equals(JOB)
                    && job.path("state").asText().equals("RUNNING")) {
                String path = "/jobs/" + job.path("jid").asText();
                JsonNode restarts =
                        ask(path + "/metrics?get=numRestarts").path(0).path("value");
                JsonNode checkpoint = ask(path + "/checkpoints").path("latest").path("completed");
                return new Seen(
                        true,
                        restarts.asLong(-1),
                        checkpoint.path("latest_ack_timestamp").asLong(-1));
            }
        }
        return new Seen(false, -1, -1);
    }

    private JsonNode ask(String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(flink.resolve(path)).timeout(PATIENCE).build();
        HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException("it answers " + answer.statusCode() + " to " + path);
        }
        return JSON.readTree(answer.body());
    }
}
