package io.foreshock.follow;

import java.io.IOException;

/**
 * A follower cannot go on as it is: the topic cannot be read or written, or its own positions cannot be kept. To begin anew
 * is safe at any time.
 */
public final class BeginAnew extends IOException {
    private static final long serialVersionUID = 1;

    public BeginAnew(String message, Throwable cause) {
        super(message, cause);
    }
}
