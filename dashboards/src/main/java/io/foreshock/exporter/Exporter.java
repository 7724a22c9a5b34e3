package io.foreshock.exporter;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.foreshock.board.BoardFeed;
import io.foreshock.board.BoardKafka;
import io.foreshock.board.InForce;
import io.foreshock.board.RunBoard;
import io.foreshock.board.Version;
import io.foreshock.detect.Signature;
import io.foreshock.notify.Concerns;
import io.foreshock.notify.Notifier;
import io.foreshock.notify.NotifySettings;
import io.foreshock.notify.Tally;
import io.foreshock.topics.SmallLog;
import io.prometheus.metrics.exporter.httpserver.MetricsHandler;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * The exporter: {@code /metrics} for Prometheus, {@code /health} for whoever restarts it, and those who are told of incidents.
 *
 * <pre>{@code
 * try (Exporter exporter = Exporter.start(ExporterSettings.LOOPBACK, NotifySettings.NONE, kafka, Signatures.all())) {
 *     System.out.println(exporter.address() + "/metrics");
 * }
 * }</pre>
 */
public final class Exporter implements AutoCloseable {
    /** Scrapes come every 15 seconds as a rule. */
    private static final long LOOK_SECONDS = 5;

    /** Some more scrapes than one at a time, none of which waits for anything. */
    private static final int THREADS = 4;

    private final BoardFeed feed;
    private final Notifier notifier;
    private final KafkaProbe kafkaProbe;
    private final HttpServer server;
    private final ExecutorService answering = Executors.newFixedThreadPool(THREADS, Exporter::daemon);
    private final ScheduledExecutorService looking = Executors.newScheduledThreadPool(2, Exporter::daemon);

    private Exporter(
            ExporterSettings settings,
            NotifySettings notify,
            BoardKafka kafka,
            List<Signature> signatures,
            HttpServer server) {
        this.server = server;
        RunBoard board = new RunBoard(System::currentTimeMillis);
        WayFigures way = new WayFigures(signatures, System::currentTimeMillis);
        RunFigures runs = new RunFigures(board, settings.maxRuns(), System::currentTimeMillis);
        InForce inForce = new InForce(signatures);
        Concerns concerns = new Concerns(board, inForce, notify.page(), System::currentTimeMillis);
        board.listeners(List.of(way, concerns));
        feed = BoardFeed.start(kafka, board, inForce);
        notifier = Notifier.start(
                notify,
                concerns,
                feed,
                new SmallLog(
                        kafka.bootstrapServers(), kafka.topics().deliveries().name(), kafka.client()),
                System::currentTimeMillis);
        kafkaProbe = new KafkaProbe(kafka, settings.groupId(), System::currentTimeMillis);
        looking.scheduleWithFixedDelay(kafkaProbe::look, 0, LOOK_SECONDS, TimeUnit.SECONDS);
        JobProbe job = settings.flink() == null ? null : new JobProbe(settings.flink(), System::currentTimeMillis);
        if (job != null) {
            looking.scheduleWithFixedDelay(() -> look(job), 0, LOOK_SECONDS, TimeUnit.SECONDS);
        }
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register((MultiCollector) () -> figures(runs, way, board, job));
        registry.register(way.latency());
        server.createContext("/metrics", new MetricsHandler(registry));
        server.createContext("/health", this::health);
        server.setExecutor(answering);
    }

    /**
     * Begins to read the topics and to serve; what lies in them may be read a while longer.
     *
     * @param notify who is told of incidents
     * @param signatures those that come with Foreshock
     * @throws IOException if the port is taken, or the topics cannot be read
     */
    public static Exporter start(
            ExporterSettings settings, NotifySettings notify, BoardKafka kafka, List<Signature> signatures)
            throws IOException {
        HttpServer server = listen(settings);
        try {
            Exporter exporter = new Exporter(settings, notify, kafka, signatures, server);
            server.start();
            return exporter;
        } catch (KafkaException e) {
            server.stop(0);
            throw new IOException(e.getMessage(), e);
        }
    }

    private static HttpServer listen(ExporterSettings settings) throws IOException {
        try {
            return HttpServer.create(new InetSocketAddress(settings.host(), settings.port()), 0);
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException(
                    "cannot listen on " + settings.host() + ":" + settings.port() + ": " + e.getMessage()
                            + "; port 0 takes a free one",
                    e);
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "foreshock-exporter");
        thread.setDaemon(true);
        return thread;
    }

    private static void look(JobProbe job) {
        try {
            job.look();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private MetricSnapshots figures(RunFigures runs, WayFigures way, RunBoard board, @Nullable JobProbe job) {
        Samples samples = new Samples();
        if (feed.isComplete()) {
            // What was half read would show as open what is over.
            runs.addTo(samples);
        }
        way.addTo(samples);
        samples.add(Figure.FEED_UP, feed.trouble() == null ? 1 : 0);
        samples.add(Figure.COMPLETE, feed.isComplete() ? 1 : 0);
        samples.add(Figure.UNREADABLE, board.unreadableRecords());
        kafkaProbe.addTo(samples);
        if (job != null) {
            job.addTo(samples);
        }
        for (Tally tally : notifier.tallies()) {
            samples.add(Figure.NOTIFICATIONS, tally.sent(), tally.receiver(), tally.address(), "sent");
            samples.add(Figure.NOTIFICATIONS, tally.failed(), tally.receiver(), tally.address(), "failed");
            samples.add(Figure.NOTIFICATIONS_PENDING, tally.pending(), tally.receiver(), tally.address());
        }
        samples.add(Figure.BUILD_INFO, 1, Version.text());
        return samples.snapshots();
    }

    /** Where it listens: {@code http://127.0.0.1:9464}. */
    public String address() {
        InetSocketAddress bound = server.getAddress();
        String host = bound.getAddress().isAnyLocalAddress() ? "localhost" : bound.getHostString();
        return "http://" + host + ":" + bound.getPort();
    }

    private void health(HttpExchange exchange) throws IOException {
        try (exchange) {
            String trouble = feed.trouble();
            String status = trouble != null ? "failing: " + trouble : feed.isComplete() ? "ok" : "reading";
            byte[] body = (status + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(trouble == null ? 200 : 503, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        answering.shutdownNow();
        looking.shutdownNow();
        notifier.close();
        feed.close();
        kafkaProbe.close();
    }
}
