package io.foreshock.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** A file that is written line by line; compressed if its name ends in {@code .gz}. */
final class LineFile implements AutoCloseable {
    private final String option;
    private final Path path;
    private final OutputStream out;

    /** @param option the option that names the file, for messages */
    LineFile(String option, Path path) throws IOException {
        this.option = option;
        this.path = path;
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new IOException(option + " " + path + ": folder " + folder + " does not exist; create it first");
        }
        if (Files.isDirectory(path)) {
            throw new IOException(option + " " + path + " is a folder; name a file in it");
        }
        try {
            OutputStream file = new BufferedOutputStream(Files.newOutputStream(path), 1 << 16);
            this.out = path.toString().endsWith(".gz") ? new GZIPOutputStream(file, 1 << 13) : file;
        } catch (IOException e) {
            throw new IOException(option + " " + path + " cannot be written: " + e.getMessage(), e);
        }
    }

    void line(byte[] line) {
        try {
            out.write(line);
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(option + " " + path + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Lets whoever follows the file see all lines so far; of a compressed one, most. */
    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(option + " " + path + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
