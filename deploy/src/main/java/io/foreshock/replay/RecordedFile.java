package io.foreshock.replay;

import io.foreshock.format.Formats;
import io.foreshock.format.Sequence;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A recording: a file, a folder whose files are one recording, or standard input.
 *
 * @param path where it lies; {@link #STANDARD_INPUT} for standard input
 * @param run the run of events that name none
 * @param files what is read, in order; none of standard input
 */
public record RecordedFile(Path path, String run, List<Path> files) implements Recorded {
    /** How standard input is named on the command line. */
    public static final Path STANDARD_INPUT = Path.of("-");

    public RecordedFile {
        files = List.copyOf(files);
    }

    @Override
    public String shown() {
        return files.isEmpty() ? "standard input" : path.toString();
    }

    @Override
    public TelemetryFile open() throws IOException {
        return switch (files.size()) {
            case 0 -> Formats.open(Source.of(System.in, run), run);
            case 1 -> Formats.open(Source.of(files.get(0)), run);
            default -> new Sequence(files, run);
        };
    }

    /** Bytes to read, as stored. */
    @Override
    public long size() {
        long bytes = 0;
        for (Path file : files) {
            try {
                bytes += Files.size(file);
            } catch (IOException e) {
                // It will be reported when it is read; until then the progress is a little off.
                return 0;
            }
        }
        return bytes;
    }
}
