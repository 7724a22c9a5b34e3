package io.foreshock.page;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may look and who may change something.
 *
 * <p>On the loopback interface only requests that name it as their host are answered: a page of the web that lets its own name
 * point here (DNS rebinding) is not. Changes need the token where there is one. Without one they are possible on the loopback
 * interface alone, and only from the page itself or a program: the header {@value #HEADER} cannot be sent from another site without
 * asking first, which is never allowed, and an {@code Origin} has to be the page's own.
 */
final class Access {
    /** Every change carries it, with any value. */
    static final String HEADER = "X-Foreshock";

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final String host;
    private final boolean loopback;
    /** Of the token, so that both sides of a comparison are of the same length. */
    private final byte @Nullable [] digest;

    /** What a change needs. */
    enum Changes {
        /** No token: from this machine. */
        OPEN,
        TOKEN,
        /** The page is reachable from elsewhere and has no token. */
        OFF;

        String slug() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param host interface the page listens on
     * @param token that changes need, or null
     */
    Access(String host, @Nullable String token) {
        this.host = host.toLowerCase(Locale.ROOT);
        this.loopback = isLoopback(host);
        this.digest = token == null ? null : digest(token);
    }

    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    Changes changes() {
        if (digest != null) {
            return Changes.TOKEN;
        }
        return loopback ? Changes.OPEN : Changes.OFF;
    }

    /**
     * Whether the request may be answered at all.
     *
     * @param named its {@code Host}
     * @throws Problem if not
     */
    void look(@Nullable String named) {
        String name = name(named);
        if (loopback && !LOOPBACK.contains(name) && !name.equals(host)) {
            throw Problem.forbidden(
                    "the page listens on the loopback interface and answers to localhost, 127.0.0.1 and [::1] only;"
                            + " the request's Host is another: open http://localhost instead");
        }
    }

    /**
     * Whether the request may change something.
     *
     * @param header its {@link #HEADER}
     * @param origin its {@code Origin}, or null
     * @param named its {@code Host}
     * @param authorization its {@code Authorization}, or null
     * @throws Problem if not, with the reason
     */
    void change(
            @Nullable String header, @Nullable String origin, @Nullable String named, @Nullable String authorization) {
        if (changes() == Changes.OFF) {
            throw Problem.forbidden(
                    "the page is reachable from other machines and was started without a token, so nothing can be"
                            + " changed: start it with --token-file");
        }
        if (header == null) {
            throw Problem.forbidden("a change must carry the header " + HEADER + ", for example '" + HEADER
                    + ": 1': other sites cannot send it");
        }
        if (origin != null && !isSame(origin, named)) {
            throw Problem.forbidden("a change must come from the page itself; the request's Origin is another site");
        }
        if (digest != null && !MessageDigest.isEqual(digest, digest(bearer(authorization)))) {
            throw Problem.forbidden("a change needs the page's token as 'Authorization: Bearer TOKEN', and "
                    + (authorization == null ? "none came" : "another one came"));
        }
    }

    private static String bearer(@Nullable String authorization) {
        String scheme = "bearer ";
        return authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(scheme)
                ? authorization.substring(scheme.length()).strip()
                : "";
    }

    private static boolean isSame(String origin, @Nullable String named) {
        try {
            String authority = new URI(origin).getRawAuthority();
            return authority != null && authority.equalsIgnoreCase(named);
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Without the port, in lower case. */
    private static String name(@Nullable String named) {
        if (named == null) {
            return "";
        }
        int port = named.lastIndexOf(':');
        boolean has = port > named.lastIndexOf(']');
        return (has ? named.substring(0, port) : named).toLowerCase(Locale.ROOT);
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
