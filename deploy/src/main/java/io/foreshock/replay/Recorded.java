package io.foreshock.replay;

import io.foreshock.format.TelemetryFile;
import java.io.IOException;
import java.util.List;

/** Telemetry that was recorded, wherever it lies. */
public interface Recorded {
    /** What it is called in messages: its path, or its topic. */
    String shown();

    /**
     * Opens it, in whatever form it is.
     *
     * @throws IOException when it cannot be read, or has none of the forms that are read
     */
    TelemetryFile open() throws IOException;

    /** How much there is to read, comparable with {@link TelemetryFile#bytesRead}; 0 where that is not known. */
    long size();

    /** What whoever judges it should know, a sentence each; complete after it was read. */
    default List<String> notes() {
        return List.of();
    }
}
