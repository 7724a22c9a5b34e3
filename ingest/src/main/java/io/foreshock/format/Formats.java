package io.foreshock.format;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** The forms of recordings that are read, and which of them a recording has. */
public final class Formats {
    /** In the order in which they are tried: those that are told by certain bytes before those that are guessed. */
    private static final List<Format> ALL = List.of();

    private Formats() {}

    public static List<Format> all() {
        return ALL;
    }

    /**
     * Reads a recording in whatever form it has.
     *
     * @param run the run of events that name none
     * @throws IOException when the disk fails, or when it has none of the known forms; the message says what was tried
     */
    public static TelemetryFile open(Source source, String run) throws IOException {
        for (Format format : ALL) {
            if (format.matches(source)) {
                return format.open(source, run);
            }
        }
        source.close();
        throw new IOException(source.name() + " has none of the forms that are read: "
                + ALL.stream().map(Format::name).collect(Collectors.joining(", ")));
    }
}
