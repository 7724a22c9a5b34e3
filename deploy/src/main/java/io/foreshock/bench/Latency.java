package io.foreshock.bench;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.embedded.LocalJob;
import io.foreshock.job.ForeshockJob;
import io.foreshock.job.KafkaSettings;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.publish.TelemetryPublisher.Settings;
import io.foreshock.topics.TopicFeed;
import io.foreshock.topics.Topics;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.IncidentJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/**
 * From handing an event to the publisher until its alert is read back from Kafka, while checkpoints are taken every
 * second and other runs send a steady stream of events. Every so often the loss of a small run becomes NaN.
 */
final class Latency implements AutoCloseable {
    private static final long PROBE_MILLIS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Topics topics;
    private final TelemetryPublisher publisher;
    private final LocalJob job;
    private final TopicFeed feed;
    private final EventWriter writer = new EventWriter();
    private final Map<String, Long> sent = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Double> millis = new ConcurrentLinkedQueue<>();
    private int probes;

    Latency(EmbeddedKafka kafka, Path scratch) throws IOException, InterruptedException {
        topics = Topics.of("latency.", 8);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            topics.ensure(admin);
        }
        KafkaSettings settings =
                KafkaSettings.of(kafka.bootstrapServers()).withTopics(topics).withGroupId("latency");
        job = LocalJob.start(
                new LocalJob.Settings(scratch, scratch.resolve("checkpoints"), 1, Duration.ofSeconds(1)),
                env -> ForeshockJob.kafka(env, settings),
                null);
        feed = TopicFeed.open(kafka.bootstrapServers(), List.of(topics.alerts().name()), (record, before) -> {
            Long began = sent.remove(IncidentJson.read(record.value()).run());
            if (began != null) {
                millis.add((System.nanoTime() - began) / 1e6);
            }
        });
        publisher = TelemetryPublisher.connect(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new Settings(
                        topics.telemetry().name(), 100_000, 64L << 20, Duration.ofMillis(100), Duration.ofSeconds(5)));
    }

    /**
     * Sends the traffic at a steady rate with probes between, and measures these.
     *
     * @return latencies in milliseconds, ascending
     */
    double[] measure(List<Traffic.Event> traffic, int eventsPerSecond) throws IOException, InterruptedException {
        millis.clear();
        long began = System.nanoTime();
        long next = began;
        int alarmed = 0;
        prepare();
        for (int i = 0; i < traffic.size(); i++) {
            pause(began + (long) (i * 1e9 / eventsPerSecond));
            publisher.publish(traffic.get(i).run(), traffic.get(i).value());
            if (System.nanoTime() >= next) {
                next += TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS);
                alarm();
                alarmed++;
                prepare();
            }
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!sent.isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        if (millis.size() < alarmed) {
            throw new IOException(
                    (alarmed - millis.size()) + " of " + alarmed + " alerts did not come; the job is " + job.status());
        }
        return millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    /** The value below which this share of the sorted values lies. */
    static double percentile(double[] sorted, double share) {
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return percentile(sorted, 0.5);
    }

    @Override
    public void close() {
        publisher.close(Duration.ofSeconds(1));
        feed.close();
        job.close();
    }

    private void prepare() {
        String run = "probe-" + ++probes;
        Marker.healthy(run).forEach(publisher::publish);
    }

    private void alarm() {
        String run = "probe-" + probes;
        Traffic.Event event = Traffic.encode(writer, Marker.alarming(run));
        sent.put(run, System.nanoTime());
        publisher.publish(event.run(), event.value());
    }

    private static void pause(long until) throws InterruptedException {
        for (long wait = until - System.nanoTime(); wait > 0; wait = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(wait);
        }
    }
}
