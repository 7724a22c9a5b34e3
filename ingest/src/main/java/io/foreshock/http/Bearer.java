package io.foreshock.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Bearer tokens (RFC 6750): what a request brings, and how it is compared without its length or time telling anything. */
public final class Bearer {
    /** Fewer characters could be guessed. */
    public static final int LEAST_CHARS = 16;

    private static final String SCHEME = "bearer ";

    private Bearer() {}

    /** The token of an {@code Authorization} header; empty if it has none. */
    public static String of(@Nullable String authorization) {
        return authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)
                ? authorization.substring(SCHEME.length()).strip()
                : "";
    }

    /** @throws IllegalArgumentException if it is none; says what one is, and not what was given */
    public static void check(String token) {
        if (token.length() < LEAST_CHARS || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException("token must be at least " + LEAST_CHARS
                    + " printable ASCII characters without spaces, for example the output of: openssl rand -hex 32");
        }
    }

    /** Its SHA-256: tokens are compared and kept as this, so that both sides are of one length. */
    public static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
