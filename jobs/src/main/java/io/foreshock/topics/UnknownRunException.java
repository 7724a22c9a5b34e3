package io.foreshock.topics;

import java.io.IOException;

/** A run was asked for of which the topic holds no event; the message says which runs there are. */
public final class UnknownRunException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownRunException(String message) {
        super(message);
    }
}
