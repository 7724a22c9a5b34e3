package io.foreshock.cli;

import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;

/** A command that serves until somebody stops it. */
final class Serving {
    /** Starts the server and says where it is. */
    interface Start {
        AutoCloseable start() throws IOException, SettingsException, InterruptedException;
    }

    private Serving() {}

    /** Returns when the process is told to stop and everything is closed. */
    static int untilStopped(PrintWriter out, Start server) throws IOException, SettingsException {
        try (Stopper stopper = Stopper.inGoodOrder()) {
            stopper.closes(server.start());
            out.flush();
            new CountDownLatch(1).await();
            return 0;
        } catch (InterruptedException e) {
            out.println("Stopped.");
            out.flush();
            return 0;
        } catch (IOException | SettingsException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
