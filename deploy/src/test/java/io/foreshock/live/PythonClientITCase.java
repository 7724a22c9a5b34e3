package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.gateway.GatewaySettings;
import io.foreshock.job.KafkaSettings;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.topics.Topics;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Parsed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Python client against the real gateway and a real broker, both of which go away while it logs. */
class PythonClientITCase {
    private static final int STEPS = 1_500;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    @Test
    void everyStepArrivesOnceWhateverGoesAwayMeanwhile() throws Exception {
        String interpreter = Python.plain();
        EmbeddedKafka kafka = EmbeddedKafka.start(directory, 0);
        int kafkaPort = kafka.port();
        int gatewayPort = Program.freePort();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            Topics.standard().ensure(admin);
        }
        AlertingGateway gateway = gateway(kafka, gatewayPort);
        try (Python training = Python.start(
                interpreter,
                Path.of("src", "test", "python"),
                Map.of("FORESHOCK_URL", gateway.address()),
                List.of("steady.py", Integer.toString(STEPS), "0.005"))) {
            training.awaitLine("300", PATIENCE);
            gateway.close();
            training.awaitLine("500", PATIENCE);
            gateway = gateway(kafka, gatewayPort);
            training.awaitLine("800", PATIENCE);
            kafka.close();
            training.awaitLine("1100", PATIENCE);
            kafka = EmbeddedKafka.start(directory, kafkaPort);

            List<String> printed = training.awaitEnd(PATIENCE);
            JsonNode stats = new ObjectMapper().readTree(printed.get(printed.size() - 1));
            assertThat(stats.get("accepted").intValue()).isEqualTo(STEPS + 1);
            assertThat(stats.get("sent").intValue()).as("%s", printed).isEqualTo(STEPS + 1);
            assertThat(stats.get("dropped").intValue()).isZero();
            assertThat(stats.get("rejected").intValue()).isZero();
        } finally {
            gateway.close();
        }

        List<StepSample> arrived = read(kafka);
        kafka.close();
        assertThat(arrived.stream().mapToLong(StepSample::step).limit(STEPS).boxed())
                .as("each once and in order, across a gateway and a broker that were away")
                .containsExactlyElementsOf(LongStream.range(0, STEPS).boxed().toList());
        assertThat(arrived).hasSize(STEPS + 1);
        assertThat(arrived.get(STEPS).end()).isEqualTo(RunEnd.FINISHED);
        StepSample last = arrived.get(STEPS - 1);
        int layers = last.find("layers");
        assertThat(last.value(layers, 0)).isEqualTo(STEPS - 1);
        assertThat(last.value(layers, 1)).as("NaN survives").isNaN();
        assertThat(StepSample.isAbsent(last.value(layers, 1))).isFalse();
    }

    private static AlertingGateway gateway(EmbeddedKafka kafka, int port) throws Exception {
        return AlertingGateway.start(
                GatewaySettings.LOOPBACK.withPort(port), KafkaSettings.of(kafka.bootstrapServers()));
    }

    private static List<StepSample> read(EmbeddedKafka kafka) throws InterruptedException {
        EventReader reader = new EventReader();
        List<StepSample> samples = new ArrayList<>();
        try (TopicFeed feed =
                TopicFeed.open(kafka.bootstrapServers(), List.of(TelemetryPublisher.TOPIC), (record, before) -> {
                    Parsed event = reader.read(record.key(), record.value(), record.partition(), record.offset(), -1);
                    samples.add(((Parsed.Sample) event).sample());
                })) {
            assertThat(feed.awaitCaughtUp(PATIENCE)).isTrue();
        }
        return samples;
    }
}
