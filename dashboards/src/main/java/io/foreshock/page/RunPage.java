package io.foreshock.page;

import io.foreshock.board.BoardFeed;
import io.foreshock.board.BoardKafka;
import io.foreshock.board.InForce;
import io.foreshock.board.RunBoard;
import io.foreshock.detect.Signature;
import io.foreshock.http.Endpoint;
import io.foreshock.http.Problem;
import io.foreshock.topics.Interventions;
import io.foreshock.topics.SmallLog;
import io.foreshock.view.WebParts;
import io.foreshock.wire.Excerpt;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run page: an HTTP server for browsers and programs. It writes nothing but what people change, and that to the settings topic.
 *
 * <pre>{@code
 * try (RunPage page = RunPage.start(PageSettings.LOOPBACK, kafka, Signatures.all())) {
 *     System.out.println(page.address());
 * }
 * }</pre>
 */
public final class RunPage implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunPage.class);
    private static final long BODY_BYTES = 16 * 1024;

    /** What pages may load: their own files alone. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final PageSettings settings;
    private final BoardFeed feed;
    private final Watches watches;
    private final EventStreams streams;
    private final Javalin server;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "foreshock-page-clock");
        thread.setDaemon(true);
        return thread;
    });

    /** A request that is answered. */
    record Route(HandlerType method, String path, Handler handler) {}

    private RunPage(PageSettings settings, BoardKafka kafka, List<Signature> signatures) {
        this.settings = settings;
        RunBoard board = new RunBoard(System::currentTimeMillis);
        InForce inForce = new InForce(signatures);
        Access access = new Access(settings.endpoint(), settings.token());
        watches = new Watches(board, kafka, inForce);
        streams = new EventStreams(board, watches, inForce);
        feed = BoardFeed.start(kafka, board, inForce);
        Interventions interventions = new Interventions(
                new SmallLog(kafka.bootstrapServers(), kafka.topics().settings().name(), kafka.client()), signatures);
        Api api = new Api(board, watches, inForce, streams, feed, interventions, kafka, access);
        clock.scheduleWithFixedDelay(
                () -> {
                    board.look();
                    watches.sweep();
                },
                1,
                1,
                TimeUnit.SECONDS);
        server = Javalin.create(config -> configure(config, routes(api), access, settings.endpoint()));
    }

    /**
     * Begins to read the topics and to serve; what lies in them may be read a while longer.
     *
     * @param signatures those that come with Foreshock
     * @throws IOException if the port is taken, or the topics cannot be read
     */
    public static RunPage start(PageSettings settings, BoardKafka kafka, List<Signature> signatures)
            throws IOException {
        settings.endpoint().requireFree();
        RunPage page;
        try {
            page = new RunPage(settings, kafka, signatures);
        } catch (KafkaException e) {
            throw new IOException(e.getMessage(), e);
        }
        try {
            page.server.start(settings.endpoint().host(), settings.endpoint().port());
            return page;
        } catch (RuntimeException e) {
            page.close();
            throw settings.endpoint().taken(e);
        }
    }

    static List<Route> routes(Api api) {
        return List.of(
                new Route(HandlerType.GET, "/", ctx -> asset(ctx, "list.html")),
                new Route(HandlerType.GET, "/runs/{run}", ctx -> asset(ctx, "run.html")),
                new Route(HandlerType.GET, "/assets/{name}", ctx -> asset(ctx, ctx.pathParam("name"))),
                new Route(
                        HandlerType.GET,
                        "/api/v1/openapi.yaml",
                        ctx -> ctx.contentType("application/yaml; charset=utf-8")
                                .result(own("openapi.yaml"))),
                new Route(HandlerType.GET, "/api/v1/health", api::health),
                new Route(HandlerType.GET, "/api/v1/runs", api::runs),
                new Route(HandlerType.GET, "/api/v1/events", api::listEvents),
                new Route(HandlerType.GET, "/api/v1/runs/{run}", api::run),
                new Route(HandlerType.GET, "/api/v1/runs/{run}/view", api::view),
                new Route(HandlerType.GET, "/api/v1/runs/{run}/series", api::series),
                new Route(HandlerType.GET, "/api/v1/runs/{run}/events", api::runEvents),
                new Route(HandlerType.GET, "/api/v1/incidents", api::incidents),
                new Route(HandlerType.GET, "/api/v1/mutes", api::mutes),
                new Route(HandlerType.POST, "/api/v1/ack", api::ack),
                new Route(HandlerType.POST, "/api/v1/mute", api::mute),
                new Route(HandlerType.POST, "/api/v1/unmute", api::unmute));
    }

    private static void configure(JavalinConfig config, List<Route> routes, Access access, Endpoint endpoint) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.http.maxRequestSize = BODY_BYTES;
        config.http.prefer405over404 = true;
        config.http.generateEtags = true;
        config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
        config.routes.before(ctx -> {
            protect(ctx);
            endpoint.requireNamed(ctx.header("Host"));
            if (ctx.method().equals(HandlerType.POST)) {
                access.change(
                        ctx.header(Access.HEADER),
                        ctx.header("Origin"),
                        ctx.header("Host"),
                        ctx.header("Authorization"));
            }
        });
        for (Route route : routes) {
            config.routes.addHttpHandler(route.method(), route.path(), route.handler());
            if (route.method().equals(HandlerType.GET)) {
                // Left to itself the server says 200 to everything that can be got, there or not. It drops the body.
                config.routes.addHttpHandler(HandlerType.HEAD, route.path(), route.handler());
            }
        }
        config.routes.exception(Problem.class, (problem, ctx) -> answer(ctx, problem));
        config.routes.exception(
                HttpResponseException.class,
                (error, ctx) -> answer(
                        ctx,
                        Problem.of(
                                error.getStatus(),
                                "Not answered",
                                error.getStatus() == 404
                                        ? "nothing is at " + ctx.method() + " " + Excerpt.plain(ctx.path())
                                                + "; /api/v1/openapi.yaml describes what there is"
                                        : String.valueOf(error.getMessage()))));
        config.routes.exception(Exception.class, (error, ctx) -> {
            LOG.error("{} {} failed", ctx.method(), ctx.path(), error);
            answer(ctx, Problem.of(500, "Failed", "this is a fault of ours; the page's log has more"));
        });
    }

    private static void protect(Context ctx) {
        ctx.header("Content-Security-Policy", POLICY);
        ctx.header("X-Content-Type-Options", "nosniff");
        ctx.header("Referrer-Policy", "no-referrer");
        ctx.header("Cross-Origin-Opener-Policy", "same-origin");
        ctx.header("Cross-Origin-Resource-Policy", "same-origin");
        ctx.header("Cache-Control", ctx.path().startsWith("/api/") ? "no-store" : "no-cache");
    }

    private static void answer(Context ctx, Problem problem) {
        ctx.status(problem.status()).contentType(Problem.TYPE).result(problem.json());
    }

    private static final String HTML = "text/html; charset=utf-8";
    private static final String CSS = "text/css; charset=utf-8";
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    /** Files of the pages, by name. */
    private static final Map<String, Asset> ASSETS = Map.of(
            "list.html", new Asset(HTML, () -> own("list.html")),
            "run.html", new Asset(HTML, () -> own("run.html")),
            "page.css", new Asset(CSS, () -> own("page.css")),
            "page.js", new Asset(SCRIPT, () -> own("page.js")),
            "list.js", new Asset(SCRIPT, () -> own("list.js")),
            "run.js", new Asset(SCRIPT, () -> own("run.js")),
            "uplot.css", new Asset(CSS, WebParts::chartStyle),
            "uplot.js", new Asset(SCRIPT, WebParts::chartScript),
            "view.css", new Asset(CSS, WebParts::viewStyle),
            "view.js", new Asset(SCRIPT, WebParts::viewScript));

    private record Asset(String type, Supplier<String> text) {}

    private static void asset(Context ctx, String name) {
        Asset asset = ASSETS.get(name);
        if (asset == null) {
            throw Problem.notFound("name", name, "the page has no such file");
        }
        ctx.contentType(asset.type()).result(asset.text().get());
    }

    private static String own(String file) {
        try (InputStream in = RunPage.class.getResourceAsStream(file)) {
            return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it is, for a browser on this machine: {@code http://127.0.0.1:8080}. */
    public String address() {
        return settings.endpoint().url("http", server.port());
    }

    /** True if it is reachable from elsewhere and has no token, so that nothing can be changed on it. */
    public boolean isReadOnly() {
        return settings.token() == null && !settings.endpoint().isLoopback();
    }

    /** Waits until all that lay in the topics was read; false if that takes longer. */
    public boolean awaitComplete(Duration patience) throws InterruptedException {
        return feed.awaitComplete(patience);
    }

    @Override
    public void close() {
        clock.shutdownNow();
        streams.close();
        feed.close();
        watches.close();
        server.stop();
    }
}
