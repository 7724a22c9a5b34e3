package io.foreshock.page;

import org.jspecify.annotations.Nullable;

/**
 * Where the page listens and what a change needs.
 *
 * @param host interface, by name or address
 * @param port 0 for a free one
 * @param token that changes need, {@value #LEAST_CHARS} characters or more; null for none
 */
public record PageSettings(String host, int port, @Nullable String token) {
    /** The interface that only this machine reaches, on a free port, without a token. */
    public static final PageSettings LOOPBACK = new PageSettings("127.0.0.1", 0, null);

    private static final int LEAST_CHARS = 16;
    private static final int PORTS = 65_535;

    public PageSettings {
        if (port < 0 || port > PORTS) {
            throw new IllegalArgumentException("port must be 0 to " + PORTS + ", got " + port);
        }
        if (token != null && (token.length() < LEAST_CHARS || !token.chars().allMatch(c -> c > ' ' && c < 127))) {
            throw new IllegalArgumentException("token must be at least " + LEAST_CHARS
                    + " printable ASCII characters without spaces, for example the output of: openssl rand -hex 32");
        }
    }

    public PageSettings withPort(int changed) {
        return new PageSettings(host, changed, token);
    }

    /** Without the token, so that no log holds it. */
    @Override
    public String toString() {
        return "PageSettings[host=" + host + ", port=" + port + ", token=" + (token == null ? "none" : "given") + "]";
    }
}
