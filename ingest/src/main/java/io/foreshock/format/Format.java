package io.foreshock.format;

import java.io.IOException;

/** A form in which telemetry is recorded. To read another: a package beside this one, and a line in {@link Formats}. */
public interface Format {
    /** What people call it, for messages and the documentation: {@code TensorBoard event file}. */
    String name();

    /**
     * Whether the recording is of this form, by its name and beginning; reads nothing further. Content decides where it
     * can, the name only where content cannot tell.
     */
    boolean matches(Source source);

    /**
     * Reads it. The file takes the source over and closes it.
     *
     * @param run the run of events that name none
     * @throws IOException when the disk fails
     */
    TelemetryFile open(Source source, String run) throws IOException;
}
