package io.foreshock.format.wandb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The records of a transaction log: after seven bytes of header, blocks of 32 KiB (the first counts the header) filled
 * with chunks, each a checksum of four bytes, a length of two, a type of one, and the data. A record is one full chunk, or
 * a first one, middle ones and a last one; less than a chunk's header at the end of a block is padding.
 *
 * <p>The checksum is the plain CRC-32 of type and data: the comments in wandb's source say CRC-32C, as LevelDB has it, but
 * the files of 0.16 (written by Python), 0.18 and 0.31 (by Go) all have this one.
 *
 * <p>A checksum does not cover the length. That of a damaged chunk is trusted if a whole chunk follows it; else the rest
 * of its block is passed over. What is cut off at the end is not given: a writer is in the middle of it, or was.
 *
 * <p>Source: {@code wandb/sdk/internal/datastore.py} of 0.16.6, and LevelDB's {@code doc/log_format.md}.
 */
final class LogRecords {
    static final int FILE_HEADER_BYTES = 7;
    /** A larger record is passed over: a step's numbers are a few kilobytes. */
    static final int MAX_BYTES = 16 * 1024 * 1024;

    private static final int BLOCK_BYTES = 32 * 1024;
    private static final int CHUNK_HEADER_BYTES = 7;
    private static final int CRC_BYTES = 4;
    private static final int TYPE_AT = 6;

    private static final int FULL = 1;
    private static final int FIRST = 2;
    private static final int MIDDLE = 3;
    private static final int LAST = 4;

    /**
     * A record, or what stands in its place.
     *
     * @param position of its first chunk in the file
     * @param data what it holds; empty if it is damaged
     * @param damage what is wrong with it and was done about it, or null
     * @param tooLarge whether it is whole and only beyond {@link #MAX_BYTES}
     */
    record Entry(long position, byte[] data, @Nullable String damage, boolean tooLarge) {}

    private static final byte[] NOTHING = new byte[0];

    private final InputStream in;
    /** Its limit is how much of it there is. */
    private final ByteBuffer block =
            ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);

    private long blockStart;
    /** Within the block. */
    private int at = FILE_HEADER_BYTES;

    private final ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    /** Of the record whose pieces are being collected, or -1 when none is. */
    private long piecesStart = -1;
    /** Whether pieces that come now belong to a record of which it was said already that it is damaged. */
    private boolean orphans;

    /** @param in at the file's first byte; its header is not looked at */
    LogRecords(InputStream in) throws IOException {
        this.in = in;
        more();
    }

    /** Bytes up to which the file was read. */
    long position() {
        return blockStart + Math.min(at, block.limit());
    }

    /** The next record, or null after the last whole one; if the file grows, can be asked again. */
    @Nullable
    Entry next() throws IOException {
        while (toChunk()) {
            long position = blockStart + at;
            int length = block.getShort(at + CRC_BYTES) & 0xffff;
            int end = at + CHUNK_HEADER_BYTES + length;
            if (end > block.limit() && end <= BLOCK_BYTES) {
                if (more()) {
                    continue;
                }
                return null;
            }
            if (end > block.limit()) {
                at = BLOCK_BYTES;
                return damaged(
                        position,
                        "is damaged: its " + length + " bytes go beyond its block, the rest of which is" + " skipped");
            }
            if (!isWhole(at)) {
                boolean trusted = end == block.limit() || BLOCK_BYTES - end < CHUNK_HEADER_BYTES || isWhole(end);
                at = trusted ? end : BLOCK_BYTES;
                return damaged(
                        position,
                        "is damaged: the checksum of its " + length + " bytes is wrong; "
                                + (trusted ? "it is skipped" : "the rest of its block is skipped"));
            }
            int type = block.get(at + TYPE_AT);
            boolean begins = type == FULL || type == FIRST;
            if (begins && piecesStart >= 0) {
                // The chunk is read again by the next call.
                return damaged(piecesStart, "has no end: another begins at byte " + position);
            }
            Entry entry = chunk(type, at + CHUNK_HEADER_BYTES, length, position);
            at = end;
            if (entry != null) {
                return entry;
            }
        }
        return null;
    }

    private @Nullable Entry chunk(int type, int from, int length, long position) {
        switch (type) {
            case FULL -> {
                orphans = false;
                byte[] data = new byte[length];
                block.get(from, data);
                return new Entry(position, data, null, false);
            }
            case FIRST -> {
                orphans = false;
                piecesStart = position;
                pieces.reset();
                pieces.write(block.array(), from, length);
                return null;
            }
            case MIDDLE, LAST -> {
                return piecesStart >= 0 ? piece(type, from, length) : orphan(position);
            }
            default -> {
                return damaged(position, "is of unknown type " + type + "; it is skipped");
            }
        }
    }

    private @Nullable Entry piece(int type, int from, int length) {
        long start = piecesStart;
        if (pieces.size() + length > MAX_BYTES) {
            damaged(start, "");
            return new Entry(start, NOTHING, "has more than " + MAX_BYTES + " bytes; it is skipped", true);
        }
        pieces.write(block.array(), from, length);
        if (type == MIDDLE) {
            return null;
        }
        piecesStart = -1;
        return new Entry(start, pieces.toByteArray(), null, false);
    }

    private @Nullable Entry orphan(long position) {
        return orphans ? null : damaged(position, "has no beginning; it is skipped");
    }

    /** Drops the pieces collected, those to come, too. */
    private Entry damaged(long position, String damage) {
        piecesStart = -1;
        orphans = true;
        return new Entry(position, NOTHING, damage, false);
    }

    /** Goes to the next chunk; false if there is none, or not even its header is whole. */
    private boolean toChunk() throws IOException {
        while (block.limit() - at < CHUNK_HEADER_BYTES) {
            if (block.limit() == BLOCK_BYTES) {
                blockStart += BLOCK_BYTES;
                at = 0;
                block.limit(0);
            }
            if (!more()) {
                return false;
            }
        }
        return true;
    }

    /** Fills up the block with what is there; false if that is nothing. */
    private boolean more() throws IOException {
        int before = block.limit();
        int read = in.readNBytes(block.array(), before, BLOCK_BYTES - before);
        block.limit(before + read);
        return read > 0;
    }

    /** True if a chunk lies here and its checksum is right. */
    private boolean isWhole(int start) {
        if (start + CHUNK_HEADER_BYTES > block.limit()) {
            return false;
        }
        int length = block.getShort(start + CRC_BYTES) & 0xffff;
        if (start + CHUNK_HEADER_BYTES + length > block.limit()) {
            return false;
        }
        CRC32 crc = new CRC32();
        crc.update(block.array(), start + TYPE_AT, 1 + length);
        return (int) crc.getValue() == block.getInt(start);
    }
}
