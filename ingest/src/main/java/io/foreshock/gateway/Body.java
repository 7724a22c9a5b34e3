package io.foreshock.gateway;

import io.foreshock.http.Problem;
import io.foreshock.wire.Excerpt;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** The body of a request, unpacked, within limits: those of one body, and what all bodies may hold together. */
final class Body {
    /** Unpacked: telemetry packs to a fifth or less. */
    static final int MAX_UNPACKED = 32 * 1024 * 1024;

    private static final int CHUNK = 64 * 1024;

    private Body() {}

    /**
     * Whether it has to be unpacked.
     *
     * @param encoding the request's {@code Content-Encoding}, or null
     * @throws Problem 415 if it is an encoding that is not known
     */
    static boolean isPacked(@Nullable String encoding) {
        String name = encoding == null ? "identity" : encoding.strip().toLowerCase(Locale.ROOT);
        switch (name) {
            case "", "identity":
                return false;
            case "gzip", "x-gzip":
                return true;
            default:
                throw Problem.of(
                        415,
                        "Unsupported encoding",
                        "Content-Encoding must be gzip or absent, got " + Excerpt.quote(name));
        }
    }

    /**
     * Unpacks it.
     *
     * @param sent the body as it was sent
     * @param share what holds it, the caller's to give back
     * @throws Problem 400 if it cannot be unpacked, 413 if it is too large, 429 if there is no room now
     */
    static byte[] unpack(byte[] sent, Budget.Share share) {
        int size = inflate(sent, null);
        share.take(size);
        byte[] body = new byte[size];
        inflate(sent, body);
        return body;
    }

    /**
     * Unpacks, at first for the size alone: a bomb then costs time and no memory, and a body as much as it is long.
     *
     * @param body of that size, or null if it is not known yet
     * @return the size
     */
    private static int inflate(byte[] sent, byte @Nullable [] body) {
        byte[] chunk = new byte[CHUNK];
        int size = 0;
        try (InputStream unpacking = new GZIPInputStream(new ByteArrayInputStream(sent), CHUNK)) {
            for (int length = unpacking.read(chunk); length >= 0; length = unpacking.read(chunk)) {
                if (body != null) {
                    System.arraycopy(chunk, 0, body, size, length);
                }
                size += length;
                if (size > MAX_UNPACKED) {
                    throw tooLarge("unpacked", MAX_UNPACKED);
                }
            }
        } catch (EOFException e) {
            throw notGzip("cut off");
        } catch (ZipException e) {
            throw notGzip("no gzip: " + Excerpt.sentence(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory can always be read", e);
        }
        return size;
    }

    private static Problem notGzip(String why) {
        return Problem.badRequest("Content-Encoding says gzip, and the body is " + why);
    }

    static Problem tooLarge(String how, int limit) {
        return Problem.of(
                413,
                "Too large",
                "a body must have at most " + limit / (1024 * 1024) + " MiB " + how + "; send fewer events at a time");
    }
}
