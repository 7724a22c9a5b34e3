package io.foreshock.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.board.BoardKafka;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.job.KafkaSettings;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How far the job is behind, by what a real broker says. */
class KafkaProbeITCase {
    private static final long NOW = 1_795_000_000_000L;

    private EmbeddedKafka kafka;
    private KafkaSettings job;
    private KafkaProbe probe;

    @BeforeEach
    void start() throws IOException {
        kafka = EmbeddedKafka.start();
        job = KafkaSettings.of(kafka.bootstrapServers());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            job.topics().ensure(admin);
        }
        probe = new KafkaProbe(
                new BoardKafka(kafka.bootstrapServers(), job.topics(), Map.of()), job.groupId(), () -> NOW);
    }

    @AfterEach
    void stop() {
        probe.close();
        kafka.close();
    }

    @Test
    void withoutEventsNothingIsBehind() throws IOException {
        assertThat(look())
                .containsExactlyInAnyOrder(
                        "foreshock_telemetry_events_total 0.0",
                        "foreshock_rows_judged_total 0.0",
                        "foreshock_job_lag_events 0.0",
                        "foreshock_job_lag_seconds 0.0");
    }

    @Test
    void whatNoCheckpointCoversIsBehindSinceTheOldestOfIt() throws Exception {
        String telemetry = job.topics().telemetry().name();
        send(telemetry, 0, 90, 60, 30);
        send(telemetry, 1, 45);
        send(job.topics().signals().name(), 0, 20, 10);

        assertThat(look())
                .as("the job has committed nothing")
                .containsExactlyInAnyOrder(
                        "foreshock_telemetry_events_total 4.0",
                        "foreshock_rows_judged_total 2.0",
                        "foreshock_job_lag_events 4.0",
                        "foreshock_job_lag_seconds 90.0");
        assertThat(look()).as("looked at again").contains("foreshock_job_lag_seconds 90.0");

        commit(Map.of(0, 2L));
        assertThat(look()).contains("foreshock_job_lag_events 2.0", "foreshock_job_lag_seconds 45.0");

        commit(Map.of(0, 2L, 1, 1L));
        assertThat(look()).contains("foreshock_job_lag_events 1.0", "foreshock_job_lag_seconds 30.0");

        commit(Map.of(0, 3L, 1, 1L));
        assertThat(look())
                .contains(
                        "foreshock_telemetry_events_total 4.0",
                        "foreshock_job_lag_events 0.0",
                        "foreshock_job_lag_seconds 0.0");
    }

    private List<String> look() throws IOException {
        probe.look();
        Samples samples = new Samples();
        probe.addTo(samples);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(text, samples.snapshots());
        return text.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();
    }

    /** Records that came so many seconds ago. */
    private void send(String topic, int partition, long... ages) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (long age : ages) {
                producer.send(new ProducerRecord<>(topic, partition, NOW - 1_000 * age, null, new byte[] {1}));
            }
        }
    }

    private void commit(Map<Integer, Long> offsets) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            for (Map.Entry<Integer, Long> offset : offsets.entrySet()) {
                TopicPartition partition =
                        new TopicPartition(job.topics().telemetry().name(), offset.getKey());
                admin.alterConsumerGroupOffsets(
                                job.groupId(), Map.of(partition, new OffsetAndMetadata(offset.getValue())))
                        .all()
                        .get();
            }
        }
    }
}
