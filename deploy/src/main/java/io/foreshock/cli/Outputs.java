package io.foreshock.cli;

import io.foreshock.replay.RecordedFile;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The files that a command writes, by the option that names them: none of them may be one that it reads. */
final class Outputs {
    private final Map<String, Path> written = new LinkedHashMap<>();

    /** @param file null where the option is not given */
    Outputs and(String option, @Nullable Path file) throws OverwriteException {
        if (file == null) {
            return this;
        }
        for (Map.Entry<String, Path> other : written.entrySet()) {
            if (same(file, other.getValue())) {
                throw new OverwriteException(
                        other.getKey() + " and " + option + " both write " + file + "; give each a file of its own");
            }
        }
        written.put(option, file);
        return this;
    }

    /** Makes sure that a file which is read stays as it is. */
    Outputs spares(String option, @Nullable Path read) throws OverwriteException {
        for (Map.Entry<String, Path> output : written.entrySet()) {
            if (read != null && same(read, output.getValue())) {
                throw new OverwriteException(output.getKey() + " " + output.getValue() + " would overwrite what "
                        + option + " reads; write to another file");
            }
        }
        return this;
    }

    /**
     * The recordings without what an earlier call wrote into the same folder.
     *
     * @param named what the user named: that is a recording to him, whatever it looks like
     * @throws OverwriteException when a recording would be overwritten
     */
    List<RecordedFile> spare(List<RecordedFile> recordings, List<Path> named) throws IOException, OverwriteException {
        List<RecordedFile> kept = new ArrayList<>();
        for (RecordedFile recording : recordings) {
            Path overwritten = overwritten(recording);
            if (overwritten == null) {
                kept.add(recording);
            } else if (named.stream().anyMatch(path -> same(path, overwritten)) || !isOurs(overwritten)) {
                throw new OverwriteException(
                        overwritten + " is to be judged and would be overwritten; write to another file");
            }
        }
        return kept;
    }

    private @Nullable Path overwritten(RecordedFile recording) {
        for (Path file : recording.files()) {
            for (Path output : written.values()) {
                if (same(file, output)) {
                    return file;
                }
            }
        }
        return null;
    }

    /** True if it holds alerts or signals, or nothing. */
    private static boolean isOurs(Path file) throws IOException {
        try (InputStream stored = new BufferedInputStream(Files.newInputStream(file))) {
            stored.mark(2);
            boolean gzip = stored.read() == 0x1f && stored.read() == 0x8b;
            stored.reset();
            InputStream plain = gzip ? new GZIPInputStream(stored) : stored;
            String line = new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8)).readLine();
            return line == null || isOurs(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Whatever it is, it is none of ours.
            return Files.size(file) == 0;
        }
    }

    private static boolean isOurs(byte[] line) {
        try {
            IncidentJson.read(line);
            return true;
        } catch (IllegalArgumentException noIncident) {
            try {
                return !SignalsJson.read(line).verdicts().isEmpty();
            } catch (IllegalArgumentException noSignals) {
                return false;
            }
        }
    }

    private static boolean same(Path one, Path other) {
        try {
            return Files.exists(one) && Files.exists(other)
                    ? Files.isSameFile(one, other)
                    : one.toAbsolutePath()
                            .normalize()
                            .equals(other.toAbsolutePath().normalize());
        } catch (IOException e) {
            return one.equals(other);
        }
    }

    /** What is to be read would be written; the message says what, and the fix. */
    static final class OverwriteException extends Exception {
        OverwriteException(String message) {
            super(message);
        }
    }
}
