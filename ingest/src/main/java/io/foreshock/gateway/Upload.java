package io.foreshock.gateway;

import io.foreshock.http.Problem;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * A body on its way in. It is taken as it comes, and no thread waits for it: senders that are slow, or stop halfway, cost a
 * connection and what they have sent, and nobody else has to wait for them.
 */
final class Upload implements ReadListener {
    /** As it is sent. */
    static final int MAX_BYTES = 8 * 1024 * 1024;

    /** A body that drips in more slowly than this is given up; the first seconds are given to any. */
    private static final int LEAST_BYTES_A_SECOND = 1_000;

    private static final int GIVEN_SECONDS = 10;
    private static final int CHUNK = 16 * 1024;

    private final long began = System.nanoTime();
    private final ServletInputStream in;
    private final Budget.Share share;
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();

    private Upload(ServletInputStream in, Budget.Share share) {
        this.in = in;
        this.share = share;
    }

    /**
     * Takes it.
     *
     * @param in of a request that is asynchronous
     * @param share what holds it, the caller's to give back
     * @return the body as it was sent; fails with {@link Problem}: 408 if it drips, 413 if it is too large, 429 if there is no
     *     room now; or with what is wrong with the connection
     */
    static CompletableFuture<byte[]> take(ServletInputStream in, Budget.Share share) {
        Upload upload = new Upload(in, share);
        in.setReadListener(upload);
        return upload.body;
    }

    @Override
    public void onDataAvailable() throws IOException {
        byte[] chunk = new byte[CHUNK];
        try {
            while (!body.isDone() && in.isReady() && !in.isFinished()) {
                int length = in.read(chunk);
                if (length > 0) {
                    require(length);
                    taken.write(chunk, 0, length);
                }
            }
        } catch (Problem e) {
            body.completeExceptionally(e);
        }
    }

    private void require(int more) {
        int size = taken.size() + more;
        if (size > MAX_BYTES) {
            throw Body.tooLarge("as it is sent", MAX_BYTES);
        }
        long seconds = (System.nanoTime() - began) / 1_000_000_000;
        if (size < (seconds - GIVEN_SECONDS) * LEAST_BYTES_A_SECOND) {
            throw Problem.of(
                    408,
                    "Too slow",
                    "a body must come with at least " + LEAST_BYTES_A_SECOND + " bytes a second, got " + size
                            + " bytes in " + seconds + " s");
        }
        share.take(more);
    }

    @Override
    public void onAllDataRead() {
        body.complete(taken.toByteArray());
    }

    @Override
    public void onError(Throwable error) {
        body.completeExceptionally(error);
    }
}
