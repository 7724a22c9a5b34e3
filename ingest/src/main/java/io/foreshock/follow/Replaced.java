package io.foreshock.follow;

import java.io.IOException;

/** A file no longer begins with what was read of it: it was rotated, truncated or written anew. */
final class Replaced extends IOException {
    private static final long serialVersionUID = 1;

    Replaced(String what) {
        super(what);
    }
}
