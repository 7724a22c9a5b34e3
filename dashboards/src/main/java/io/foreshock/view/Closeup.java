package io.foreshock.view;

/**
 * Steps that are kept as they are, because something happened there.
 *
 * @param attempt the attempt in which it did
 * @param first first step
 * @param last last step
 */
record Closeup(int attempt, long first, long last) {
    boolean holds(int ofAttempt, long from, long to) {
        return attempt == ofAttempt && from <= last && to >= first;
    }
}
