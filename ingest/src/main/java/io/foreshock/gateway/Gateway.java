package io.foreshock.gateway;

import io.foreshock.http.Problem;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.settings.SettingsException;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Json;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway: an HTTP server that writes what it is sent to the telemetry topic, and says so once the broker has it.
 *
 * <pre>{@code
 * try (Gateway gateway = Gateway.start(GatewaySettings.LOOPBACK, Map.of("bootstrap.servers", "localhost:9092"),
 *         TelemetryPublisher.TOPIC, new KnownAlerts())) {
 *     System.out.println(gateway.address());
 * }
 * }</pre>
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    /**
     * What requests may hold: some hundred bodies of the usual size, and of a small heap a part. Kafka's client holds as much
     * again at worst.
     */
    private static final long BUDGET_BYTES =
            Math.min(64L * 1024 * 1024, Runtime.getRuntime().maxMemory() / 5);

    /** A sender that waited so long is told to come again; what it sent goes on to the broker. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int RETRY_SECONDS = 2;
    private static final int MAX_CONNECTIONS = 2_000;
    private static final int MAX_KEY_CHARS = 255;

    /** A connection that says nothing for so long is closed; listeners hear something every 10 seconds. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    /** What is on its way when the gateway is closed is answered, if it takes no longer. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    /** While brokers acknowledge, whoever asks them in vain is wrong. */
    private static final Duration HEARD_LATELY = Duration.ofSeconds(5);

    private final GatewaySettings settings;
    private final @Nullable TokensFile tokens;
    private final @Nullable Certificate certificate;
    private final Budget budget = new Budget(BUDGET_BYTES);
    private final Repeats repeats = new Repeats();
    private final Outbox outbox;
    private final BrokerProbe probe;
    private final AlertStreams streams;
    private final GatewayFigures figures;
    private final Javalin server;
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "foreshock-gateway-clock");
        thread.setDaemon(true);
        return thread;
    });

    private Gateway(GatewaySettings settings, Map<String, Object> kafka, String topic, KnownAlerts alerts)
            throws IOException, SettingsException {
        this.settings = settings;
        this.tokens = settings.tokensFile() == null ? null : new TokensFile(settings.tokensFile());
        this.certificate = settings.tls() == null ? null : new Certificate(settings.tls());
        Map<String, Object> producer = new HashMap<>(TelemetryPublisher.producerProperties());
        producer.putAll(kafka);
        producer.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 2_000);
        producer.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUDGET_BYTES);
        this.outbox = new Outbox(
                () -> new KafkaProducer<>(producer, new ByteArraySerializer(), new ByteArraySerializer()), topic);
        this.probe = new BrokerProbe(kafka, String.valueOf(kafka.get("bootstrap.servers")), topic);
        this.streams = new AlertStreams(alerts);
        this.figures = new GatewayFigures(budget::used, () -> trouble() == null ? 1 : 0, streams::listeners);
        this.server = Javalin.create(this::configure);
    }

    /**
     * Begins to serve, whether or not the brokers can be reached; takes some seconds if not.
     *
     * @param kafka settings of a Kafka client, with {@code bootstrap.servers}
     * @param topic where events go
     * @param alerts what listeners are told; the caller records in it what the topic of alerts says
     * @throws IOException if the port is taken, or a file cannot be read
     * @throws SettingsException if the file of tokens has faults; names each with its line
     */
    public static Gateway start(GatewaySettings settings, Map<String, Object> kafka, String topic, KnownAlerts alerts)
            throws IOException, SettingsException {
        settings.endpoint().requireFree();
        Gateway gateway = new Gateway(settings, kafka, topic, alerts);
        // Before anybody asks: the first request must not be told that nothing is known of the brokers.
        gateway.probe.look();
        try {
            gateway.server.start();
        } catch (RuntimeException e) {
            gateway.close();
            throw settings.endpoint().taken(e);
        }
        gateway.clock.scheduleWithFixedDelay(gateway.probe::look, 2, 2, TimeUnit.SECONDS);
        gateway.clock.scheduleWithFixedDelay(gateway::lookAtFiles, 2, 2, TimeUnit.SECONDS);
        return gateway;
    }

    private void lookAtFiles() {
        if (tokens != null) {
            tokens.look();
        }
        if (certificate != null) {
            certificate.look();
        }
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.http.prefer405over404 = true;
        config.jetty.modifyServer(jetty -> {
            jetty.setHandler(new GracefulHandler());
            jetty.setStopTimeout(FAREWELL.toMillis());
        });
        config.jetty.addConnector(this::connector);
        config.routes.before(ctx -> {
            ctx.header("X-Content-Type-Options", "nosniff");
            settings.endpoint().requireNamed(ctx.header("Host"));
            if (tokens == null && ctx.header("Origin") != null) {
                throw Problem.forbidden("pages of the web cannot send here; this gateway asks for no token, so it"
                        + " answers programs alone, which send no Origin");
            }
        });
        route(config, HandlerType.POST, "/v1/telemetry", this::telemetry);
        route(config, HandlerType.POST, "/v1/metrics", this::metrics);
        route(config, HandlerType.GET, "/v1/alerts", this::alerts);
        route(config, HandlerType.GET, "/health", this::health);
        // Without this a HEAD is answered 200 whatever a GET says, and some load balancers ask so.
        config.routes.addHttpHandler(HandlerType.HEAD, "/health", this::health);
        route(config, HandlerType.GET, "/metrics", this::scrape);
        config.routes.exception(Problem.class, Gateway::answer);
        config.routes.exception(
                HttpResponseException.class,
                (error, ctx) -> answer(
                        Problem.of(
                                error.getStatus(),
                                "Not answered",
                                error.getStatus() == 404
                                        ? "nothing is at " + Excerpt.plain(ctx.path())
                                                + "; there are POST /v1/telemetry, POST /v1/metrics (OTLP), GET /v1/alerts,"
                                                + " GET /health and GET /metrics"
                                        : String.valueOf(error.getMessage())),
                        ctx));
        config.routes.exception(Exception.class, Gateway::failed);
    }

    private interface Handler {
        void handle(Context ctx) throws IOException;
    }

    private void route(JavalinConfig config, HandlerType method, String path, Handler handler) {
        config.routes.addHttpHandler(method, path, handler::handle);
        config.routes.after(path, ctx -> figures.answered(path, ctx.statusCode()));
    }

    private ServerConnector connector(Server jetty, HttpConfiguration http) {
        http.setSendServerVersion(false);
        HttpConnectionFactory plain = new HttpConnectionFactory(http);
        ServerConnector connector = certificate == null
                ? new ServerConnector(jetty, plain)
                : new ServerConnector(
                        jetty, new SslConnectionFactory(certificate.forServer(), plain.getProtocol()), plain);
        connector.setHost(settings.endpoint().host());
        connector.setPort(settings.endpoint().port());
        connector.setIdleTimeout(IDLE.toMillis());
        jetty.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
        return connector;
    }

    private Grant grant(Context ctx) {
        return tokens == null ? Grant.ANYBODY : tokens.tokens().of(ctx.header("Authorization"));
    }

    private void telemetry(Context ctx) throws IOException {
        Grant grant = grant(ctx);
        String run = ctx.queryParam("run");
        if (run != null) {
            requireRun(run);
        }
        take(ctx, grant, (body, share) -> Item.of(body, run, grant, share), Answer::json, "application/json");
    }

    private void metrics(Context ctx) throws IOException {
        Grant grant = grant(ctx);
        String type = ctx.contentType() == null ? "" : String.valueOf(ctx.contentType());
        boolean json = type.startsWith("application/json");
        if (!json && !type.startsWith("application/x-protobuf")) {
            throw Problem.of(
                    415,
                    "Unsupported type",
                    "Content-Type must be application/x-protobuf or application/json, got " + Excerpt.quote(type));
        }
        Otlp.Export[] export = new Otlp.Export[1];
        take(
                ctx,
                grant,
                (body, share) -> {
                    export[0] = Otlp.read(body, json, grant, share);
                    return export[0].items();
                },
                answer -> export[0].response(answer, json),
                json ? "application/json" : "application/x-protobuf");
    }

    /** Makes events of a body, charging what they take. */
    private interface Reader {
        List<Item> read(byte[] body, Budget.Share share);
    }

    /** Reads a body, sends its events, and answers when the broker has them, without a thread that waits. */
    private void take(Context ctx, Grant grant, Reader reader, Function<Answer, byte[]> writer, String type)
            throws IOException {
        requireBroker();
        String key = key(ctx);
        String request = key == null
                ? null
                : String.join("\n", grant.name(), ctx.path(), String.valueOf(ctx.queryString()), key);
        boolean packed = Body.isPacked(ctx.header("Content-Encoding"));
        ServletInputStream in = ctx.req().getInputStream();
        ctx.future(() -> {
            Budget.Share share = budget.share();
            return Upload.take(in, share)
                    .thenCompose(sent -> {
                        byte[] body = packed ? Body.unpack(sent, share) : sent;
                        List<Item> items = reader.read(body, share);
                        return patiently(
                                key != null,
                                request == null
                                        ? deliver(items, new BitSet(), share)
                                        : repeats.once(
                                                request, sha256(body), written -> deliver(items, written, share)));
                    })
                    .whenComplete((answer, error) -> share.close())
                    // Not on the thread that brought the acknowledgement: a sender that does not read would hold up all
                    // others.
                    .handleAsync(
                            (answer, error) -> {
                                if (error == null) {
                                    ctx.contentType(type).result(writer.apply(answer));
                                } else {
                                    failed(error, ctx);
                                }
                                return answer;
                            },
                            server.jettyServer().threadPool());
        });
    }

    private CompletableFuture<Answer> deliver(List<Item> items, BitSet written, Budget.Share share) {
        long began = System.nanoTime();
        Budget.Share own = share.handOver();
        return Delivery.of(items, written, outbox).whenComplete((answer, error) -> {
            own.close();
            if (answer != null) {
                figures.settled(answer, (System.nanoTime() - began) / 1e9);
            }
        });
    }

    /** What is not settled in time is a problem of its sender; it goes on to the broker all the same. */
    private static CompletableFuture<Answer> patiently(boolean keyed, CompletableFuture<Answer> settled) {
        return settled.copy()
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(error -> {
                    throw problem(error, keyed);
                });
    }

    private static Problem problem(Throwable error, boolean keyed) {
        Throwable cause = unwrapped(error);
        if (cause instanceof Problem problem) {
            return problem;
        }
        if (cause instanceof TimeoutException) {
            return Problem.unavailable("the broker has not confirmed this yet; send the same again"
                            + (keyed
                                    ? " with the same Idempotency-Key, and nothing is written twice"
                                    : ", at the risk that it is written twice: an Idempotency-Key rules that out"))
                    .retryAfter(RETRY_SECONDS);
        }
        String why = cause.getCause() == null
                ? cause.toString()
                : String.valueOf(cause.getCause().getMessage());
        return Problem.unavailable("Kafka did not take all of it: " + Excerpt.sentence(why) + "; send the same again")
                .retryAfter(RETRY_SECONDS);
    }

    private static Throwable unwrapped(Throwable error) {
        Throwable cause = error.getCause();
        return error instanceof CompletionException && cause != null ? cause : error;
    }

    private static @Nullable String key(Context ctx) {
        String key = ctx.header("Idempotency-Key");
        if (key != null
                && (key.isEmpty()
                        || key.length() > MAX_KEY_CHARS
                        || !key.chars().allMatch(c -> c > ' ' && c < 127))) {
            throw Problem.badField(
                    "Idempotency-Key", "must have 1 to " + MAX_KEY_CHARS + " visible ASCII characters", key);
        }
        return key;
    }

    private static byte[] sha256(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void alerts(Context ctx) {
        Grant grant = grant(ctx);
        String run = ctx.queryParam("run");
        if (run == null) {
            throw Problem.badField("run", "must name a run, as in /v1/alerts?run=ID", run);
        }
        requireRun(run);
        grant.require(run);
        streams.stream(ctx, run);
    }

    private static void requireRun(String name) {
        try {
            EventReader.requireRun(name);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("of the address, " + e.getMessage());
        }
    }

    /** Why events cannot be written at present, or null. */
    private @Nullable String trouble() {
        return outbox.heardWithin(HEARD_LATELY) ? null : probe.trouble();
    }

    /** Says at once what would take seconds to find out, and a thread. */
    private void requireBroker() {
        String trouble = trouble();
        if (trouble != null) {
            throw Problem.unavailable(trouble + "; keep what you have and send it again")
                    .retryAfter(RETRY_SECONDS);
        }
    }

    private void health(Context ctx) {
        String trouble = trouble();
        ctx.status(trouble == null ? 200 : 503)
                .contentType("application/json")
                .header("Cache-Control", "no-store")
                .result(Json.object(out -> {
                    out.writeStringField("status", trouble == null ? "up" : "failing");
                    if (trouble != null) {
                        out.writeStringField("detail", trouble);
                    }
                }));
    }

    private void scrape(Context ctx) throws IOException {
        GatewayFigures.Page page = figures.page(ctx.header("Accept"));
        ctx.contentType(page.type()).result(page.text());
    }

    private static void answer(Problem problem, Context ctx) {
        problem.retryAfter().ifPresent(seconds -> ctx.header("Retry-After", Integer.toString(seconds)));
        if (problem.status() == 401) {
            ctx.header("WWW-Authenticate", "Bearer");
        }
        ctx.status(problem.status()).contentType(Problem.TYPE).result(problem.json());
    }

    private static void failed(Throwable error, Context ctx) {
        Throwable cause = unwrapped(error);
        if (cause instanceof Problem problem) {
            answer(problem, ctx);
        } else if (cause instanceof IOException || cause instanceof TimeoutException) {
            // A sender that goes away in the midst of its body, or falls silent, is no fault of ours.
            LOG.debug("a request was cut off: {}", cause.getMessage());
            answer(Problem.of(408, "Cut off", "the body did not arrive in time, or not all of it"), ctx);
        } else {
            LOG.error("{} {} failed", ctx.method(), ctx.path(), cause);
            answer(Problem.of(500, "Failed", "this is a fault of ours; the gateway's log has more"), ctx);
        }
    }

    /** Where it is, for a program on this machine: {@code http://127.0.0.1:8088}. */
    public String address() {
        return settings.endpoint().url(certificate == null ? "http" : "https", server.port());
    }

    /** Ends listening; what was taken is given some seconds to reach the broker. */
    @Override
    public void close() {
        clock.shutdownNow();
        streams.close();
        server.stop();
        outbox.close();
        probe.close();
    }
}
