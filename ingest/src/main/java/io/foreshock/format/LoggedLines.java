package io.foreshock.format;

import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.LoggedRow;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A text recording of another tool, read line by line: one row a line at most. One thread at a time. */
public abstract class LoggedLines implements TelemetryFile {
    protected final Lines lines;
    protected final LoggedRow row;
    private final String run;

    /** Takes the source over. */
    protected LoggedLines(Source source, String run) {
        this.lines = new Lines(source);
        this.row = new LoggedRow(run);
        this.run = run;
    }

    /** What the present line of {@link #lines} says; null if nothing. */
    protected abstract @Nullable Parsed read();

    /** What stands for a line that is too long; null where such lines are none of the tool's. */
    protected @Nullable Parsed overlong() {
        return lines.refused(Lines.Kind.OVERLONG, run);
    }

    /** Whether a line can be told to be whole without its line feed. */
    protected boolean endsItself() {
        return false;
    }

    @Override
    public final @Nullable Parsed next() throws IOException {
        while (true) {
            Lines.Kind kind = lines.next();
            Parsed event =
                    switch (kind) {
                        case END -> null;
                        case OVERLONG -> overlong();
                        case CUT -> lines.refused(kind, run);
                        case LINE -> lines.isBlank() ? null : line();
                    };
            if (event != null || kind == Lines.Kind.END) {
                return event;
            }
        }
    }

    /** A number that is cut off is still a number, but not the one that was logged. */
    private @Nullable Parsed line() {
        Parsed event = read();
        if (event == null || lines.isTerminated() || endsItself()) {
            return event;
        }
        return refused(
                Rejected.Reason.NOT_JSON,
                "line " + lines.number() + ", the last, has no line break: it may be half written and was not read");
    }

    /** What stands for the present line. */
    protected final Parsed refused(Rejected.Reason reason, String detail) {
        return lines.refused(reason, detail, run);
    }

    @Override
    public final String run() {
        return run;
    }

    @Override
    public final long bytesRead() {
        return lines.bytesRead();
    }

    @Override
    public final void close() throws IOException {
        lines.close();
    }
}
