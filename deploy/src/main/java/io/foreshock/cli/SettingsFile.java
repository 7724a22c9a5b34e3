package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import io.foreshock.settings.SettingsReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file of settings that the command line names. */
final class SettingsFile {
    private SettingsFile() {}

    /**
     * Its settings.
     *
     * @param named the option, or the label of the parameter, that names the file, for messages
     * @param known the signatures that come with Foreshock
     * @throws IOException when there is no such file or it cannot be read; says who named it, and what to do
     */
    static Settings read(String named, Path file, List<Signature> known) throws IOException, SettingsException {
        return NamedFile.read(named, "a file of settings", file, path -> SettingsReader.read(path, known));
    }
}
