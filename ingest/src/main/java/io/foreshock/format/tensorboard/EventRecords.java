package io.foreshock.format.tensorboard;

import io.foreshock.format.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
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

    private final Source source;
    private final InputStream in;
    /** Of the first byte that is held, or else the next that {@link #in} gives. */
    private long position;
    /** The beginning of a record of which the rest has not come yet. */
    private byte[] held = NOTHING;

    /** Whether a length with its checksum is looked for, and where that began. */
    private boolean looking;

    private long lookingSince;
    /** Bytes of a record beyond {@link #MAX_BYTES} that are still to be passed over. */
    private long toPass;

    EventRecords(Source source) {
        this.source = source;
        this.in = source.in();
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

    /** The next record, or null after the last whole one; a source that may grow can be asked again. */
    @Nullable
    Entry next() throws IOException {
        if (toPass > 0 && !pass()) {
            return null;
        }
        if (looking) {
            return lookForNext();
        }
        if (!hold(HEADER_BYTES)) {
            return null;
        }
        if (!beginsWith(held)) {
            looking = true;
            lookingSince = position;
            return lookForNext();
        }
        long length = littleEndian(held).getLong(0);
        if (length < 0 || length > MAX_BYTES) {
            return passOver(length);
        }
        int end = HEADER_BYTES + (int) length;
        if (!hold(end + FOOTER_BYTES)) {
            return null;
        }
        byte[] data = Arrays.copyOfRange(held, HEADER_BYTES, end);
        boolean whole = masked(data, data.length) == littleEndian(held).getInt(end);
        long start = position;
        letGo();
        if (!whole) {
            return new Entry(
                    start,
                    NOTHING,
                    "is damaged: the checksum of its " + length + " bytes is wrong; it is skipped",
                    false);
        }
        return new Entry(start, data, null, false);
    }

    private @Nullable Entry lookForNext() throws IOException {
        for (int next = in.read(); next >= 0; next = in.read()) {
            position++;
            System.arraycopy(held, 1, held, 0, HEADER_BYTES - 1);
            held[HEADER_BYTES - 1] = (byte) next;
            if (beginsWith(held)) {
                looking = false;
                return new Entry(
                        lookingSince,
                        NOTHING,
                        "is damaged: the checksum of its length is wrong; the next record begins at byte " + position,
                        false);
            }
        }
        if (source.mayGrow()) {
            return null;
        }
        looking = false;
        letGo();
        return new Entry(
                lookingSince,
                NOTHING,
                "is damaged: the checksum of its length is wrong, and no other record begins in the "
                        + (position - lookingSince) + " bytes up to the end of the file",
                false);
    }

    /** @param length as it was written, unsigned */
    private Entry passOver(long length) throws IOException {
        long start = position;
        letGo();
        toPass = length < 0 ? Long.MAX_VALUE : length + FOOTER_BYTES;
        pass();
        return new Entry(
                start,
                NOTHING,
                "has " + Long.toUnsignedString(length) + " bytes, at most " + MAX_BYTES + " are read; it is skipped",
                true);
    }

    /** Passes over what is there of {@link #toPass}; true if that was all. */
    private boolean pass() throws IOException {
        byte[] dump = new byte[8192];
        int read;
        while (toPass > 0 && (read = in.read(dump, 0, (int) Math.min(toPass, dump.length))) >= 0) {
            toPass -= read;
            position += read;
        }
        return toPass == 0;
    }

    /** Holds this many bytes, if that many have come; memory is taken as they come, not as they are promised. */
    private boolean hold(int length) throws IOException {
        if (held.length < length) {
            byte[] more = in.readNBytes(length - held.length);
            byte[] all = Arrays.copyOf(held, held.length + more.length);
            System.arraycopy(more, 0, all, held.length, more.length);
            held = all;
        }
        return held.length >= length;
    }

    /** Goes on behind what is held. */
    private void letGo() {
        position += held.length;
        held = NOTHING;
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
