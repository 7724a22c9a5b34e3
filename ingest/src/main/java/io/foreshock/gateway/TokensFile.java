package io.foreshock.gateway;

import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of {@link Tokens}, read again when it changes. One that cannot be used leaves those in force that were. */
final class TokensFile {
    private static final Logger LOG = LoggerFactory.getLogger(TokensFile.class);

    private final Path file;
    private volatile Tokens tokens;
    private FileTime read;

    /**
     * @throws IOException if it cannot be read
     * @throws SettingsException naming every problem with its line
     */
    TokensFile(Path file) throws IOException, SettingsException {
        this.file = file;
        this.read = Files.getLastModifiedTime(file);
        this.tokens = Tokens.read(file.toString(), Files.readString(file));
    }

    Tokens tokens() {
        return tokens;
    }

    /** Looks whether it has changed. */
    synchronized void look() {
        try {
            FileTime changed = Files.getLastModifiedTime(file);
            if (changed.equals(read)) {
                return;
            }
            read = changed;
            tokens = Tokens.read(file.toString(), Files.readString(file));
            LOG.info("{} has changed: {} tokens", file, tokens.count());
        } catch (SettingsException e) {
            LOG.warn("the tokens stay as they were: {}", e.getMessage());
        } catch (IOException e) {
            LOG.warn("the tokens stay as they were: {} cannot be read: {}", file, e.toString());
        }
    }
}
