package io.foreshock.gateway;

import io.foreshock.http.Problem;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners the alerts of a run as they come: a JSON object a line, and an empty line behind those that are known, and when
 * there was nothing for a while.
 * Nothing is queued for a listener; one that takes nothing is dropped by the server's idle time.
 */
final class AlertStreams implements AutoCloseable {
    static final String TYPE = "application/x-ndjson";

    /** Listeners at a time; a thread each. */
    static final int CAPACITY = 256;

    private static final Logger LOG = LoggerFactory.getLogger(AlertStreams.class);
    private static final long SIGN_OF_LIFE_MILLIS = 10_000;

    private final KnownAlerts alerts;
    private final AtomicInteger listeners = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "foreshock-gateway-alerts");
        thread.setDaemon(true);
        return thread;
    });

    AlertStreams(KnownAlerts alerts) {
        this.alerts = alerts;
    }

    int listeners() {
        return listeners.get();
    }

    /** Answers with what is known of the run, then as it comes, until the listener or the gateway ends it. */
    void stream(Context ctx, String run) {
        if (listeners.incrementAndGet() > CAPACITY) {
            listeners.decrementAndGet();
            throw Problem.unavailable(CAPACITY + " listeners are connected, and there is no room for more")
                    .retryAfter(30);
        }
        ctx.contentType(TYPE).header("Cache-Control", "no-store");
        ctx.future(() -> CompletableFuture.runAsync(() -> tell(ctx, run), threads)
                .whenComplete((done, error) -> listeners.decrementAndGet()));
    }

    private void tell(Context ctx, String run) {
        try {
            OutputStream out = ctx.res().getOutputStream();
            KnownAlerts.News news = alerts.since(run, 0, 0);
            write(news, out);
            // That was all there is: whoever wants no more can go.
            out.write('\n');
            out.flush();
            long told = System.nanoTime();
            while (!Thread.currentThread().isInterrupted()) {
                news = alerts.since(run, news.version(), SIGN_OF_LIFE_MILLIS);
                boolean quiet = System.nanoTime() - told >= SIGN_OF_LIFE_MILLIS * 1_000_000;
                if (news.records().isEmpty() && quiet) {
                    out.write('\n');
                }
                if (!news.records().isEmpty() || quiet) {
                    write(news, out);
                    out.flush();
                    told = System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("a listener went away: {}", e.getMessage());
        }
    }

    private static void write(KnownAlerts.News news, OutputStream out) throws IOException {
        for (byte[] record : news.records()) {
            out.write(record);
            out.write('\n');
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
