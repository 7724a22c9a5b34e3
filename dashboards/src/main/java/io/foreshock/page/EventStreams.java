package io.foreshock.page;

import io.foreshock.board.InForce;
import io.foreshock.board.RunBoard;
import io.foreshock.board.RunLine;
import io.foreshock.http.Problem;
import io.foreshock.page.Watch.News;
import io.foreshock.settings.SettingsChange.Mute;
import io.javalin.http.sse.SseClient;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What browsers are told as it happens, as server-sent events. Nothing is queued for a reader: each is told from time to time what
 * has changed since it was told last, so a slow one is told less often and costs nothing. One that takes nothing for half a minute
 * is dropped by the server's idle time; it connects again with the id of what it was told last, and goes on there.
 */
final class EventStreams implements AutoCloseable {
    /** Readers at a time; a thread each. */
    static final int CAPACITY = 256;

    static final String LAST_EVENT_ID = "Last-Event-ID";

    private static final long LIST_MILLIS = 1_000;
    private static final long RUN_MILLIS = 250;
    /** Proxies and browsers take a silent connection for dead. */
    private static final long SIGN_OF_LIFE_MILLIS = 15_000;

    private static final int ROWS_AT_ONCE = 500;

    private final RunBoard board;
    private final Watches watches;
    private final InForce inForce;
    private final String epoch =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "foreshock-page-events");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger readers = new AtomicInteger();

    EventStreams(RunBoard board, Watches watches, InForce inForce) {
        this.board = board;
        this.watches = watches;
        this.inForce = inForce;
    }

    int readers() {
        return readers.get();
    }

    /** The list as it changes. */
    void list(SseClient client) {
        String last = client.ctx().header(LAST_EVENT_ID);
        follow(client, LIST_MILLIS, new ListReader(client, last));
    }

    /** One run as it goes on. */
    void run(SseClient client, String run) {
        String last = client.ctx().header(LAST_EVENT_ID);
        String cursor = last == null ? client.ctx().queryParam("after") : last;
        follow(client, RUN_MILLIS, new RunReader(client, run, cursor));
    }

    /** Says what is new; returns whether anything was. */
    private interface Reader extends Supplier<Boolean> {}

    /**
     * Whether there is room for one more; to be asked before a stream is begun.
     *
     * @throws Problem if not
     */
    void requireRoom() {
        if (readers.get() >= CAPACITY) {
            throw Problem.unavailable(
                    CAPACITY + " browsers are connected, and there is no room for more: close one of them");
        }
    }

    private void follow(SseClient client, long millis, Reader reader) {
        readers.incrementAndGet();
        client.keepAlive();
        threads.execute(() -> {
            long quiet = 0;
            try {
                client.sendComment("foreshock");
                while (!client.terminated()) {
                    quiet = reader.get() ? 0 : quiet + millis;
                    if (quiet >= SIGN_OF_LIFE_MILLIS) {
                        client.sendComment("");
                        quiet = 0;
                    }
                    TimeUnit.MILLISECONDS.sleep(millis);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                readers.decrementAndGet();
                client.close();
            }
        });
    }

    private final class ListReader implements Reader {
        private final SseClient client;
        private long known;

        private ListReader(SseClient client, @Nullable String last) {
            this.client = client;
            this.known = version(last);
        }

        private long version(@Nullable String last) {
            if (last == null || !last.startsWith(epoch + ".")) {
                return -1;
            }
            try {
                return Long.parseLong(last.substring(epoch.length() + 1));
            } catch (NumberFormatException e) {
                return -1;
            }
        }

        @Override
        public Boolean get() {
            long version = board.version();
            if (version == known) {
                return false;
            }
            // Of a run that had to make room for another nothing can be told: what is not among all is gone.
            boolean all = known < board.forgottenAt();
            // What changes while it is put together is told again the next time.
            List<RunLine> lines = board.linesSince(all ? -1 : known);
            client.sendEvent(all ? "all" : "runs", text(PageJson.lines(lines)), epoch + "." + version);
            known = version;
            return true;
        }
    }

    private final class RunReader implements Reader {
        private final SseClient client;
        private final String run;
        private @Nullable String cursor;
        /** The trouble that the reader knows of. */
        private String told = "";

        private String head = "";

        private RunReader(SseClient client, String run, @Nullable String cursor) {
            this.client = client;
            this.run = run;
            this.cursor = cursor;
        }

        @Override
        public Boolean get() {
            boolean said = false;
            RunLine line = board.line(run);
            String now = line == null ? "" : text(PageJson.head(line, mutes(line)));
            if (!now.isEmpty() && !now.equals(head)) {
                head = now;
                client.sendEvent("head", now, cursor);
                said = true;
            }
            Watch watch = open();
            if (watch == null) {
                return said;
            }
            String trouble = watch.trouble();
            if (trouble == null) {
                told = "";
            } else if (!trouble.equals(told)) {
                told = trouble;
                client.sendEvent("trouble", text(Problem.unavailable(trouble).json()), cursor);
                said = true;
            }
            String before = cursor;
            Watch.Since since = watch.since(cursor, ROWS_AT_ONCE);
            cursor = since.cursor();
            if (since.anew()) {
                client.sendEvent(Watch.VIEW, "{}", cursor);
                return true;
            }
            for (News news : since.news()) {
                if (client.terminated()) {
                    return false;
                }
                // Each with its own: a connection may break between any two.
                client.sendEvent(news.event(), text(news.json()), watch.cursor(news));
            }
            return said || !cursor.equals(before);
        }

        private @Nullable Watch open() {
            try {
                return watches.watch(run);
            } catch (Problem full) {
                client.sendEvent("trouble", text(full.json()), cursor);
                client.close();
                return null;
            }
        }

        private List<Mute> mutes(RunLine line) {
            return inForce.mutes(run, line.lastStep(), System.currentTimeMillis());
        }
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
