package io.foreshock.format.tensorboard;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The records of an event file: eight bytes of length, four of its checksum, the data, four of its checksum, all little
 * endian. A checksum is the CRC-32C, rotated right by 15 bits and raised by a constant ("masked").
 *
 * <p>A record whose data is damaged is passed over by its length. One whose length is damaged is passed over by looking
 * at each later byte whether a length with its checksum begins there. What is cut off at the end is not given: a writer
 * is in the middle of it, or was.
 *
 * <p>Source: {@code tensorboard/summary/writer/record_writer.py} and {@code
 * tensorboard/compat/tensorflow_stub/pywrap_tensorflow.py}.
 */
final class EventRecords {
    /** A larger record is passed over: a step's scalars are a few kilobytes, only pictures and graphs come near. */
    static final int MAX_BYTES = 16 * 1024 * 1024;

    static final int HEADER_BYTES = 12;
    private static final int FOOTER_BYTES = 4;
    private static final int LENGTH_BYTES = 8;
    private static final int MASK = 0xa282ead8;

    /**
     * A record, or what stands in its place.
     *
     * @param position of its first byte in the file
     * @param data what it holds; empty if it is damaged
     * @param damage what is wrong with it and was done about it, or null
     * @param tooLarge whether it may be whole and is only beyond {@link #MAX_BYTES}
     */
    record Entry(long position, byte[] data, @Nullable String damage, boolean tooLarge) {}

    private static final byte[] NOTHING = new byte[0];

    private final InputStream in;
    /** Of the next byte that {@link #in} gives. */
    private long position;
    /** A header that was found while looking for one, or null. */
    private byte @Nullable [] found;

    EventRecords(InputStream in) {
        this.in = in;
    }

    /** Bytes up to which the file was read. */
    long position() {
        return position;
    }

    /** True if a record begins with these bytes; decided by the checksum of its length. */
    static boolean beginsWith(byte[] bytes) {
        return bytes.length >= HEADER_BYTES
                && masked(bytes, LENGTH_BYTES) == littleEndian(bytes).getInt(LENGTH_BYTES);
    }

    /** The next record, or null after the last whole one. */
    @Nullable
    Entry next() throws IOException {
        byte[] header = found;
        found = null;
        if (header == null) {
            header = read(HEADER_BYTES);
        }
        if (header.length < HEADER_BYTES) {
            return null;
        }
        long start = position - HEADER_BYTES;
        if (!beginsWith(header)) {
            return lookForNext(header, start);
        }
        long length = littleEndian(header).getLong(0);
        if (length < 0 || length > MAX_BYTES) {
            return passOver(length, start);
        }
        byte[] data = read((int) length);
        byte[] footer = read(FOOTER_BYTES);
        if (footer.length < FOOTER_BYTES) {
            return null;
        }
        if (masked(data, data.length) != littleEndian(footer).getInt(0)) {
            return new Entry(
                    start,
                    NOTHING,
                    "is damaged: the checksum of its " + length + " bytes is wrong; it is skipped",
                    false);
        }
        return new Entry(start, data, null, false);
    }

    private Entry lookForNext(byte[] header, long start) throws IOException {
        byte[] window = header;
        for (int next = in.read(); next >= 0; next = in.read()) {
            position++;
            System.arraycopy(window, 1, window, 0, HEADER_BYTES - 1);
            window[HEADER_BYTES - 1] = (byte) next;
            if (beginsWith(window)) {
                found = window;
                return new Entry(
                        start,
                        NOTHING,
                        "is damaged: the checksum of its length is wrong; the next record begins at byte "
                                + (position - HEADER_BYTES),
                        false);
            }
        }
        return new Entry(
                start,
                NOTHING,
                "is damaged: the checksum of its length is wrong, and no other record begins in the "
                        + (position - start) + " bytes up to the end of the file",
                false);
    }

    /** @param length as it was written, unsigned */
    private Entry passOver(long length, long start) throws IOException {
        byte[] dump = new byte[8192];
        long left = length < 0 ? Long.MAX_VALUE : length + FOOTER_BYTES;
        int read;
        while (left > 0 && (read = in.read(dump, 0, (int) Math.min(left, dump.length))) >= 0) {
            left -= read;
            position += read;
        }
        return new Entry(
                start,
                NOTHING,
                "has " + Long.toUnsignedString(length) + " bytes, at most " + MAX_BYTES + " are read; it is skipped",
                true);
    }

    /** As many bytes as there are, at most {@code length}; memory is taken as they come, not as they are promised. */
    private byte[] read(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        position += bytes.length;
        return bytes;
    }

    private static int masked(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
