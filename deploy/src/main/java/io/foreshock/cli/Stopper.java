package io.foreshock.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a command that keeps things running, last opened first closed. Ctrl-C and SIGTERM either interrupt the command's
 * thread, which then leaves its try block and closes, while the process waits for that (not for ever); or, where nothing
 * is to be kept, do only what must not stay undone.
 */
final class Stopper implements AutoCloseable {
    /** What is kept survives a kill, too; the next start only takes longer. */
    private static final long PATIENCE_SECONDS = 8;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread command = Thread.currentThread();
    private final Thread hook = new Thread(this::stop, "foreshock-stop");
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final @Nullable Runnable atOnce;
    private volatile boolean stopping;

    private Stopper(@Nullable Runnable atOnce) {
        this.atOnce = atOnce;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Ctrl-C closes everything properly. */
    static Stopper inGoodOrder() {
        return new Stopper(null);
    }

    /** Ctrl-C does this and no more. */
    static Stopper atOnce(Runnable farewell) {
        return new Stopper(farewell);
    }

    /** Closes this with the stopper. */
    <T extends AutoCloseable> T closes(T resource) {
        opened.push(resource);
        return resource;
    }

    @Override
    public void close() throws Exception {
        if (stopping && atOnce != null) {
            // The process ends under us.
            return;
        }
        // The interrupt has done its work; what is closed now has to wait for its own threads.
        boolean interrupted = Thread.interrupted();
        try {
            while (!opened.isEmpty()) {
                opened.pop().close();
            }
        } finally {
            closed.countDown();
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
        if (closed.getCount() == 0) {
            return;
        }
        if (atOnce != null) {
            atOnce.run();
            return;
        }
        command.interrupt();
        try {
            if (!closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("foreshock: ended before everything was closed; nothing is lost");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
