package io.foreshock.page;

import io.foreshock.board.BoardFeed;
import io.foreshock.board.BoardKafka;
import io.foreshock.board.InForce;
import io.foreshock.board.RunBoard;
import io.foreshock.board.Standing;
import io.foreshock.board.Version;
import io.foreshock.detect.Severity;
import io.foreshock.http.Problem;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.settings.FieldException;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.telemetry.StepAssembler;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.Interventions;
import io.foreshock.wire.Json;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.sse.SseClient;
import io.javalin.http.sse.SseHandler;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** What is answered under {@code /api/v1}; {@code openapi.yaml} describes it. */
final class Api {
    static final String JSON = "application/json";

    /** Where the browser goes on listening from, of a run as it is drawn. */
    static final String CURSOR = "X-Foreshock-Cursor";

    /** Whether all of the run's telemetry is in the drawing, or its signals alone. */
    static final String DETAIL = "X-Foreshock-Detail";

    private static final int DEFAULT_POINTS = 1_000;
    private static final int MAX_POINTS = 10_000;
    /** Most runs and incidents of an answer. */
    private static final int MAX_LIMIT = 10_000;

    private static final int DEFAULT_LIMIT = 1_000;

    /** How long a drawing waits for the telemetry, before it shows the signals for the time being. */
    private static final long DRAWING_MILLIS = 1_500;

    private static final long SERIES_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final RunBoard board;
    private final Watches watches;
    private final InForce inForce;
    private final EventStreams streams;
    private final BoardFeed feed;
    private final Interventions interventions;
    private final BoardKafka kafka;
    private final Access access;
    /** Telemetry is read anew for each answer: not more than this many at once. */
    private final Semaphore readers = new Semaphore(2);

    Api(
            RunBoard board,
            Watches watches,
            InForce inForce,
            EventStreams streams,
            BoardFeed feed,
            Interventions interventions,
            BoardKafka kafka,
            Access access) {
        this.board = board;
        this.watches = watches;
        this.inForce = inForce;
        this.streams = streams;
        this.feed = feed;
        this.interventions = interventions;
        this.kafka = kafka;
        this.access = access;
    }

    void health(Context ctx) {
        String trouble = feed.trouble();
        String status = trouble != null ? "failing" : feed.isComplete() ? "ok" : "reading";
        ctx.status(trouble == null ? 200 : 503);
        json(ctx, Json.object(out -> {
            out.writeStringField("status", status);
            out.writeStringField("detail", trouble == null ? "" : trouble);
            out.writeStringField("version", Version.text());
            out.writeStringField("changes", access.changes().slug());
            out.writeNumberField("runs", board.size());
            out.writeNumberField("runs_forgotten", board.forgotten());
            out.writeNumberField("runs_open", watches.size());
            out.writeNumberField("browsers", streams.readers());
            out.writeNumberField("events_rejected", board.rejected());
            out.writeNumberField("records_unreadable", board.unreadableRecords());
        }));
    }

    void runs(Context ctx) {
        String state = ctx.queryParam("state");
        Standing standing = state == null ? null : Standing.of(state);
        if (state != null && standing == null) {
            throw Problem.badField("state", "must be running, silent, finished, failed or stopped", state);
        }
        String filter = Objects.requireNonNullElse(ctx.queryParam("filter"), "").toLowerCase(Locale.ROOT);
        long limit = whole(ctx, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        json(
                ctx,
                PageJson.lines(board.lines().stream()
                        .filter(line -> standing == null || line.standing() == standing)
                        .filter(line -> line.run().toLowerCase(Locale.ROOT).contains(filter))
                        .limit(limit)
                        .toList()));
    }

    void run(Context ctx) {
        String name = named(ctx);
        long now = System.currentTimeMillis();
        byte[] json =
                board.ask(name, run -> PageJson.run(run, run.line(now), inForce.mutes(name, run.lastStep(), now)));
        json(ctx, found(name, json));
    }

    void view(Context ctx) throws InterruptedException {
        String name = named(ctx);
        Watch watch = found(name, watches.watch(name));
        watch.awaitTried(DRAWING_MILLIS);
        Watch.Drawn drawn = watch.drawn();
        ctx.header(DETAIL, drawn != null ? "full" : "signals");
        ctx.header(CURSOR, drawn != null ? drawn.cursor() : watch.cursor());
        json(ctx, drawn != null ? drawn.json() : found(name, board.ask(name, run -> Watch.document(run.view()))));
    }

    void series(Context ctx) {
        String name = named(ctx);
        long[] known = found(name, board.ask(name, run -> new long[] {run.firstRecord(), run.lastStep()}));
        long from = whole(ctx, "from", 0, 0, Long.MAX_VALUE);
        long to = whole(ctx, "to", Math.max(from, known[1]), 0, Long.MAX_VALUE);
        if (to < from) {
            throw Problem.badField("to", "must be a step >= from, which is " + from, String.valueOf(to));
        }
        int points = (int) whole(ctx, "points", DEFAULT_POINTS, 1, MAX_POINTS);
        Series series = new Series(from, to, points, ctx.queryParams("signal"));
        if (!readers.tryAcquire()) {
            throw Problem.unavailable("telemetry is being read for two others: ask again in a moment");
        }
        boolean complete;
        try (RunTelemetry telemetry = new RunTelemetry(kafka, name)) {
            long deadline = System.nanoTime() + SERIES_NANOS;
            StepAssembler assembler = new StepAssembler();
            telemetry.read(known[0], sample -> take(sample, assembler, series), () -> System.nanoTime() > deadline);
            assembler.flush(series::add);
            complete = System.nanoTime() <= deadline;
        } catch (KafkaException e) {
            throw Problem.unavailable("telemetry cannot be read: " + e.getMessage());
        } finally {
            readers.release();
        }
        json(ctx, Json.object(out -> {
            out.writeStringField("run", name);
            out.writeBooleanField("complete", complete);
            series.write(out);
        }));
    }

    private static void take(StepSample sample, StepAssembler assembler, Series series) {
        if (sample.count() > 0) {
            assembler.add(sample, series::add, reject -> {});
        }
    }

    void incidents(Context ctx) {
        String status = ctx.queryParam("status");
        if (status != null && !Set.of("open", "updated", "resolved").contains(status)) {
            throw Problem.badField("status", "must be open (updated ones among them), updated or resolved", status);
        }
        String severity = ctx.queryParam("severity");
        if (severity != null && !Set.of("info", "warning", "critical").contains(severity)) {
            throw Problem.badField("severity", "must be info, warning or critical", severity);
        }
        String run = ctx.queryParam("run");
        long limit = whole(ctx, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        json(
                ctx,
                PageJson.incidents(board.incidents().stream()
                        .filter(incident -> run == null || incident.run().equals(run))
                        .filter(incident -> has(incident, status))
                        .filter(incident ->
                                severity == null || slug(incident.severity()).equals(severity))
                        .sorted(Comparator.comparing(Incident::severity, Comparator.<Severity>reverseOrder())
                                .thenComparing(Incident::run)
                                .thenComparing(Incident::detectedStep)
                                .thenComparing(Incident::id))
                        .limit(limit)
                        .toList()));
    }

    private static boolean has(Incident incident, @Nullable String status) {
        boolean resolved = incident.status() == Incident.Status.RESOLVED;
        return status == null
                || (status.equals("open") ? !resolved : slug(incident.status()).equals(status));
    }

    void mutes(Context ctx) {
        json(ctx, PageJson.mutes(inForce.mutes(System.currentTimeMillis())));
    }

    void ack(Context ctx) {
        Body body = Body.read(ctx.bodyAsBytes(), fields("incident", "by", "note"));
        String id = body.text("incident");
        if (board.incident(id) == null) {
            throw Problem.notFound("incident", id, "no incident has this id; /api/v1/incidents lists them");
        }
        Ack ack = new Ack(id, new Acknowledgement(by(body), System.currentTimeMillis(), body.textOr("note", "")));
        changed(ctx, ack.key(), () -> interventions.acknowledge(ack));
    }

    void mute(Context ctx) {
        Body body = Body.read(ctx.bodyAsBytes(), fields("run", "signature", "for_seconds", "until_step", "by", "note"));
        long seconds = body.positiveOr("for_seconds", Long.MAX_VALUE);
        long until = seconds == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : 1_000 * (System.currentTimeMillis() / 1_000 + Math.min(seconds, TimeUnit.DAYS.toSeconds(36_500)));
        Mute mute = new Mute(
                body.text("run"),
                body.text("signature"),
                until,
                body.positiveOr("until_step", Long.MAX_VALUE),
                by(body),
                body.textOr("note", ""));
        changed(ctx, mute.key(), () -> interventions.mute(mute));
    }

    void unmute(Context ctx) {
        Body body = Body.read(ctx.bodyAsBytes(), fields("run", "signature"));
        String run = body.text("run");
        String signature = body.text("signature");
        changed(ctx, Mute.key(run, signature), () -> {
            if (!interventions.unmute(run, signature)) {
                throw Problem.notFound(
                        "signature",
                        signature,
                        "it is not muted for this run or pattern; /api/v1/mutes lists what is muted");
            }
        });
    }

    private static Set<String> fields(String... names) {
        return new LinkedHashSet<>(List.of(names));
    }

    /** Who does it; a browser knows nobody's name. */
    private static String by(Body body) {
        return body.textOr("by", "run page");
    }

    private static void changed(Context ctx, String key, Runnable change) {
        try {
            change.run();
        } catch (FieldException e) {
            throw Problem.badField(e.field(), e.rule(), e.value());
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        } catch (KafkaException e) {
            throw Problem.unavailable("the change was not written: " + e.getMessage());
        }
        json(ctx, PageJson.written(key));
    }

    void listEvents(Context ctx) throws Exception {
        stream(ctx, streams::list);
    }

    void runEvents(Context ctx) throws Exception {
        String name = named(ctx);
        found(name, board.line(name));
        stream(ctx, client -> streams.run(client, name));
    }

    /** What speaks against a stream is said before it is begun: afterwards there is no status any more. */
    private void stream(Context ctx, Consumer<SseClient> events) throws Exception {
        if (!Objects.requireNonNullElse(ctx.header("Accept"), "").contains("text/event-stream")) {
            throw Problem.of(406, "Not acceptable", "this is a stream of events: send 'Accept: text/event-stream'");
        }
        if (ctx.method().equals(HandlerType.HEAD)) {
            ctx.contentType("text/event-stream");
            return;
        }
        streams.requireRoom();
        new SseHandler(events).handle(ctx);
    }

    /** The run that the path names. Browsers resolve dots on their own, so {@code ~.} and {@code ~..} stand for them. */
    private String named(Context ctx) {
        String name = ctx.pathParam("run");
        boolean dots = name.equals("~.") || name.equals("~..");
        return dots && board.line(name) == null ? name.substring(1) : name;
    }

    private static <T> T found(String name, @Nullable T answer) {
        if (answer == null) {
            throw Problem.notFound("run", name, "no run of this name has been judged; /api/v1/runs lists them");
        }
        return answer;
    }

    private static long whole(Context ctx, String name, long absent, long least, long most) {
        String text = ctx.queryParam(name);
        if (text == null || text.isEmpty()) {
            return absent;
        }
        String rule = "must be a whole number from " + least + (most == Long.MAX_VALUE ? " on" : " to " + most);
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw Problem.badField(name, rule, text);
    }

    private static String slug(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static void json(Context ctx, byte[] json) {
        ctx.contentType(JSON).result(json);
    }
}
