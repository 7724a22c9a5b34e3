package io.foreshock.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A server beside a stack in the same process: what keeps it from starting must not keep runs from being judged. */
final class Beside {
    private Beside() {}

    /**
     * Opens it.
     *
     * @param <T> the server
     */
    interface Opening<T> {
        T on(int port) throws Exception;
    }

    /**
     * Starts it.
     *
     * @param what it is, for messages: "run page"
     * @param option that chooses its port
     * @param usualPort tried first where none is chosen; where it is taken, a free one
     * @param port the one that is chosen, 0 for a free one, or null
     * @param <T> the server
     * @return null if it cannot be started, which was said on the screen
     */
    static <T extends AutoCloseable> @Nullable T start(
            Stopper stopper,
            Screen screen,
            String what,
            String option,
            int usualPort,
            @Nullable Integer port,
            Opening<T> opening) {
        try {
            return stopper.closes(open(opening, port == null ? usualPort : port));
        } catch (IOException | RuntimeException e) {
            if (port == null) {
                try {
                    T server = stopper.closes(open(opening, 0));
                    screen.line("Port " + usualPort + " is taken; the " + what + " has another (" + option
                            + " N chooses).");
                    return server;
                } catch (IOException | RuntimeException again) {
                    return without(screen, what, again);
                }
            }
            return without(screen, what, e);
        }
    }

    private static <T> T open(Opening<T> opening, int port) throws IOException {
        try {
            return opening.on(port);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static <T> @Nullable T without(Screen screen, String what, Exception e) {
        screen.line("There is no " + what + ": " + e.getMessage() + ". Everything else goes on without it.");
        return null;
    }
}
