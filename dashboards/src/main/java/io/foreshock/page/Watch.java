package io.foreshock.page;

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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run in full, for as long as somebody looks: all its metrics, layers and heads, read out of the telemetry topic and then
 * followed. Thread-safe; what it tells is numbered, so that whoever lost the connection goes on where it was.
 *
 * <p>Bounded: the timelines by {@value #NUMBERS} numbers, what is held for those who are behind by {@value #NEWS} entries and
 * {@value #NEWS_BYTES} bytes. Who is further behind has to take the whole run anew.
 */
final class Watch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    /** Numbers of eight bytes in its timelines: 8 MB. */
    static final long NUMBERS = 1_000_000;

    /** What could not be read is asked for again after this time. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

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

    private final String run;
    private final PageKafka kafka;
    private final long since;
    private final RunView view;
    private final String id =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private final Deque<News> news = new ArrayDeque<>();
    private final CountDownLatch complete = new CountDownLatch(1);
    private final Thread thread;
    private long number;
    private long bytes;
    private boolean live;
    private volatile boolean closed;
    private volatile @Nullable String trouble;
    private volatile long failed;
    private volatile long used = System.nanoTime();
    private volatile long records;

    /** Made while the board is locked, so that it misses nothing. */
    Watch(BoardRun from, PageKafka kafka, InForce inForce) {
        this.run = from.name();
        this.kafka = kafka;
        this.since = from.firstRecord();
        this.view = new RunView(run, new Budget(NUMBERS));
        view.judgedBy(inForce.signatures(run), "");
        view.takeJudgement(from.view());
        this.thread = new Thread(this::read, "foreshock-page-run");
        thread.setDaemon(true);
        thread.start();
    }

    private void read() {
        try (RunTelemetry telemetry = new RunTelemetry(kafka, run)) {
            telemetry.read(
                    since,
                    sample -> {
                        records = telemetry.records();
                        sample(sample);
                    },
                    () -> closed);
            synchronized (this) {
                live = true;
                tell(VIEW, "{}".getBytes(StandardCharsets.UTF_8));
            }
            complete.countDown();
            telemetry.follow(this::sample, () -> closed);
        } catch (RuntimeException e) {
            failed = System.nanoTime();
            trouble = "telemetry cannot be read: " + e.getMessage();
            LOG.warn("{}", trouble);
            complete.countDown();
        }
    }

    private synchronized void sample(StepSample sample) {
        view.sample(sample, row -> {
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
        if (!row.verdicts().isEmpty() || row.lossForecast() != null) {
            tell(SIGNALS, SignalsJson.write(row));
        }
    }

    /** An incident changed. */
    synchronized void incident(Incident change) {
        view.incident(change);
        tell(INCIDENT, ViewJson.incident(change));
    }

    private void tell(String event, byte[] json) {
        news.addLast(new News(++number, event, json));
        bytes += json.length;
        while (news.size() > NEWS || bytes > NEWS_BYTES) {
            bytes -= news.removeFirst().json().length;
        }
    }

    /** Waits until all its telemetry was read; false if that takes longer. */
    boolean awaitComplete(long millis) throws InterruptedException {
        return complete.await(millis, TimeUnit.MILLISECONDS);
    }

    /** True once all that lay in the topic was read. */
    boolean isComplete() {
        return complete.getCount() == 0 && trouble == null;
    }

    /** Why its telemetry cannot be read, or null. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** True if its telemetry could not be read, long enough ago to try again. */
    boolean worthAnotherTry() {
        return trouble != null && System.nanoTime() - failed > RETRY_NANOS;
    }

    /** Records looked at on the way, of all runs. */
    long records() {
        return records;
    }

    /** Where it stands: what was told up to here is in {@link #json}. */
    synchronized String cursor() {
        return id + "." + number;
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

    /** The run as the browser draws it, and the cursor up to which. */
    synchronized Drawn drawn() {
        used();
        return new Drawn(cursor(), document(view));
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

    @Override
    public void close() {
        closed = true;
    }
}
