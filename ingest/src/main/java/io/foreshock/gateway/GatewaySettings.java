package io.foreshock.gateway;

import io.foreshock.http.Endpoint;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the gateway listens, and to whom.
 *
 * @param endpoint where it listens
 * @param tokensFile who may send, as {@link Tokens} describes; null where this machine alone reaches it
 * @param tls null for plain HTTP
 */
public record GatewaySettings(
        Endpoint endpoint,
        @Nullable Path tokensFile,
        @Nullable Tls tls) {
    /** The interface that only this machine reaches, on a free port, without tokens. */
    public static final GatewaySettings LOOPBACK = new GatewaySettings(new Endpoint("127.0.0.1", 0), null, null);

    /** Its usual port. */
    public static final int PORT = 8088;

    /**
     * What TLS needs, in PEM.
     *
     * @param certificate the server's, with those that vouch for it behind it
     * @param key its private key, without a password
     */
    public record Tls(Path certificate, Path key) {}

    public GatewaySettings {
        if (tokensFile == null && !endpoint.isLoopback()) {
            throw new IllegalArgumentException("on " + endpoint.host()
                    + " anybody who reaches the gateway could send as anybody: --tokens-file FILE says who may send for"
                    + " which runs, for example\n  tokens: {trainers: {token: "
                    + "PUT-A-LONG-RANDOM-TOKEN-HERE, runs: [\"*\"]}}");
        }
    }

    public GatewaySettings withPort(int port) {
        return new GatewaySettings(new Endpoint(endpoint.host(), port), tokensFile, tls);
    }
}
