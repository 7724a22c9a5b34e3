package io.foreshock.follow;

import io.foreshock.format.Format;
import io.foreshock.format.Formats;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One recording on its way into the topic, a round at a time.
 *
 * <p>A reader is a function of the recording's bytes. So a recording that is opened, after a start or because it was
 * written anew, is read from its beginning, and its events are compared with the journal: as long as they are the same
 * they were sent before. At the first that differs the rest of the journal is about rows that are no more, and is
 * forgotten.
 */
final class Trail {
    /** Read at most in a round, so that all recordings get their turn, and the disk is not read at full speed. */
    private static final long ROUND_BYTES = 1 << 20;

    /** Without growth for this long, what waits for more to come that belongs to it does not wait longer. */
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Path recording;
    private final String run;
    private final Positions positions;
    private final Sender sender;
    private final Told told;

    private Path path;
    private @Nullable Journal journal;
    private @Nullable String trouble;

    // What is open.
    private @Nullable GrowingFile file;
    private @Nullable Source source;
    private @Nullable TelemetryFile reader;
    private Event.Encoder encoder;
    private Journal.@Nullable Entries before;
    /** Events that were sent before and have not been come by yet. */
    private long expected;

    private final Deque<Journal.Break> breaks = new ArrayDeque<>();
    private boolean reopen;
    /** Whether nothing was read of it since it was opened. */
    private boolean fresh;

    private boolean settled;
    private boolean ended;
    private long lastGrowth;
    /** Size of a file whose form could not be told. */
    private long untold = -1;
    /** Of a file that is written anew each time: as it was when it was last seen, and when it was last read. */
    private @Nullable Object seen;

    private @Nullable Object read;

    private boolean caughtUp;
    private final Deque<Sender.Sent> pending = new ArrayDeque<>();
    /** The last offset that was written down, by partition. */
    private final Map<Integer, Long> written = new HashMap<>();

    private long sent;
    private long skipped;
    private long rejected;

    Trail(Followed followed, Positions positions, Sender sender, Told told) throws IOException {
        this.recording = followed.recording();
        this.path = followed.file();
        this.positions = positions;
        this.sender = sender;
        this.told = told;
        this.journal = Journal.open(positions.journal(recording.toString()));
        // What it was called when its first event was sent it is called for ever.
        this.run = journal == null ? followed.run() : journal.header().run();
        this.encoder = new Event.Encoder(run, false);
    }

    /** What became of the rows so far. */
    Follower.Count count() {
        return new Follower.Count(recording, run, sent, skipped, rejected);
    }

    /** Whether it was read to where it ended, once. */
    boolean hasCaughtUp() {
        return caughtUp;
    }

    /** The last offset that was written down by this process, by partition. */
    Map<Integer, Long> written() {
        return written;
    }

    /** Whether all that was read is in the journal. */
    boolean isWrittenDown() {
        return pending.isEmpty();
    }

    /** Whether it was read to its end and nothing more is wanted of it. */
    boolean isEnded() {
        return ended && pending.isEmpty();
    }

    /** Why it cannot be read at present, or null. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** What was sent and is not in the journal yet. */
    Iterable<Sender.Sent> pending() {
        return pending;
    }

    /**
     * Reads and sends some of what is there.
     *
     * @param now of the followed file
     * @param nanos a clock
     * @param once whether the end of what is there is the end
     * @return whether there is more to read at once
     */
    boolean round(Followed now, long nanos, boolean once) throws IOException {
        writeDown();
        if (ended) {
            return false;
        }
        if (!path.equals(now.file())) {
            path = now.file();
            reopen = true;
        }
        if (reopen) {
            if (!pending.isEmpty()) {
                return true;
            }
            shut();
        }
        try {
            boolean isOpen = reader != null || open(once);
            trouble = null;
            ended = once && !isOpen;
            return isOpen && readOn(now, nanos, once);
        } catch (Replaced e) {
            told.note(recording + " " + e.getMessage() + ": reading it anew, and sending what is new in it");
            reopen = true;
            return true;
        } catch (BeginAnew e) {
            throw e;
        } catch (IOException e) {
            trouble(e);
            if (once) {
                ended = true;
            }
            return false;
        }
    }

    /** Who was interrupted while reading may have lost what was read: only the beginning is sure. */
    private void trouble(IOException e) {
        String says = e instanceof NoSuchFileException ? "is not there" : "cannot be read: " + e.getMessage();
        if (!says.equals(trouble)) {
            told.note(recording + " " + says);
        }
        trouble = says;
        reopen = true;
    }

    /** Takes up the file from its beginning; false if there is not enough of it yet to tell what it is. */
    private boolean open(boolean once) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.size() == 0 || attributes.size() == untold && !once) {
            caughtUp = true;
            return false;
        }
        Object stamp = stamp(attributes);
        if (stamp.equals(read)) {
            return false;
        }
        Journal kept = journal;
        breaks.clear();
        if (kept != null) {
            breaks.addAll(kept.breaks());
        }
        GrowingFile growing = new GrowingFile(path);
        allow(growing);
        Source opened = isCompressed() ? Source.of(path) : Source.growing(growing, name());
        Format format = kept == null ? Formats.of(opened) : named(kept.header().format());
        boolean isTold = format != null
                && (kept != null || once || format.isWrittenAnew() || !opened.mayGrow() || isTellable(opened.beginning()));
        if (format == null || !isTold) {
            opened.close();
            untold = attributes.size();
            if (once) {
                throw new IOException("it has none of the forms that are read");
            }
            return false;
        }
        if (format.isWrittenAnew() && opened.mayGrow()) {
            opened.close();
            opened = Source.of(path);
        }
        if (!opened.mayGrow()) {
            // Perhaps it is being written at this moment.
            boolean still = stamp.equals(seen);
            seen = stamp;
            if (!still && !once) {
                opened.close();
                return false;
            }
            read = stamp;
        }
        if (kept == null) {
            kept = Journal.begin(
                    positions.journal(recording.toString()),
                    new Journal.Header(recording.toString(), run, format.name()));
            journal = kept;
        }
        expected = kept.entries() - breaks.size();
        before = expected == 0 ? null : kept.read();
        file = opened.mayGrow() ? growing : null;
        source = opened;
        reader = format.open(opened, run);
        encoder = new Event.Encoder(run, format.isOurs());
        fresh = true;
        return true;
    }

    private static Object stamp(BasicFileAttributes attributes) {
        return List.of(attributes.size(), attributes.lastModifiedTime(), String.valueOf(attributes.fileKey()));
    }

    private boolean isCompressed() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] magic = in.readNBytes(2);
            return magic.length == 2 && magic[0] == (byte) 0x1f && magic[1] == (byte) 0x8b;
        }
    }

    /** A text is told by its first line, not by half of it; what is not text has a 0 early on. */
    private static boolean isTellable(byte[] beginning) {
        for (byte one : beginning) {
            if (one == '\n' || one == 0) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Format named(String name) {
        return Formats.all().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private String name() {
        Path last = path.getFileName();
        return last == null ? path.toString() : last.toString();
    }

    private boolean readOn(Followed now, long nanos, boolean once) throws IOException {
        GrowingFile growing = file;
        if (growing == null) {
            return readWhole(once);
        }
        if (growing.hasMore() || fresh) {
            fresh = false;
            lastGrowth = nanos;
            settled = false;
            allow(growing);
            List<Parsed> rows = rows();
            growing.check();
            take(rows);
        }
        Journal.Break next = breaks.peekFirst();
        if (next != null && next.position() == growing.position()) {
            breaks.removeFirst();
            Objects.requireNonNull(reader).settle();
            take(rows());
            return true;
        }
        if (growing.isAtLimit() && growing.hasMore()) {
            return true;
        }
        caughtUp = true;
        if (once) {
            return end();
        }
        boolean quiet = now.succeeded() || nanos - lastGrowth >= QUIET_NANOS;
        if (!settled && before == null && quiet && pending.isEmpty()) {
            settled = true;
            Objects.requireNonNull(reader).settle();
            takeSettled(growing.position());
            growing.letGo();
        }
        return false;
    }

    private void allow(GrowingFile growing) {
        Journal.Break next = breaks.peekFirst();
        long most = growing.position() + ROUND_BYTES;
        growing.limit(next == null ? most : Math.min(most, next.position()));
    }

    /** The rows that are whole by now. */
    private List<Parsed> rows() throws IOException {
        TelemetryFile open = Objects.requireNonNull(reader);
        List<Parsed> rows = new ArrayList<>();
        for (Parsed row = open.next(); row != null; row = open.next()) {
            rows.add(row);
        }
        return rows;
    }

    /** That the reader settled here decides what its next events are: it is written down before one of them is sent. */
    private void takeSettled(long position) throws IOException {
        List<Parsed> rows = rows();
        if (before == null && rows.stream().anyMatch(Parsed.Sample.class::isInstance)) {
            append(List.of(new long[] {0, position}));
        }
        take(rows);
    }

    /** What is there is all that there is. */
    private boolean end() throws IOException {
        if (!pending.isEmpty()) {
            return true;
        }
        Objects.requireNonNull(source).end();
        takeSettled(Objects.requireNonNull(file).position());
        ended = true;
        return false;
    }

    private boolean readWhole(boolean once) throws IOException {
        TelemetryFile open = Objects.requireNonNull(reader);
        long until = open.bytesRead() + ROUND_BYTES;
        while (open.bytesRead() < until) {
            Parsed row = open.next();
            if (row == null) {
                caughtUp = true;
                reopen = true;
                ended = once;
                return false;
            }
            take(List.of(row));
        }
        return true;
    }

    private void take(List<Parsed> rows) throws IOException {
        for (Parsed row : rows) {
            Event event = encoder.of(row);
            if (encoder.trouble() != null) {
                rejected++;
                told.rejected(recording, encoder.trouble());
            }
            if (event != null) {
                take(event);
            }
        }
    }

    private void take(Event event) throws IOException {
        long hash = Hash.of(event.key(), event.value());
        if (wasSent(hash)) {
            skipped++;
            return;
        }
        pending.add(sender.send(event, hash));
    }

    /** Whether the journal has this hash next. */
    private boolean wasSent(long hash) throws IOException {
        Journal.Entries entries = before;
        if (entries == null) {
            return false;
        }
        while (entries.next() && entries.hash() == 0) {}
        boolean same = entries.hash() == hash;
        expected = same ? expected - 1 : 0;
        if (!same) {
            Journal.Break open = breaks.peekFirst();
            truncate(open == null ? entries.number() : Math.min(entries.number(), open.entry()));
            breaks.clear();
        }
        if (expected == 0) {
            entries.close();
            before = null;
        }
        return same;
    }

    /** Appends to the journal what has arrived; in order, so that it is always the beginning of what was sent. */
    void writeDown() throws BeginAnew {
        List<long[]> arrived = new ArrayList<>();
        for (Sender.Sent first = pending.peekFirst();
                first != null && first.hasArrived();
                first = pending.peekFirst()) {
            arrived.add(new long[] {first.hash(), first.place()});
            written.merge(Journal.partition(first.place()), Journal.offset(first.place()), Math::max);
            pending.removeFirst();
        }
        if (!arrived.isEmpty()) {
            append(arrived);
            sent += arrived.size();
        }
    }

    private void append(List<long[]> entries) throws BeginAnew {
        try {
            Objects.requireNonNull(journal).append(entries);
        } catch (IOException e) {
            throw cannotKeep(e);
        }
    }

    private void truncate(long from) throws BeginAnew {
        try {
            Objects.requireNonNull(journal).truncate(from);
        } catch (IOException e) {
            throw cannotKeep(e);
        }
    }

    private static BeginAnew cannotKeep(IOException e) {
        return new BeginAnew("what was sent cannot be written down: " + e.getMessage(), e);
    }

    /** Lets the journal survive the end of the machine. */
    void force() throws IOException {
        if (journal != null) {
            journal.force();
        }
    }

    /** Closes what is open. */
    void shut() throws IOException {
        reopen = false;
        TelemetryFile open = reader;
        reader = null;
        file = null;
        source = null;
        if (before != null) {
            before.close();
            before = null;
        }
        if (open != null) {
            open.close();
        }
    }
}
