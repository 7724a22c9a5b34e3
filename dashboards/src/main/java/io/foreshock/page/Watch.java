package io.foreshock.page;

import io.foreshock.board.BoardKafka;
import io.foreshock.board.BoardRun;
import io.foreshock.board.InForce;
import io.foreshock.board.Version;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.view.Budget;
import io.foreshock.view.RunView;
import io.foreshock.view.ViewJson;
import io.foreshock.wire.SignalsJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run in full, for as long as somebody looks: all its metrics, layers and heads, read out of the telemetry topic and then
 * followed. What cannot be read is read again, from the beginning, every {@value #RETRY_MILLIS} ms; meanwhile it shows what it
 * has, and says why. Thread-safe; what it tells is numbered, so that whoever lost the connection goes on where it was.
 *
 * <p>Bounded: the timelines by {@value #NUMBERS} numbers, what is held for those who are behind by {@value #NEWS} entries and
 * {@value #NEWS_BYTES} bytes. Who is further behind has to take the whole run anew.
 */
final class Watch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    /** Numbers of eight bytes in its timelines: 8 MB. */
    static final long NUMBERS = 1_000_000;

    /** What could not be read is read again after this time. */
    static final long RETRY_MILLIS = 10_000;

    private static final int NEWS = 4_096;
    private static final long NEWS_BYTES = 4L << 20;

    /** What is told of a row that is added. */
    static final String ROW = "row";

    static final String INCIDENT = "incident";
    static final String SIGNALS = "signals";
    static final String ENDED = "ended";
    /** The whole run has to be taken anew. */
    static final String VIEW = "view";

    /**
     * Something that is told.
     *
     * @param number counts what this watch tells
     * @param event what it is
     * @param json what is told
     */
    record News(long number, String event, byte[] json) {}

    /** What a reader gets. */
    record Since(String cursor, List<News> news, boolean anew) {}

    /** Waits before telemetry is read again; cut short when the watch is closed. */
    interface Pause {
        void await(long millis, CountDownLatch closed) throws InterruptedException;
    }

    private final String run;
    private final Supplier<RunTelemetry> telemetry;
    private final Pause pause;
    private final long since;
    private final InForce inForce;
    private final String id =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private final Deque<News> news = new ArrayDeque<>();
    private final CountDownLatch tried = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    /** What is shown: what was read in full once, and then followed. Until then, the first try. */
    private RunView view;
    /** What is read now, from the beginning; {@link #view} where nothing else is shown. */
    private RunView next;

    private long number;
    private long bytes;
    private boolean complete;
    private boolean live;
    private volatile @Nullable String trouble;
    private volatile long used = System.nanoTime();

    /** Made while the board is locked, so that it misses nothing. */
    Watch(BoardRun from, BoardKafka kafka, InForce inForce) {
        this(
                from,
                inForce,
                () -> new RunTelemetry(kafka, from.name()),
                (millis, closed) -> closed.await(millis, TimeUnit.MILLISECONDS));
    }

    /** The same with telemetry from elsewhere, and another clock. */
    Watch(BoardRun from, InForce inForce, Supplier<RunTelemetry> telemetry, Pause pause) {
        this.run = from.name();
        this.telemetry = telemetry;
        this.pause = pause;
        this.since = from.firstRecord();
        this.inForce = inForce;
        this.view = begun(from.view());
        this.next = view;
        Thread thread = new Thread(this::read, "foreshock-page-run");
        thread.setDaemon(true);
        thread.start();
    }

    /** A view without rows, of what was said by now. */
    private RunView begun(RunView judged) {
        RunView begun = new RunView(run, new Budget(NUMBERS));
        begun.judgedBy(inForce.signatures(run), "");
        begun.takeJudgement(judged);
        return begun;
    }

    private void read() {
        try {
            while (!isClosed()) {
                attempt();
                if (!isClosed()) {
                    pause.await(RETRY_MILLIS, closed);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads it all, and follows; returns when it is closed, or cannot go on. */
    private void attempt() {
        try (RunTelemetry source = telemetry.get()) {
            synchronized (this) {
                next = begun(view);
                live = false;
            }
            source.read(since, this::sample, this::isClosed);
            if (isClosed()) {
                return;
            }
            synchronized (this) {
                view = next;
                complete = true;
                live = true;
                trouble = null;
                tell(VIEW, "{}".getBytes(StandardCharsets.UTF_8));
            }
            tried.countDown();
            source.follow(this::sample, this::isClosed);
        } catch (RuntimeException e) {
            String now = "telemetry cannot be read: " + e.getMessage();
            if (!now.equals(trouble)) {
                LOG.warn("{}; trying again every {} s", now, RETRY_MILLIS / 1_000);
            }
            trouble = now;
            tried.countDown();
        }
    }

    private synchronized void sample(StepSample sample) {
        next.sample(sample, row -> {
            if (live) {
                tell(ROW, ViewJson.row(row));
            }
        });
        RunEnd end = sample.end();
        if (live && end != null) {
            tell(ENDED, ('"' + end.name().toLowerCase(Locale.ROOT) + '"').getBytes(StandardCharsets.UTF_8));
        }
    }

    /** A row was judged: what was said about it. */
    synchronized void row(StepSignals row) {
        view.signals(row);
        if (isRereading()) {
            next.signals(row);
        }
        if (!row.verdicts().isEmpty() || row.lossForecast() != null) {
            tell(SIGNALS, SignalsJson.write(row));
        }
    }

    /** An incident changed. */
    synchronized void incident(Incident change) {
        view.incident(change);
        if (isRereading()) {
            next.incident(change);
        }
        tell(INCIDENT, ViewJson.incident(change));
    }

    private void tell(String event, byte[] json) {
        news.addLast(new News(++number, event, json));
        bytes += json.length;
        while (news.size() > NEWS || bytes > NEWS_BYTES) {
            bytes -= news.removeFirst().json().length;
        }
    }

    /** Whether what is read is another view than the one that is shown. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isRereading() {
        return next != view;
    }

    /** Waits until its telemetry was read, or could not be. */
    void awaitTried(long millis) throws InterruptedException {
        tried.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Why its telemetry cannot be read at present, or null. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** Where it stands: what was told up to here is in {@link #json}. */
    synchronized String cursor() {
        return id + "." + number;
    }

    /** Where it stood when it told this. */
    String cursor(News told) {
        return id + "." + told.number();
    }

    /**
     * What was told after a cursor; anew, if that can no longer be said.
     *
     * @param limit of the entries
     */
    synchronized Since since(@Nullable String cursor, int limit) {
        used();
        long known = number(cursor);
        long oldest = news.isEmpty() ? number + 1 : news.getFirst().number();
        if (known < oldest - 1) {
            return new Since(cursor(), List.of(), true);
        }
        List<News> later = new ArrayList<>();
        for (News one : news) {
            if (one.number() > known && later.size() < limit) {
                later.add(one);
            }
        }
        long reached = later.isEmpty() ? number : later.get(later.size() - 1).number();
        return new Since(id + "." + reached, later, false);
    }

    private long number(@Nullable String cursor) {
        if (cursor == null || !cursor.startsWith(id + ".")) {
            return -1;
        }
        try {
            return Long.parseLong(cursor.substring(id.length() + 1));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** The run as the browser draws it, and the cursor up to which; null before all that lay in the topic was read once. */
    synchronized @Nullable Drawn drawn() {
        used();
        return complete ? new Drawn(cursor(), document(view)) : null;
    }

    /** A document for the browser. */
    record Drawn(String cursor, byte[] json) {}

    static byte[] document(RunView view) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);
        try {
            ViewJson.write(
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                    Map.of("foreshock", Version.text()),
                    List.of(view),
                    out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    void used() {
        used = System.nanoTime();
    }

    long idleNanos() {
        return System.nanoTime() - used;
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
