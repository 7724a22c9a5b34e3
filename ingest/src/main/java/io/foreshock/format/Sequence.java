package io.foreshock.format;

import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A recording that is several files, read one after the other. One is open at a time. */
public final class Sequence implements TelemetryFile {
    private final String run;
    private final Deque<Path> coming;
    private long bytesBefore;
    private @Nullable TelemetryFile current;

    /** @param run the run of events that name none */
    public Sequence(List<Path> files, String run) {
        this.coming = new ArrayDeque<>(files);
        this.run = run;
    }

    @Override
    public @Nullable Parsed next() throws IOException {
        while (true) {
            TelemetryFile file = current;
            if (file == null) {
                if (coming.isEmpty()) {
                    return null;
                }
                file = Formats.open(Source.of(coming.remove()), run);
                current = file;
            }
            Parsed event = file.next();
            if (event != null) {
                return event;
            }
            close();
        }
    }

    @Override
    public String run() {
        return run;
    }

    @Override
    public long bytesRead() {
        return bytesBefore + (current == null ? 0 : current.bytesRead());
    }

    @Override
    public void close() throws IOException {
        TelemetryFile file = current;
        if (file != null) {
            current = null;
            bytesBefore += file.bytesRead();
            file.close();
        }
    }
}
