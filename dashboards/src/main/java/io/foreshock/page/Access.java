package io.foreshock.page;

import io.foreshock.http.Bearer;
import io.foreshock.http.Endpoint;
import io.foreshock.http.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.MessageDigest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who may look and who may change something.
 *
 * <p>Whether a request is answered at all is decided by {@link Endpoint#requireNamed}. Changes need the token where there is one. Without one they are possible on the loopback
 * interface alone, and only from the page itself or a program: the header {@value #HEADER} cannot be sent from another site without
 * asking first, which is never allowed, and an {@code Origin} has to be the page's own.
 */
final class Access {
    /** Every change carries it, with any value. */
    static final String HEADER = "X-Foreshock";

    private final Endpoint endpoint;
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
     * @param endpoint where the page listens
     * @param token that changes need, or null
     */
    Access(Endpoint endpoint, @Nullable String token) {
        this.endpoint = endpoint;
        this.digest = token == null ? null : Bearer.digest(token);
    }

    Changes changes() {
        if (digest != null) {
            return Changes.TOKEN;
        }
        return endpoint.isLoopback() ? Changes.OPEN : Changes.OFF;
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
        if (digest != null && !MessageDigest.isEqual(digest, Bearer.digest(Bearer.of(authorization)))) {
            throw Problem.forbidden("a change needs the page's token as 'Authorization: Bearer TOKEN', and "
                    + (authorization == null ? "none came" : "another one came"));
        }
    }

    private static boolean isSame(String origin, @Nullable String named) {
        try {
            String authority = new URI(origin).getRawAuthority();
            return authority != null && authority.equalsIgnoreCase(named);
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
