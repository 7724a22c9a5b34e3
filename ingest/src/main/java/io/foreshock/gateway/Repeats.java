package io.foreshock.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.foreshock.http.Problem;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes a repeated request the same request: a sender that did not hear the answer sends the body again under the same key, and
 * gets the answer to the first, without anything being written twice. What is on its way is always known; what is done is
 * remembered for a while, as far as there is room.
 */
final class Repeats {
    /** Longer than a sender keeps trying one body while the gateway answers. */
    private static final Duration MEMORY = Duration.ofMinutes(30);

    private static final long MEMORY_BYTES = 32L * 1024 * 1024;
    private static final int ENTRY_BYTES = 300;
    private static final int REJECTED_BYTES = 400;

    private final ConcurrentMap<String, Pending> pending = new ConcurrentHashMap<>();
    private final Cache<String, Done> done = Caffeine.newBuilder()
            .expireAfterWrite(MEMORY)
            .maximumWeight(MEMORY_BYTES)
            .weigher(Repeats::bytes)
            .build();

    private record Pending(byte[] digest, CompletableFuture<Answer> answer) {}

    /** Answered, or tried: then with what the broker has of it. */
    private record Done(byte[] digest, @Nullable Answer answer, BitSet written) {}

    private static int bytes(String key, Done done) {
        int rejected = done.answer() == null ? 0 : done.answer().rejected().size();
        return ENTRY_BYTES
                + key.length()
                + REJECTED_BYTES * rejected
                + done.written().size() / Byte.SIZE;
    }

    /**
     * Does something once.
     *
     * @param key names the request: its sender, what is asked, and the sender's key
     * @param digest of the body
     * @param first does it, given the places of what an earlier try wrote
     * @throws Problem 422 if the key was used for another body
     */
    CompletableFuture<Answer> once(String key, byte[] digest, Function<BitSet, CompletableFuture<Answer>> first) {
        Pending own = new Pending(digest, new CompletableFuture<>());
        Pending begun = pending.putIfAbsent(key, own);
        if (begun != null) {
            requireSame(digest, begun.digest());
            return begun.answer();
        }
        try {
            Done before = done.getIfPresent(key);
            if (before != null) {
                requireSame(digest, before.digest());
                if (before.answer() != null) {
                    pending.remove(key, own);
                    own.answer().complete(before.answer());
                    return own.answer();
                }
            }
            first.apply(before == null ? new BitSet() : before.written())
                    .whenComplete((answer, error) -> end(key, own, answer, error));
            return own.answer();
        } catch (RuntimeException e) {
            pending.remove(key, own);
            own.answer().completeExceptionally(e);
            throw e;
        }
    }

    private void end(String key, Pending own, @Nullable Answer answer, @Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException wrapped ? wrapped.getCause() : error;
        if (answer != null) {
            done.put(key, new Done(own.digest(), answer, new BitSet()));
        } else if (cause instanceof Delivery.Incomplete incomplete) {
            done.put(key, new Done(own.digest(), null, incomplete.written()));
        }
        pending.remove(key, own);
        if (answer != null) {
            own.answer().complete(answer);
        } else {
            own.answer().completeExceptionally(cause == null ? new IllegalStateException("no answer") : cause);
        }
    }

    private static void requireSame(byte[] digest, byte[] before) {
        if (!Arrays.equals(digest, before)) {
            throw Problem.of(
                    422,
                    "Key used twice",
                    "this Idempotency-Key was used for another body; use a new one for each body");
        }
    }
}
