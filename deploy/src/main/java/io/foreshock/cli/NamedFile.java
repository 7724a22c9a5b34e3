package io.foreshock.cli;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file to read that the command line names: one that cannot be read is told with who named it, and what to do. */
final class NamedFile {
    private NamedFile() {}

    /**
     * Whatever is made of a file.
     *
     * @param <T> of what is made
     * @param <E> of what may be wrong with what the file says
     */
    interface Reader<T, E extends Exception> {
        T read(Path file) throws IOException, E;
    }

    /**
     * Reads it.
     *
     * @param named the option, or the label of the parameter, that names it
     * @param what what it has to be: "a file of settings"
     * @throws IOException when there is no such file or it cannot be read; says who named it, and what to do
     */
    static <T, E extends Exception> T read(String named, String what, Path file, Reader<T, E> reader)
            throws IOException, E {
        String name = named + " " + file;
        if (Files.isDirectory(file)) {
            throw new IOException(name + " is a folder; name " + what + " in it");
        }
        try {
            return reader.read(file);
        } catch (NoSuchFileException e) {
            String without = named.startsWith("-") ? ", or leave " + named + " out" : "";
            throw new IOException(name + " does not exist; name " + what + without, e);
        } catch (AccessDeniedException e) {
            throw new IOException(name + " cannot be read: permission denied; let it be read by whoever runs this", e);
        } catch (MalformedInputException e) {
            throw new IOException(name + " cannot be read: it is not UTF-8; name " + what, e);
        }
    }
}
