package io.foreshock.format;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Where a recording is read from: a file or a stream, gunzipped on the way (told by its first bytes, not its name).
 *
 * <p>Its beginning can be looked at before anything is read, so that its form can be told. Compressed data that is cut
 * off or damaged ends the stream after all that could be unpacked, and {@link #damage} says so then.
 */
public final class Source implements Closeable {
    /** Bytes at the beginning by which a form is told: a log begins with pages of settings and warnings. */
    public static final int BEGINNING_BYTES = 256 * 1024;

    private static final int READ_BYTES = 64 * 1024;

    private final String name;
    private final Counting counting;
    private final InputStream in;
    private final byte[] beginning;
    private @Nullable String beginningText;
    private @Nullable List<String> beginningLines;
    private @Nullable String damage;

    private Source(String name, InputStream raw) throws IOException {
        this.name = name;
        this.counting = new Counting(raw);
        PushbackInputStream stored = new PushbackInputStream(counting, 2);
        byte[] magic = stored.readNBytes(2);
        stored.unread(magic);
        boolean gzip = magic.length == 2 && magic[0] == (byte) 0x1f && magic[1] == (byte) 0x8b;
        InputStream plain = gzip ? new Unpacking(stored) : stored;
        this.beginning = beginning(plain);
        this.in = new FromBeginning(plain);
    }

    /**
     * A file.
     *
     * @throws IOException when it cannot be opened
     */
    public static Source of(Path file) throws IOException {
        Path last = file.getFileName();
        InputStream opened = Files.newInputStream(file);
        try {
            return new Source(last == null ? file.toString() : last.toString(), opened);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * A stream, standard input for example.
     *
     * @param name stands in for a file's name; may be empty
     */
    public static Source of(InputStream in, String name) throws IOException {
        return new Source(name, in);
    }

    /** A disk that fails further on fails those who read that far. */
    private static byte[] beginning(InputStream plain) {
        byte[] bytes = new byte[BEGINNING_BYTES];
        int length = 0;
        try {
            for (int read = 0; read >= 0 && length < bytes.length; length += Math.max(0, read)) {
                read = plain.read(bytes, length, bytes.length - length);
            }
        } catch (IOException e) {
            return Arrays.copyOf(bytes, length);
        }
        return Arrays.copyOf(bytes, length);
    }

    /** The file's name without its folders; what the stream was called where there is no file. */
    public String name() {
        return name;
    }

    /** The first bytes, unpacked: all of a small recording, at most {@value #BEGINNING_BYTES}. Not a copy. */
    public byte[] beginning() {
        return beginning;
    }

    /** The first bytes as text, without a byte order mark; bytes that are no UTF-8 are replaced. */
    public String beginningText() {
        String text = beginningText;
        if (text == null) {
            String decoded = new String(beginning, StandardCharsets.UTF_8);
            text = decoded.startsWith("\uFEFF") ? decoded.substring(1) : decoded;
            beginningText = text;
        }
        return text;
    }

    /** The lines that are whole within the first bytes, without line feeds and carriage returns. */
    public List<String> beginningLines() {
        List<String> lines = beginningLines;
        if (lines == null) {
            String text = beginningText();
            int whole = beginningIsAll() ? text.length() : text.lastIndexOf('\n') + 1;
            lines = text.substring(0, whole).lines().toList();
            beginningLines = lines;
        }
        return lines;
    }

    /** True if the beginning is all there is. */
    public boolean beginningIsAll() {
        return beginning.length < BEGINNING_BYTES;
    }

    /** All bytes from the first on, unpacked. */
    public InputStream in() {
        return in;
    }

    /** Bytes taken from the file so far, as stored: comparable with its size. */
    public long bytesRead() {
        return counting.count;
    }

    /** Why the stream ended before its time, for a message ({@code the compressed file is cut off}); null if it did not. */
    public @Nullable String damage() {
        return damage;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The beginning once more, then the rest: read straight into the reader's own buffer. */
    private final class FromBeginning extends InputStream {
        private final InputStream rest;
        private int at;

        FromBeginning(InputStream rest) {
            this.rest = rest;
        }

        @Override
        public int read() throws IOException {
            return at < beginning.length ? beginning[at++] & 0xff : rest.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (at == beginning.length) {
                return rest.read(bytes, offset, length);
            }
            int count = Math.min(length, beginning.length - at);
            System.arraycopy(beginning, at, bytes, offset, count);
            at += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            rest.close();
        }
    }

    /** Unpacks; ends where the data is damaged, which is noted, not thrown. */
    private final class Unpacking extends InputStream {
        private final InputStream stored;
        private @Nullable InputStream unpacked;
        private boolean ended;

        Unpacking(InputStream stored) {
            this.stored = stored;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (ended) {
                return -1;
            }
            try {
                if (unpacked == null) {
                    unpacked = new GZIPInputStream(stored, READ_BYTES);
                }
                return unpacked.read(bytes, offset, length);
            } catch (EOFException e) {
                damage = "the compressed file is cut off";
            } catch (ZipException e) {
                damage = "the compressed file is damaged (" + e.getMessage() + ")";
            }
            ended = true;
            return -1;
        }

        @Override
        public void close() throws IOException {
            stored.close();
        }
    }

    /** Counts what is read from the file itself, before decompression. */
    private static final class Counting extends FilterInputStream {
        private long count;

        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            if (read >= 0) {
                count++;
            }
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            if (read > 0) {
                count += read;
            }
            return read;
        }
    }
}
