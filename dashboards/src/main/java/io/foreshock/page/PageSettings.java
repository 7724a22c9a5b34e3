package io.foreshock.page;

import io.foreshock.http.Bearer;
import io.foreshock.http.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Where the page listens and what a change needs.
 *
 * @param endpoint where it listens
 * @param token that changes need, {@value Bearer#LEAST_CHARS} characters or more; null for none
 */
public record PageSettings(Endpoint endpoint, @Nullable String token) {
    /** The interface that only this machine reaches, on a free port, without a token. */
    public static final PageSettings LOOPBACK = new PageSettings(new Endpoint("127.0.0.1", 0), null);

    public PageSettings {
        if (token != null) {
            Bearer.check(token);
        }
    }

    public PageSettings withPort(int changed) {
        return new PageSettings(new Endpoint(endpoint.host(), changed), token);
    }

    /** Without the token, so that no log holds it. */
    @Override
    public String toString() {
        return "PageSettings[" + endpoint + ", token=" + (token == null ? "none" : "given") + "]";
    }
}
