package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --config FILE} of the commands that judge. */
final class ConfigFile {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings: what is looked for in which run, how it is tuned, and custom rules."
                    + " 'foreshock check FILE' says whether they are valid.")
    private @Nullable Path file;

    /** The file, or null where none is given. */
    @Nullable
    Path file() {
        return file;
    }

    /** The settings of the file, or null where there is none. */
    @Nullable
    Settings readIfGiven(List<Signature> known) throws IOException, SettingsException {
        return file == null ? null : SettingsFile.read("--config", file, known);
    }

    /**
     * The settings of the file, or everything as it is.
     *
     * @param known the signatures that come with Foreshock
     */
    Settings read(List<Signature> known) throws IOException, SettingsException {
        return file == null ? Settings.none(known) : SettingsFile.read("--config", file, known);
    }
}
