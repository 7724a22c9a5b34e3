package io.foreshock.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GatewayFiguresTest {
    private final GatewayFigures figures = new GatewayFigures(() -> 7, () -> 1, () -> 2);

    @Test
    void countWhatWasAnsweredAndWhatTheBrokerHas() throws Exception {
        TreeMap<Integer, Item.Refused> rejected = new TreeMap<>();
        rejected.put(1, new Item.Refused("bad_step", "step must be an integer >= 0, got -1"));
        figures.answered("/v1/telemetry", 200);
        figures.answered("/v1/telemetry", 429);
        figures.settled(new Answer(3, rejected), 0.02);

        assertThat(text())
                .contains(
                        "foreshock_gateway_requests_total{code=\"200\",path=\"/v1/telemetry\"} 1.0\n",
                        "foreshock_gateway_requests_total{code=\"429\",path=\"/v1/telemetry\"} 1.0\n",
                        "foreshock_gateway_events_accepted_total 3.0\n",
                        "foreshock_gateway_events_rejected_total{reason=\"bad_step\"} 1.0\n",
                        "foreshock_gateway_acknowledgement_seconds_bucket{le=\"0.01\"} 0\n",
                        "foreshock_gateway_acknowledgement_seconds_bucket{le=\"0.025\"} 1\n",
                        "foreshock_gateway_held_bytes 7.0\n",
                        "foreshock_gateway_kafka_up 1.0\n",
                        "foreshock_gateway_alert_listeners 2.0\n");
    }

    @Test
    void thePageListsEveryMetricAndNoOther() throws Exception {
        countWhatWasAnsweredAndWhatTheBrokerHas();
        assertThat(names("^\\| `(foreshock_gateway_\\w+)`", Files.readString(Path.of("..", "docs", "gateway.md"))))
                .isEqualTo(names("^# TYPE (\\w+)", text()));
    }

    private static Set<String> names(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map(name -> name.group(1))
                .collect(Collectors.toSet());
    }

    private String text() throws Exception {
        return new String(figures.page("text/plain").text(), StandardCharsets.UTF_8);
    }
}
