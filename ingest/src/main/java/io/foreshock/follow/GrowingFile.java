package io.foreshock.follow;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that others write, from its first byte to where it ends now; asked again, it goes on from there. It is opened to
 * be read, nothing is locked, and it is open only while it grows.
 *
 * <p>Whether it is still the same file is told by its content: before more is read, its first bytes and those before the
 * position are compared with what was read of them. A file of another identity under the same name is looked at only
 * once the one that is open has nothing more, so that the last lines before a rotation are not lost.
 */
final class GrowingFile extends InputStream {
    private static final int HEAD_BYTES = 1024;
    private static final int TAIL_BYTES = 256;

    private final Path path;
    private @Nullable SeekableByteChannel channel;
    /** What the file system calls the file that is open; null where it has no such names. */
    private @Nullable Object key;

    /** When it was last written to, as of when nothing more was in it. */
    private @Nullable FileTime modified;

    private long position;
    private byte[] head = new byte[0];
    private byte[] tail = new byte[0];
    /** Where this round of reading ends. */
    private long limit;

    GrowingFile(Path path) {
        this.path = path;
    }

    /** Bytes given so far. */
    long position() {
        return position;
    }

    /** Lets the stream end at this position, even if the file does not. */
    void limit(long end) {
        limit = end;
    }

    /** Whether the stream ended at its limit: the file may have more. */
    boolean isAtLimit() {
        return position >= limit;
    }

    /**
     * Whether there is anything to read.
     *
     * @throws Replaced if it is another file, or a shorter one
     */
    boolean hasMore() throws IOException {
        SeekableByteChannel open = channel;
        if (open != null && open.size() > position) {
            return true;
        }
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        if (open != null && key != null && !Objects.equals(key, now.fileKey())) {
            // What is read next is compared with what was read before: a copy in its place goes on.
            letGo();
        }
        if (now.size() < position) {
            throw new Replaced("has " + now.size() + " bytes, " + position + " were read before");
        }
        if (now.size() == position && !now.lastModifiedTime().equals(modified)) {
            // As long as it was, and written to: perhaps another one.
            check();
            modified = now.lastModifiedTime();
            if (open == null) {
                letGo();
            }
        }
        return now.size() > position;
    }

    /**
     * Compares the file with what was read of it: after reading, so that what was read while the file was being replaced
     * is not believed.
     */
    void check() throws IOException {
        SeekableByteChannel open = open();
        if (open.size() < position
                || !Arrays.equals(bytes(open, 0, head.length), head)
                || !Arrays.equals(bytes(open, position - tail.length, tail.length), tail)) {
            throw new Replaced("does not begin with what was read before");
        }
    }

    /** Closes the file until more is read: for one that has been quiet. */
    void letGo() throws IOException {
        SeekableByteChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int wanted = (int) Math.min(length, limit - position);
        if (wanted <= 0) {
            return -1;
        }
        SeekableByteChannel open = open();
        open.position(position);
        int read = open.read(ByteBuffer.wrap(bytes, offset, wanted));
        if (read <= 0) {
            return -1;
        }
        remember(bytes, offset, read);
        position += read;
        return read;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    private void remember(byte[] bytes, int offset, int read) {
        if (head.length < HEAD_BYTES) {
            int more = Math.min(read, HEAD_BYTES - head.length);
            byte[] longer = Arrays.copyOf(head, head.length + more);
            System.arraycopy(bytes, offset, longer, head.length, more);
            head = longer;
        }
        byte[] all = Arrays.copyOf(tail, tail.length + Math.min(read, TAIL_BYTES));
        int kept = Math.min(read, TAIL_BYTES);
        System.arraycopy(bytes, offset + read - kept, all, tail.length, kept);
        tail = Arrays.copyOfRange(all, Math.max(0, all.length - TAIL_BYTES), all.length);
    }

    private SeekableByteChannel open() throws IOException {
        SeekableByteChannel open = channel;
        while (open == null) {
            Object before = key();
            open = Files.newByteChannel(path);
            if (!Objects.equals(before, key())) {
                // Replaced at this very moment: which of the two was opened is not known.
                open.close();
                open = null;
                continue;
            }
            channel = open;
            key = before;
        }
        return open;
    }

    private @Nullable Object key() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    private static byte[] bytes(SeekableByteChannel file, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        file.position(from);
        while (bytes.hasRemaining() && file.read(bytes) > 0) {}
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @Override
    public void close() throws IOException {
        letGo();
    }
}
