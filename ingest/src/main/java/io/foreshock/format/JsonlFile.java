package io.foreshock.format;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a telemetry file: one event a line in the wire format, plain or gzip (told by its first bytes, not its name).
 *
 * <p>An event that names no run gets the file's name without its extensions, or the run id given. Line numbers, from 1,
 * stand in for offsets. Blank lines are skipped. A line beyond {@link Limits#MAX_EVENT_BYTES} is refused without being
 * held in memory. A file that was cut off while it was written, or whose compressed data is damaged, gives all its
 * complete lines and then one refusal that says so.
 *
 * <pre>{@code
 * try (JsonlFile file = JsonlFile.open(Path.of("llama-7b-3.jsonl.gz"))) {
 *     for (Parsed event = file.next(); event != null; event = file.next()) { … }
 * }
 * }</pre>
 *
 * <p>One thread at a time.
 */
public final class JsonlFile implements Closeable {
    private static final int READ_BYTES = 64 * 1024;
    private static final long PROGRESS_LINES = 1_000;

    private final String run;
    private final Counting counting;
    private final InputStream in;
    private final EventReader reader = new EventReader();

    /** Holds the bytes from {@code from} to {@code to}; grows to the longest line. */
    private byte[] buffer = new byte[2 * READ_BYTES];

    private int from;
    private int to;
    private long line;
    /** Bytes of an overlong line that were thrown away; its start is still in the buffer. */
    private long dropped;

    private boolean finished;
    /** What ended the file before its time, or null. */
    private @Nullable String damage;

    /**
     * Opens a file whose name is the run's id.
     *
     * @throws IOException when it cannot be opened
     */
    public static JsonlFile open(Path path) throws IOException {
        return open(path, runOf(path));
    }

    /**
     * Opens a file.
     *
     * @param run the run of events that name none
     * @throws IOException when it cannot be opened
     */
    public static JsonlFile open(Path path, String run) throws IOException {
        InputStream opened = Files.newInputStream(path);
        try {
            return new JsonlFile(run, opened);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Reads events from a stream, standard input for example.
     *
     * @param run the run of events that name none
     */
    public static JsonlFile of(InputStream in, String run) throws IOException {
        return new JsonlFile(run, in);
    }

    private JsonlFile(String run, InputStream raw) throws IOException {
        this.run = run;
        this.counting = new Counting(raw);
        BufferedInputStream buffered = new BufferedInputStream(counting, READ_BYTES);
        buffered.mark(2);
        boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        this.in = gzip ? unzip(buffered) : buffered;
    }

    private InputStream unzip(InputStream compressed) throws IOException {
        try {
            return new GZIPInputStream(compressed, READ_BYTES);
        } catch (EOFException | ZipException e) {
            damage = damage(e);
            finished = true;
            return compressed;
        }
    }

    private static String damage(IOException e) {
        return e instanceof EOFException
                ? "the compressed file is cut off"
                : "the compressed file is damaged (" + e.getMessage() + ")";
    }

    /** The run id that a file's name stands for: {@code llama-7b-3} for {@code logs/llama-7b-3.jsonl.gz}. */
    public static String runOf(Path path) {
        Path fileName = path.getFileName();
        String name = fileName == null ? path.toString() : fileName.toString();
        for (String extension : new String[] {".gz", ".jsonl", ".ndjson", ".json"}) {
            if (name.length() > extension.length()
                    && name.toLowerCase(Locale.ROOT).endsWith(extension)) {
                name = name.substring(0, name.length() - extension.length());
            }
        }
        return name;
    }

    /** The run of events that name none. */
    public String run() {
        return run;
    }

    /** Bytes taken from the file so far, as stored: comparable with its size. */
    public long bytesRead() {
        return counting.count;
    }

    /** The number of the line read last, from 1. */
    public long line() {
        return line;
    }

    /**
     * The next event, or null after the last.
     *
     * @throws IOException when the disk fails; bad data is a {@link Parsed.Refused}
     */
    public @Nullable Parsed next() throws IOException {
        while (true) {
            int end = lineEnd();
            if (end < 0) {
                return tail();
            }
            int start = from;
            from = Math.min(end + 1, to);
            line++;
            if (dropped > 0) {
                return overlong(start, end);
            }
            if (!isBlank(start, end)) {
                return reader.read(buffer, start, end, run, line);
            }
        }
    }

    /** Hands over all remaining events. */
    public void forEach(Consumer<Parsed> events) throws IOException {
        forEach(events, bytes -> {});
    }

    /**
     * Hands over all remaining events.
     *
     * @param progress told {@link #bytesRead} every thousand lines and at the end
     */
    public void forEach(Consumer<Parsed> events, LongConsumer progress) throws IOException {
        long told = line;
        for (Parsed event = next(); event != null; event = next()) {
            events.accept(event);
            if (line - told >= PROGRESS_LINES) {
                told = line;
                progress.accept(bytesRead());
            }
        }
        progress.accept(bytesRead());
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Position of the line break that ends the next line; reads as needed; -1 when the file ends without one. */
    private int lineEnd() throws IOException {
        int scanned = from;
        while (true) {
            for (; scanned < to; scanned++) {
                if (buffer[scanned] == '\n') {
                    return scanned;
                }
            }
            if (finished) {
                return -1;
            }
            scanned -= makeRoom();
            fill();
        }
    }

    /** Moves the line to the buffer's start and returns by how much; of an overlong line keeps only the start. */
    private int makeRoom() {
        int moved = from;
        if (from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        }
        if (to > Limits.MAX_EVENT_BYTES) {
            int surplus = to - Rejected.RAW_LIMIT;
            dropped += surplus;
            to = Rejected.RAW_LIMIT;
            return moved + surplus;
        }
        if (buffer.length - to < READ_BYTES) {
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
        return moved;
    }

    private void fill() throws IOException {
        try {
            int read = in.read(buffer, to, READ_BYTES);
            if (read < 0) {
                finished = true;
            } else {
                to += read;
            }
        } catch (EOFException | ZipException e) {
            finished = true;
            damage = damage(e);
        }
    }

    /** What is left after the last line break. */
    private @Nullable Parsed tail() {
        int start = from;
        int end = to;
        from = to;
        String cause = damage;
        damage = null;
        boolean nothing = isBlank(start, end) && dropped == 0;
        if (cause == null && nothing) {
            return null;
        }
        line++;
        if (cause != null) {
            String detail = cause + (nothing ? " after line " + (line - 1) : " in the middle of line " + line)
                    + "; all lines before were read";
            return refused(Rejected.Reason.NOT_JSON, detail, start, end);
        }
        if (dropped > 0) {
            return overlong(start, end);
        }
        Parsed last = reader.read(buffer, start, end, run, line);
        if (last instanceof Parsed.Refused refused && refused.rejected().reason() == Rejected.Reason.NOT_JSON) {
            return refused(
                    Rejected.Reason.NOT_JSON,
                    "the file ends in the middle of line " + line + ", or that line is broken: "
                            + refused.rejected().detail(),
                    start,
                    end);
        }
        return last;
    }

    private Parsed overlong(int start, int end) {
        long bytes = end - start + dropped;
        dropped = 0;
        return refused(
                Rejected.Reason.TOO_LARGE,
                "line " + line + " has " + bytes + " bytes, at most " + Limits.MAX_EVENT_BYTES
                        + " are allowed; write one event a line",
                start,
                end);
    }

    private Parsed refused(Rejected.Reason reason, String detail, int start, int end) {
        byte[] raw = Arrays.copyOfRange(buffer, start, Math.min(end, start + Rejected.RAW_LIMIT));
        return new Parsed.Refused(new Rejected(reason, detail, run, (int) StepSample.NONE, line, raw));
    }

    private boolean isBlank(int start, int end) {
        for (int i = start; i < end; i++) {
            if (buffer[i] != ' ' && buffer[i] != '\t' && buffer[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Counts what is read from the file itself, before decompression. */
    private static final class Counting extends FilterInputStream {
        private long count;

        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            if (read >= 0) {
                count++;
            }
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            if (read > 0) {
                count += read;
            }
            return read;
        }
    }
}
