package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --compare FILE} of the commands that judge the same rows by two settings. */
final class CompareFile {
    @Option(
            names = "--compare",
            paramLabel = "FILE",
            description = "Other settings: play the same rows with them as well, and say what they would have found,"
                    + " missed, alarmed about or said sooner.")
    private @Nullable Path file;

    /** The file, or null where none is given. */
    @Nullable
    Path file() {
        return file;
    }

    /** The settings of the file, or null where none is given. */
    @Nullable
    Settings read(List<Signature> known) throws IOException, SettingsException {
        return file == null ? null : SettingsFile.read("--compare", file, known);
    }
}
