package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import io.foreshock.settings.SettingsReader;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A file of settings that an option names. */
final class SettingsFile {
    private SettingsFile() {}

    /**
     * Its settings.
     *
     * @param option the option that names the file, for messages
     * @param known the signatures that come with Foreshock
     * @throws IOException when there is no such file or it cannot be read; says of which option, and what to do
     */
    static Settings read(String option, Path file, List<Signature> known) throws IOException, SettingsException {
        String name = option + " " + file;
        if (Files.isDirectory(file)) {
            throw new IOException(name + " is a folder; name a file of settings in it");
        }
        try {
            return SettingsReader.read(file, known);
        } catch (NoSuchFileException e) {
            throw new IOException(name + " does not exist; name a file of settings, or leave " + option + " out", e);
        } catch (AccessDeniedException e) {
            throw new IOException(name + " cannot be read: permission denied; let it be read by whoever runs this", e);
        }
    }
}
