package io.foreshock.format;

import io.foreshock.telemetry.Rejected;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads our own telemetry file: one event a line in the wire format.
 *
 * <p>An event that names no run gets the run id given. Line numbers, from 1, stand in for offsets. Blank lines are
 * skipped. A line beyond {@link Limits#MAX_EVENT_BYTES} is refused without being held in memory. A file that was cut off
 * while it was written, or whose compressed data is damaged, gives all its complete lines and then one refusal that says
 * so.
 *
 * <pre>{@code
 * try (JsonlFile file = JsonlFile.open(Path.of("llama-7b-3.jsonl.gz"))) {
 *     for (Parsed event = file.next(); event != null; event = file.next()) { … }
 * }
 * }</pre>
 *
 * <p>One thread at a time.
 */
public final class JsonlFile implements TelemetryFile {
    private final String run;
    private final Lines lines;
    private final EventReader reader = new EventReader();

    /**
     * Takes the source over.
     *
     * @param run the run of events that name none
     */
    public JsonlFile(Source source, String run) {
        this.run = run;
        this.lines = new Lines(source);
    }

    /**
     * Opens a file that is known to be of this form and is named after its run.
     *
     * @throws IOException when it cannot be opened
     */
    public static JsonlFile open(Path path) throws IOException {
        return new JsonlFile(Source.of(path), RunName.of(path));
    }

    @Override
    public String run() {
        return run;
    }

    @Override
    public long bytesRead() {
        return lines.bytesRead();
    }

    @Override
    public @Nullable Parsed next() throws IOException {
        while (true) {
            Lines.Kind kind = lines.next();
            switch (kind) {
                case END -> {
                    return null;
                }
                case OVERLONG, CUT -> {
                    return lines.refused(kind, run);
                }
                case LINE -> {
                    if (!lines.isBlank()) {
                        return event();
                    }
                }
            }
        }
    }

    private Parsed event() {
        Parsed event = reader.read(lines.buffer(), lines.start(), lines.end(), run, lines.number());
        if (!lines.isTerminated()
                && event instanceof Parsed.Refused refused
                && refused.rejected().reason() == Rejected.Reason.NOT_JSON) {
            return lines.refused(
                    Rejected.Reason.NOT_JSON,
                    "the file ends in the middle of line " + lines.number() + ", or that line is broken: "
                            + refused.rejected().detail(),
                    run);
        }
        return event;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
