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
    private final InputStream plain;
    private final InputStream in;
    private byte[] beginning = new byte[0];
    private boolean beginningIsAll;
    private @Nullable String beginningText;
    private @Nullable List<String> beginningLines;
    private @Nullable String damage;
    private boolean growing;

    private Source(String name, InputStream raw, boolean growing) throws IOException {
        this.name = name;
        this.growing = growing;
        this.counting = new Counting(raw);
        PushbackInputStream stored = new PushbackInputStream(counting, 2);
        byte[] magic = stored.readNBytes(2);
        stored.unread(magic);
        boolean gzip = magic.length == 2 && magic[0] == (byte) 0x1f && magic[1] == (byte) 0x8b;
        this.plain = gzip ? new Unpacking(stored) : stored;
        this.in = new FromBeginning();
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
            Source source = new Source(last == null ? file.toString() : last.toString(), opened, false);
            // A file does not keep us waiting.
            while (source.readOn()) {}
            return source;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * A stream, standard input for example. Its beginning is what comes at once: whoever prints a line now and then is
     * not waited for longer than it takes to tell the form.
     *
     * @param name stands in for a file's name; may be empty
     */
    public static Source of(InputStream in, String name) throws IOException {
        Source source = new Source(name, in, false);
        source.readOn();
        return source;
    }

    /**
     * A file that somebody may still be writing. Its beginning is what is there now.
     *
     * @param in says that it is at its end where the file ends now, and goes on from there when asked again
     * @param name the file's name
     */
    public static Source growing(InputStream in, String name) throws IOException {
        Source source = new Source(name, in, true);
        while (source.readOn()) {}
        source.beginningIsAll = false;
        return source;
    }

    /**
     * Lets the beginning be longer, waiting for the next bytes; only before anything is read.
     *
     * @return false if there are no more, or it is as long as it may be
     */
    boolean readOn() {
        if (beginningIsAll || beginning.length == BEGINNING_BYTES) {
            return false;
        }
        byte[] bytes = Arrays.copyOf(beginning, BEGINNING_BYTES);
        int read = -1;
        try {
            read = plain.read(bytes, beginning.length, bytes.length - beginning.length);
        } catch (IOException e) {
            // A disk that fails further on fails those who read that far.
            read = -1;
        }
        if (read < 0) {
            beginningIsAll = true;
        } else {
            beginning = Arrays.copyOf(bytes, beginning.length + read);
            beginningText = null;
        }
        beginningLines = null;
        return read >= 0;
    }

    /** Whether more may come after the end of the stream: what is half written there is to wait. */
    public boolean mayGrow() {
        return growing;
    }

    /** From now on the end of the stream is the end. */
    public void end() {
        growing = false;
    }

    /** The file's name without its folders; what the stream was called where there is no file. */
    public String name() {
        return name;
    }

    /**
     * The first bytes, unpacked: all of a small file, at most {@value #BEGINNING_BYTES}; of a stream, what came so far. Not
     * a copy. Nothing once they were read.
     */
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
        return beginningIsAll;
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

    private void forgetBeginning() {
        beginning = new byte[0];
        beginningText = null;
        beginningLines = null;
    }

    /** The beginning once more, then the rest: read straight into the reader's own buffer. */
    private final class FromBeginning extends InputStream {
        private int at;

        @Override
        public int read() throws IOException {
            return at < beginning.length ? beginning[at++] & 0xff : plain.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (at == beginning.length) {
                return plain.read(bytes, offset, length);
            }
            int count = Math.min(length, beginning.length - at);
            System.arraycopy(beginning, at, bytes, offset, count);
            at += count;
            if (at == beginning.length) {
                // The form was told long ago, and a follower holds a thousand sources.
                forgetBeginning();
                at = 0;
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            plain.close();
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
