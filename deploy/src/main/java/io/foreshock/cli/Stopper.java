package io.foreshock.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends a command that keeps things running. Ctrl-C and SIGTERM interrupt the command's thread, which then leaves its
 * try block and closes, last opened first, what it gave to {@link #closes}; the process waits for that, but not for ever.
 */
final class Stopper implements AutoCloseable {
    /** People who press Ctrl-C wait no longer than that. */
    private static final long PATIENCE_MILLIS = 1_700;

    private final Runnable abandoned;
    private final CountDownLatch cleaned = new CountDownLatch(1);
    private final Thread command = Thread.currentThread();
    private final Thread hook = new Thread(this::stop, "foreshock-stop");
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private volatile boolean stopping;

    /**
     * Begins to listen.
     *
     * @param abandoned what is left to do when closing takes too long
     */
    Stopper(Runnable abandoned) {
        this.abandoned = abandoned;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Closes this with the stopper. */
    <T extends AutoCloseable> T closes(T resource) {
        opened.push(resource);
        return resource;
    }

    /** True once the process is being told to end. */
    boolean stopping() {
        return stopping;
    }

    @Override
    public void close() throws Exception {
        // The interrupt has done its work; what is closed now has to wait for its own threads.
        boolean interrupted = Thread.interrupted();
        try {
            while (!opened.isEmpty()) {
                opened.pop().close();
            }
        } finally {
            cleaned.countDown();
            if (interrupted && !stopping) {
                command.interrupt();
            }
            forget();
        }
    }

    private void forget() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs and finds everything closed.
            stopping = true;
        }
    }

    private void stop() {
        stopping = true;
        command.interrupt();
        try {
            if (!cleaned.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                abandoned.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
