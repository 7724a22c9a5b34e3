package io.foreshock.notify;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs what the webhook gets, as the Standard Webhooks specification wants it (github.com/standard-webhooks/standard-webhooks,
 * version 1, symmetric): base64 of the HMAC-SHA256 of id, time and body.
 */
public final class Secret {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String PREFIX = "whsec_";
    /** The specification asks for 24, and its own example has 18; nobody guesses 16. */
    private static final int LEAST_BYTES = 16;

    private static final int MOST_BYTES = 64;

    private final SecretKeySpec key;

    private Secret(SecretKeySpec key) {
        this.key = key;
    }

    /**
     * Reads a secret.
     *
     * @param text {@code whsec_} and base64 of 16 to 64 bytes; the prefix may be left out
     * @throws IllegalArgumentException if it is none; the message does not show it
     */
    public static Secret of(String text) {
        String base64 = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw refused("got something else", e);
        }
        if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) {
            throw refused("got " + bytes.length + " bytes", null);
        }
        return new Secret(new SecretKeySpec(bytes, ALGORITHM));
    }

    private static IllegalArgumentException refused(String got, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "a webhook's secret must be base64 of " + LEAST_BYTES + " to " + MOST_BYTES + " bytes, with " + PREFIX
                        + " in front or without, " + got + "; make one with: echo whsec_$(openssl rand -base64 32)",
                cause);
    }

    /**
     * The value of header {@code webhook-signature}.
     *
     * @param id the message's id
     * @param seconds Unix time of this try
     * @param body as it is sent
     */
    String signature(String id, long seconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update((id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /** Without the secret, so that no log holds it. */
    @Override
    public String toString() {
        return "Secret[given]";
    }
}
