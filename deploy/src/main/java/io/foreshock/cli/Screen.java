package io.foreshock.cli;

import java.io.PrintWriter;

/**
 * Lines on standard output, and below them, on a terminal only, one line that says how things stand. Thread-safe.
 */
final class Screen {
    /** Back to the line's start and clear it. */
    private static final String CLEAR = "\r\u001b[K";

    private final PrintWriter out;
    private final PrintWriter status;
    private final boolean terminal;
    private String shown = "";

    Screen(PrintWriter out, PrintWriter err) {
        // Null when standard input or output is redirected: then nobody looks.
        this(out, err, System.console() != null);
    }

    Screen(PrintWriter out, PrintWriter status, boolean terminal) {
        this.out = out;
        this.status = status;
        this.terminal = terminal;
    }

    synchronized void line(String text) {
        if (!shown.isEmpty()) {
            status.print(CLEAR);
            status.flush();
        }
        out.println(text);
        out.flush();
        if (!shown.isEmpty()) {
            status.print(shown);
            status.flush();
        }
    }

    /** Replaces the line that says how things stand; "" removes it. */
    synchronized void status(String text) {
        if (terminal && !text.equals(shown)) {
            status.print(CLEAR + text);
            status.flush();
            shown = text;
        }
    }
}
