package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.embedded.Stack;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The run page beside a stack in the same process: what keeps it from starting must not keep runs from being judged. */
final class PageBeside {
    private static final int USUAL_PORT = 8080;

    private PageBeside() {}

    /**
     * Starts it.
     *
     * @param port 0 for a free one; null for the usual one, or a free one where that is taken
     * @return null if it cannot be started, which was said on the screen
     */
    static @Nullable RunPage start(
            Stopper stopper, Stack stack, @Nullable Integer port, List<Signature> signatures, Screen screen) {
        try {
            return stopper.closes(open(stack, port == null ? USUAL_PORT : port, signatures));
        } catch (IOException | RuntimeException e) {
            if (port == null) {
                try {
                    RunPage page = stopper.closes(open(stack, 0, signatures));
                    screen.line("Port " + USUAL_PORT + " is taken; the run page has another (--page-port N chooses).");
                    return page;
                } catch (IOException | RuntimeException again) {
                    return without(screen, again);
                }
            }
            return without(screen, e);
        }
    }

    private static RunPage open(Stack stack, int port, List<Signature> signatures) throws IOException {
        return RunPage.start(PageSettings.LOOPBACK.withPort(port), stack.page(), signatures);
    }

    private static @Nullable RunPage without(Screen screen, Exception e) {
        screen.line("There is no run page: " + e.getMessage() + ". Everything else goes on without it.");
        return null;
    }
}
