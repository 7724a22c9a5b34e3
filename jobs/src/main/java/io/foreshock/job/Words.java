package io.foreshock.job;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads run ids and metric names: few of them, again and again. Those seen lately are neither encoded nor
 * built anew; a newcomer displaces whoever hashed to its place before. Serves one thread.
 */
final class Words {
    private static final int SLOTS = 512;

    private final @Nullable String[] written = new String[SLOTS];
    private final byte[][] encoded = new byte[SLOTS][];
    private final byte[][] keys = new byte[SLOTS][];
    private final @Nullable String[] read = new String[SLOTS];
    private byte[] scratch = new byte[64];

    void write(String word, DataOutputView out) throws IOException {
        int slot = slot(word.hashCode());
        if (!word.equals(written[slot])) {
            written[slot] = word;
            encoded[slot] = word.getBytes(StandardCharsets.UTF_8);
        }
        byte[] bytes = encoded[slot];
        writeCount(bytes.length, out);
        out.write(bytes);
    }

    String read(DataInputView in) throws IOException {
        int length = readCount(in);
        if (length > scratch.length) {
            scratch = new byte[Math.max(length, 2 * scratch.length)];
        }
        in.readFully(scratch, 0, length);
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + scratch[i];
        }
        int slot = slot(hash);
        String known = read[slot];
        if (known != null && Arrays.equals(keys[slot], 0, keys[slot].length, scratch, 0, length)) {
            return known;
        }
        String fresh = new String(scratch, 0, length, StandardCharsets.UTF_8);
        keys[slot] = Arrays.copyOf(scratch, length);
        read[slot] = fresh;
        return fresh;
    }

    private static int slot(int hash) {
        return (hash ^ (hash >>> 16)) & (SLOTS - 1);
    }

    /** Seven bits a byte, small numbers in one; a negative number takes five. */
    static void writeCount(int count, DataOutputView out) throws IOException {
        int rest = count;
        while ((rest & ~0x7f) != 0) {
            out.writeByte(rest | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    static int readCount(DataInputView in) throws IOException {
        int count = 0;
        for (int shift = 0; ; shift += 7) {
            byte bits = in.readByte();
            count |= (bits & 0x7f) << shift;
            if (bits >= 0) {
                return count;
            }
        }
    }
}
