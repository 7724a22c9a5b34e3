package io.foreshock.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A form in which telemetry is recorded. To read another: a package beside this one, and a line in {@link Formats}. */
public interface Format {
    /** What people call it, for messages and the documentation: {@code TensorBoard event file}. */
    String name();

    /** What a recording of this form has, in words that follow "no": {@code line that names a column step}. */
    String needs();

    /**
     * Whether the recording is of this form, by its name and beginning; reads nothing further. Content decides where it
     * can, the name only where content cannot tell.
     */
    boolean matches(Source source);

    /** Whether tools write the whole file anew each time, instead of appending to it. */
    default boolean isWrittenAnew() {
        return false;
    }

    /** Whether it is Foreshock's own: what cannot be read of it is still an event, to be rejected by whoever judges. */
    default boolean isOurs() {
        return false;
    }

    /**
     * Reads it. The file takes the source over and closes it.
     *
     * @param run the run of events that name none
     * @throws IOException when the disk fails
     */
    TelemetryFile open(Source source, String run) throws IOException;

    /**
     * The recording that a folder is as a whole, named after the folder: several event files of one run, or a run that
     * kept its log at each checkpoint. Asked of each folder from the outside in, before its files are looked at one by
     * one.
     *
     * @param folder exists
     * @return null, the usual case, if this form has no such folders or this is none
     * @throws IOException when the disk fails
     */
    default @Nullable FolderRecording claim(Path folder) throws IOException {
        return null;
    }

    /**
     * Files that are one recording.
     *
     * @param files read one after the other, in this order; not empty
     * @param contained what these hold as well and so is not read
     */
    record FolderRecording(List<Path> files, List<Path> contained) {
        public FolderRecording {
            if (files.isEmpty()) {
                throw new IllegalArgumentException("a recording needs a file");
            }
            files = List.copyOf(files);
            contained = List.copyOf(contained);
        }
    }
}
