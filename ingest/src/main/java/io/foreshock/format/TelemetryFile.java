package io.foreshock.format;

import io.foreshock.wire.Parsed;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A recording of telemetry, whatever tool wrote it, read event by event. One thread at a time.
 *
 * <pre>{@code
 * try (TelemetryFile file = Formats.open(Source.of(Path.of("events.out.tfevents.1763870000.host")), "llama-7b-3")) {
 *     for (Parsed event = file.next(); event != null; event = file.next()) { … }
 * }
 * }</pre>
 */
public interface TelemetryFile extends Closeable {
    /**
     * The next event, or null after the last; one that {@linkplain Source#mayGrow may grow} can be asked again. What cannot be read is a {@link Parsed.Refused}: bad data throws nothing
     * and costs no more than itself. A recording that was cut off while it was written gives all that is complete.
     *
     * @throws IOException when the disk fails
     */
    @Nullable
    Parsed next() throws IOException;

    /**
     * Lets {@link #next} give what is whole but waits because more may come that belongs to it: in a recording that may
     * grow, once it has been quiet.
     */
    default void settle() {}

    /** The run of events that name none. */
    String run();

    /** Bytes taken so far, as stored: comparable with the recording's size. */
    long bytesRead();
}
