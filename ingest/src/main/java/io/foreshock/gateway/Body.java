package io.foreshock.gateway;

import io.foreshock.http.Problem;
import io.foreshock.wire.Excerpt;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** The body of a request, unpacked, within limits: those of one body, and what all bodies may hold together. */
final class Body {
    /** As it is sent. */
    static final int MAX_SENT = 8 * 1024 * 1024;

    /** Unpacked: telemetry packs to a fifth or less. */
    static final int MAX_UNPACKED = 32 * 1024 * 1024;

    /** A body that drips in more slowly than this holds a thread for nothing; the first seconds are given to any. */
    private static final int LEAST_BYTES_A_SECOND = 1_000;

    private static final int GIVEN_SECONDS = 10;
    private static final int CHUNK = 64 * 1024;

    private Body() {}

    /**
     * Reads it.
     *
     * @param encoding the request's {@code Content-Encoding}, or null
     * @param share what holds it, the caller's to give back
     * @throws Problem 400 if it cannot be unpacked, 408 if it drips, 413 if it is too large, 415 for another encoding, 429 if there is no room now
     * @throws IOException when the sender goes away
     */
    static byte[] read(InputStream sent, @Nullable String encoding, Budget.Share share) throws IOException {
        Limited limited = new Limited(sent);
        String name = encoding == null ? "identity" : encoding.strip().toLowerCase(Locale.ROOT);
        if (name.isEmpty() || name.equals("identity")) {
            return all(limited, share);
        }
        if (!name.equals("gzip") && !name.equals("x-gzip")) {
            throw Problem.of(
                    415,
                    "Unsupported encoding",
                    "Content-Encoding must be gzip or absent, got " + Excerpt.quote(encoding == null ? "" : encoding));
        }
        try (InputStream unpacked = new GZIPInputStream(limited, CHUNK)) {
            return all(unpacked, share);
        } catch (EOFException | ZipException e) {
            throw Problem.badRequest("Content-Encoding says gzip, and the body is "
                    + (e instanceof EOFException
                            ? "cut off"
                            : "no gzip: " + Excerpt.sentence(String.valueOf(e.getMessage()))));
        }
    }

    private static byte[] all(InputStream in, Budget.Share share) throws IOException {
        List<byte[]> chunks = new ArrayList<>();
        int size = 0;
        byte[] chunk = new byte[CHUNK];
        for (int length = in.readNBytes(chunk, 0, CHUNK); length > 0; length = in.readNBytes(chunk, 0, CHUNK)) {
            size += length;
            if (size > MAX_UNPACKED) {
                throw tooLarge("unpacked", MAX_UNPACKED);
            }
            if (!share.take(length)) {
                throw busy();
            }
            chunks.add(length == CHUNK ? chunk : Arrays.copyOf(chunk, length));
            chunk = new byte[CHUNK];
        }
        byte[] body = new byte[size];
        int at = 0;
        for (byte[] part : chunks) {
            System.arraycopy(part, 0, body, at, part.length);
            at += part.length;
        }
        return body;
    }

    /** What to say when there is no room. */
    static Problem busy() {
        return Problem.of(
                        429,
                        "Too much at a time",
                        "more telemetry arrives than the broker takes; send the same again a little later")
                .retryAfter(1);
    }

    static Problem tooLarge(String how, int limit) {
        return Problem.of(
                413,
                "Too large",
                "a body must have at most " + limit / (1024 * 1024) + " MiB " + how + "; send fewer events at a time");
    }

    /** Fails when more is sent than may be, or more slowly. */
    private static final class Limited extends FilterInputStream {
        private final long began = System.nanoTime();
        private int taken;

        Limited(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count(Math.max(0, read));
            return read;
        }

        private void count(int read) {
            taken += read;
            if (taken > MAX_SENT) {
                throw tooLarge("as it is sent", MAX_SENT);
            }
            long seconds = (System.nanoTime() - began) / 1_000_000_000;
            if (taken < (seconds - GIVEN_SECONDS) * LEAST_BYTES_A_SECOND) {
                throw Problem.of(
                        408,
                        "Too slow",
                        "a body must come with at least " + LEAST_BYTES_A_SECOND + " bytes a second, got " + taken
                                + " bytes in " + seconds + " s");
            }
        }
    }
}
