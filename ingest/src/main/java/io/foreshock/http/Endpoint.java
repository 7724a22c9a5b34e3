package io.foreshock.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens.
 *
 * @param host interface, by name or address
 * @param port 0 for a free one
 */
public record Endpoint(String host, int port) {
    private static final int PORTS = 65_535;
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    public Endpoint {
        if (port < 0 || port > PORTS) {
            throw new IllegalArgumentException("port must be 0 to " + PORTS + ", got " + port);
        }
    }

    /** True if this machine alone reaches it. */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * On the loopback interface only requests that name it as their host are answered: a page of the web that lets its own
     * name point here (DNS rebinding) is not.
     *
     * @param named the request's {@code Host}
     * @throws Problem if it may not be answered
     */
    public void requireNamed(@Nullable String named) {
        String name = withoutPort(named);
        if (isLoopback() && !LOOPBACK.contains(name) && !name.equals(host.toLowerCase(Locale.ROOT))) {
            throw Problem.forbidden(
                    "this listens on the loopback interface and answers to localhost, 127.0.0.1 and [::1] only;"
                            + " the request's Host is another: use http://localhost instead");
        }
    }

    private static String withoutPort(@Nullable String named) {
        if (named == null) {
            return "";
        }
        int port = named.lastIndexOf(':');
        boolean has = port > named.lastIndexOf(']');
        return (has ? named.substring(0, port) : named).toLowerCase(Locale.ROOT);
    }

    /**
     * Says so before anything is started, and without the server's own alarm.
     *
     * @throws IOException if nobody can listen there; names host and port, and what to do
     */
    public void requireFree() throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, port));
        } catch (IOException | IllegalArgumentException e) {
            throw taken(e);
        }
    }

    /** What to say when listening there failed. */
    public IOException taken(Exception error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new IOException(
                "cannot listen on " + host + ":" + port + ": " + cause.getMessage() + "; port 0 takes a free one",
                error);
    }

    /**
     * Where it is, for a program on this machine: {@code http://127.0.0.1:8080}.
     *
     * @param bound the port that was taken
     */
    public String url(String scheme, int bound) {
        boolean any = host.equals("0.0.0.0") || host.equals("::");
        String shown = any ? "localhost" : host.contains(":") ? "[" + host + "]" : host;
        return scheme + "://" + shown + ":" + bound;
    }
}
