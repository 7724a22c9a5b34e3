package io.foreshock.bench;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.gateway.Gateway;
import io.foreshock.gateway.GatewaySettings;
import io.foreshock.gateway.KnownAlerts;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.settings.SettingsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The gateway against a producer with the same settings on the same topic: how long until the broker has confirmed all events.
 * Bodies are packed before the clock runs; that is the trainers' work.
 */
final class GatewaySpeed implements AutoCloseable {
    static final int SENDERS = 4;
    static final int EVENTS_A_BODY = 500;
    private static final String TOPIC = "bench.gateway";
    private static final int PARTITIONS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<Traffic.Event> events;
    private final List<byte[]> bodies = new ArrayList<>();
    private final Map<String, Object> kafka;
    private final Gateway gateway;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService senders = Executors.newFixedThreadPool(SENDERS);

    GatewaySpeed(EmbeddedKafka broker, List<Traffic.Event> events) throws IOException, InterruptedException {
        this.events = events;
        for (int from = 0; from < events.size(); from += EVENTS_A_BODY) {
            bodies.add(packed(events.subList(from, Math.min(events.size(), from + EVENTS_A_BODY))));
        }
        this.kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
        try (Admin admin = Admin.create(kafka)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
                    .all()
                    .get();
            this.gateway = Gateway.start(GatewaySettings.LOOPBACK, kafka, TOPIC, new KnownAlerts());
        } catch (ExecutionException | SettingsException e) {
            throw new IOException(e);
        }
        awaitBroker();
    }

    /** The gateway has to ask it first. */
    private void awaitBroker() throws IOException, InterruptedException {
        HttpRequest health = HttpRequest.newBuilder(URI.create(gateway.address() + "/health"))
                .build();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (http.send(health, BodyHandlers.discarding()).statusCode() != 200) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the gateway does not reach its broker");
            }
            Thread.sleep(20);
        }
    }

    private static byte[] packed(List<Traffic.Event> events) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            for (Traffic.Event event : events) {
                out.write(event.value());
                out.write('\n');
            }
        }
        return bytes.toByteArray();
    }

    /** Events a second that the producer hands over. */
    double producer() {
        Map<String, Object> properties = new HashMap<>(TelemetryPublisher.producerProperties());
        properties.putAll(kafka);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.partitionsFor(TOPIC);
            long began = System.nanoTime();
            for (Traffic.Event event : events) {
                producer.send(new ProducerRecord<>(TOPIC, event.run().getBytes(StandardCharsets.UTF_8), event.value()));
            }
            producer.flush();
            return rate(began);
        }
    }

    /** Events a second that the gateway takes. */
    double gateway() throws IOException, InterruptedException {
        List<Callable<Void>> work = new ArrayList<>();
        for (int sender = 0; sender < SENDERS; sender++) {
            int first = sender;
            work.add(() -> {
                for (int body = first; body < bodies.size(); body += SENDERS) {
                    send(bodies.get(body));
                }
                return null;
            });
        }
        long began = System.nanoTime();
        for (Future<Void> done : senders.invokeAll(work)) {
            try {
                done.get();
            } catch (ExecutionException e) {
                throw new IOException(e.getCause());
            }
        }
        return rate(began);
    }

    private double rate(long began) {
        return events.size() / ((System.nanoTime() - began) / 1e9);
    }

    private void send(byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/telemetry"))
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200 || !answer.body().endsWith("\"rejected\":[]}")) {
            throw new IOException("the gateway answered " + answer.statusCode() + " " + answer.body());
        }
    }

    @Override
    public void close() {
        senders.shutdownNow();
        gateway.close();
    }
}
