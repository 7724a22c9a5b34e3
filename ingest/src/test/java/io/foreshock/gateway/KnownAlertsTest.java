package io.foreshock.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class KnownAlertsTest {
    private final KnownAlerts alerts = new KnownAlerts();

    private void record(String run, String incident, String json) {
        alerts.record(run, incident, json.getBytes(UTF_8));
    }

    private static List<String> texts(KnownAlerts.News news) {
        return news.records().stream().map(json -> new String(json, UTF_8)).toList();
    }

    @Test
    void aNewListenerHearsTheLatestOfEachIncidentOfItsRun() throws Exception {
        record("a", "1", "a1 open");
        record("b", "3", "b3 open");
        record("a", "2", "a2 open");
        record("a", "1", "a1 resolved");

        KnownAlerts.News news = alerts.since("a", 0, 0);
        assertThat(texts(news)).containsExactly("a2 open", "a1 resolved");
        assertThat(texts(alerts.since("b", 0, 0))).containsExactly("b3 open");
        assertThat(texts(alerts.since("a", news.version(), 0))).isEmpty();
        assertThat(texts(alerts.since("nobody", 0, 0))).isEmpty();
    }

    @Test
    void whoWaitsHearsWhatComesOnce() throws Exception {
        record("a", "1", "a1 open");
        long known = alerts.since("a", 0, 0).version();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<KnownAlerts.News> waiting = thread.submit(() -> alerts.since("a", known, 20_000));
            record("a", "2", "a2 open");
            KnownAlerts.News news = waiting.get();
            assertThat(texts(news)).containsExactly("a2 open");
            record("a", "2", "a2 updated");
            assertThat(texts(alerts.since("a", news.version(), 0))).containsExactly("a2 updated");
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void whatIsKnownHasABound() throws Exception {
        for (int run = 0; run < 2_001; run++) {
            record("r" + run, "1", "of " + run);
        }
        assertThat(texts(alerts.since("r0", 0, 0))).as("changed longest ago").isEmpty();
        assertThat(texts(alerts.since("r1", 0, 0))).containsExactly("of 1");

        for (int incident = 0; incident < 1_001; incident++) {
            record("r5", "i" + incident, "i" + incident);
        }
        assertThat(texts(alerts.since("r5", 0, 0)))
                .isEqualTo(IntStream.range(1, 1_001).mapToObj(i -> "i" + i).toList());
    }
}
