package io.foreshock.notify;

import java.io.IOException;
import java.net.ConnectException;

/** Why a server did not answer, for messages: Java's HTTP client says nothing of a connection that is refused. */
public final class Unreachable {
    private Unreachable() {}

    public static String why(Exception e) {
        if (e.getMessage() != null) {
            return e.getMessage();
        }
        return e instanceof ConnectException
                ? "nobody listens there"
                : e instanceof IOException
                        ? "the connection broke"
                        : e.getClass().getSimpleName();
    }
}
