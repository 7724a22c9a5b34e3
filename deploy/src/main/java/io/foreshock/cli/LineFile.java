package io.foreshock.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** A file that is written line by line; compressed if its name ends in {@code .gz}. */
final class LineFile implements AutoCloseable {
    private final String name;
    private final OutputStream out;

    /** @param option the option that names the file, for messages */
    LineFile(String option, Path path) throws IOException {
        this.name = option + " " + path;
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new IOException(name + ": folder " + folder + " does not exist; create it first");
        }
        if (Files.isDirectory(path)) {
            throw new IOException(name + " is a folder; name a file in it");
        }
        try {
            OutputStream file = new BufferedOutputStream(Files.newOutputStream(path), 1 << 16);
            this.out = path.toString().endsWith(".gz") ? new GZIPOutputStream(file, 1 << 13) : file;
        } catch (AccessDeniedException e) {
            throw new IOException(
                    name + " cannot be written: permission denied; let whoever runs this write it, or name another", e);
        } catch (IOException e) {
            throw new IOException(name + " cannot be written: " + e.getMessage(), e);
        }
    }

    private LineFile(OutputStream standardOutput) {
        this.name = "standard output";
        this.out = standardOutput;
    }

    /** Standard output, as bytes: past the writer for text. */
    static LineFile standardOutput(boolean gzip) throws IOException {
        OutputStream raw = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);
        return new LineFile(gzip ? new GZIPOutputStream(raw, 1 << 13) : raw);
    }

    void line(byte[] line) {
        try {
            out.write(line);
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Lets whoever follows the file see all lines so far; of a compressed one, most. */
    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
