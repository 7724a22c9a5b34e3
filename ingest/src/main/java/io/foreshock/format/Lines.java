package io.foreshock.format;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The lines of a text recording, each as a stretch of a buffer: nothing is copied a line.
 *
 * <p>A line beyond {@link Limits#MAX_EVENT_BYTES} is told as such and not held in memory. Where compressed data is cut
 * off or damaged, the lines before are followed by one {@link Kind#CUT}. One thread at a time.
 */
public final class Lines implements Closeable {
    private static final int READ_BYTES = 64 * 1024;

    /** What {@link #next} came upon. */
    public enum Kind {
        /** A line. */
        LINE,
        /** A line that is too long; its first bytes are there. */
        OVERLONG,
        /** The end of what could be unpacked; the bytes of an unfinished line are there. */
        CUT,
        /** The end. */
        END
    }

    private final Source source;
    private final InputStream in;

    /** Holds the bytes from {@code from} to {@code to}; grows to the longest line. */
    private byte[] buffer = new byte[2 * READ_BYTES];

    private int from;
    private int to;
    private int start;
    private int end;
    private long number;
    private boolean terminated;
    /** Bytes of an overlong line that were thrown away; its start is still in the buffer. */
    private long dropped;

    private boolean finished;
    private boolean cutTold;
    /** Whether the line that is asked for is half written. */
    private boolean half;

    /** Takes the source over. */
    public Lines(Source source) {
        this.source = source;
        this.in = source.in();
    }

    /**
     * Goes on to the next line. After an {@link Kind#END} of a recording that may grow, tries again.
     *
     * @throws IOException when the disk fails
     */
    public Kind next() throws IOException {
        if (!half) {
            dropped = 0;
        }
        int lineEnd = lineEnd();
        terminated = lineEnd >= 0;
        half = !terminated && source.mayGrow();
        if (half) {
            return Kind.END;
        }
        start = from;
        end = terminated ? lineEnd : to;
        from = terminated ? lineEnd + 1 : to;
        if (!terminated && source.damage() != null) {
            if (cutTold) {
                return Kind.END;
            }
            cutTold = true;
            number++;
            return Kind.CUT;
        }
        if (!terminated && start == end && dropped == 0) {
            return Kind.END;
        }
        number++;
        return dropped > 0 ? Kind.OVERLONG : Kind.LINE;
    }

    /** Holds the line from {@link #start} to {@link #end}, until {@link #next} is called. */
    public byte[] buffer() {
        return buffer;
    }

    /** Where the line starts in the buffer. */
    public int start() {
        return start;
    }

    /** Where it ends, exclusive: at its line feed, which a carriage return may precede. */
    public int end() {
        return end;
    }

    /** The line's number, from 1. */
    public long number() {
        return number;
    }

    /** False for a last line without a line feed, which may be a line half written. */
    public boolean isTerminated() {
        return terminated;
    }

    /** True if there is nothing but white space in the line. */
    public boolean isBlank() {
        for (int i = start; i < end; i++) {
            if (buffer[i] != ' ' && buffer[i] != '\t' && buffer[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** The line as text, without its carriage return and a byte order mark; bytes that are no UTF-8 are replaced. */
    public String text() {
        int first = start;
        if (number == 1
                && end - start >= 3
                && buffer[start] == (byte) 0xEF
                && buffer[start + 1] == (byte) 0xBB
                && buffer[start + 2] == (byte) 0xBF) {
            first += 3;
        }
        int last = end > first && buffer[end - 1] == '\r' ? end - 1 : end;
        return new String(buffer, first, last - first, StandardCharsets.UTF_8);
    }

    /** Bytes taken so far, as stored. */
    public long bytesRead() {
        return source.bytesRead();
    }

    /** What stands for an {@link Kind#OVERLONG} line or a {@link Kind#CUT}. */
    public Parsed.Refused refused(Kind kind, String run) {
        if (kind == Kind.OVERLONG) {
            return refused(
                    Rejected.Reason.TOO_LARGE,
                    "line " + number + " has " + (end - start + dropped) + " bytes, at most " + Limits.MAX_EVENT_BYTES
                            + " are allowed; write one event a line",
                    run);
        }
        boolean nothing = isBlank() && dropped == 0;
        return refused(
                Rejected.Reason.NOT_JSON,
                source.damage() + (nothing ? " after line " + (number - 1) : " in the middle of line " + number)
                        + "; all lines before were read",
                run);
    }

    /** What stands for the line. */
    public Parsed.Refused refused(Rejected.Reason reason, String detail, String run) {
        byte[] raw = Arrays.copyOfRange(buffer, start, Math.min(end, start + Rejected.RAW_LIMIT));
        return new Parsed.Refused(new Rejected(reason, detail, run, (int) StepSample.NONE, number, raw));
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    /** Position of the line feed that ends the next line; reads as needed; -1 when the recording ends without one. */
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
            int read = in.read(buffer, to, READ_BYTES);
            if (read < 0 && source.mayGrow()) {
                return -1;
            }
            finished = read < 0;
            to += Math.max(0, read);
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
}
