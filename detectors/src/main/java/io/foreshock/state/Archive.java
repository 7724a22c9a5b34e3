package io.foreshock.state;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes or reads the fields of a {@link State}, one after the other, through the same calls: each call returns the
 * value that the field has from then on. Numbers keep all their bits, NaN payloads included.
 */
public abstract sealed class Archive {
    /** Version written today. Raise it when a field is added, and say in {@code persist} what older bytes lack. */
    public static final int VERSION = 1;

    /** Elements of the longest array that a state may hold, several times what the limits on a run allow. */
    private static final int LONGEST = 1 << 23;

    private final int version;

    private Archive(int version) {
        this.version = version;
    }

    public static Archive writing(DataOutput out) throws IOException {
        out.writeShort(VERSION);
        return new Writer(out);
    }

    /** @throws IOException if the bytes were written by a newer Foreshock */
    public static Archive reading(DataInput in) throws IOException {
        int version = in.readUnsignedShort();
        if (version < 1 || version > VERSION) {
            throw new IOException("state has version " + version + ", this Foreshock reads 1 to " + VERSION
                    + ": restore it with the version that wrote it, or start without it");
        }
        return new Reader(in, version);
    }

    /** Version of the bytes that are read, or {@link #VERSION} when writing. */
    public final int version() {
        return version;
    }

    /** True while reading. */
    public abstract boolean reads();

    public abstract double real(double value) throws IOException;

    public abstract long whole(long value) throws IOException;

    public abstract int count(int value) throws IOException;

    public abstract boolean flag(boolean value) throws IOException;

    /** A text of any length, or null. */
    public abstract @Nullable String text(@Nullable String value) throws IOException;

    /** A text that is never null. */
    public final String word(String value) throws IOException {
        String read = text(value);
        if (read == null) {
            throw new IOException("state lacks a text where one is required");
        }
        return read;
    }

    /** Returns an array of the length that was written. */
    public final double[] reals(double[] values) throws IOException {
        int length = checked(count(values.length));
        double[] held = length == values.length ? values : new double[length];
        for (int i = 0; i < length; i++) {
            held[i] = real(held[i]);
        }
        return held;
    }

    /** Returns an array of the length that was written. */
    public final long[] wholes(long[] values) throws IOException {
        int length = checked(count(values.length));
        long[] held = length == values.length ? values : new long[length];
        for (int i = 0; i < length; i++) {
            held[i] = whole(held[i]);
        }
        return held;
    }

    /** Returns an array of the length that was written. */
    public final int[] counts(int[] values) throws IOException {
        int length = checked(count(values.length));
        int[] held = length == values.length ? values : new int[length];
        for (int i = 0; i < length; i++) {
            held[i] = count(held[i]);
        }
        return held;
    }

    /** Returns an array of the length that was written. */
    public final String[] words(String[] values) throws IOException {
        int length = checked(count(values.length));
        String[] held = length == values.length ? values : new String[length];
        for (int i = 0; i < length; i++) {
            held[i] = word(reads() ? "" : held[i]);
        }
        return held;
    }

    /** Returns an array of the length that was written. */
    public abstract byte[] bytes(byte[] values) throws IOException;

    /** A length: one that is read from damaged bytes must not be believed with all the memory there is. */
    private static int checked(int length) throws IOException {
        if (length < 0 || length > LONGEST) {
            throw new IOException("state is damaged: it claims an array of " + length + " elements");
        }
        return length;
    }

    public final <E extends Enum<E>> E constant(E value, E[] all) throws IOException {
        String name = word(value.name());
        for (E one : all) {
            if (one.name().equals(name)) {
                return one;
            }
        }
        throw new IOException("state names the unknown constant " + name);
    }

    /** Every element in turn; when reading, the list is emptied and filled anew. */
    public final <T extends State> void each(List<T> states, Supplier<T> fresh) throws IOException {
        int length = checked(count(states.size()));
        if (reads()) {
            states.clear();
            for (int i = 0; i < length; i++) {
                states.add(fresh.get());
            }
        }
        for (T state : states) {
            state.persist(this);
        }
    }

    private static final class Writer extends Archive {
        private final DataOutput out;

        Writer(DataOutput out) {
            super(VERSION);
            this.out = out;
        }

        @Override
        public boolean reads() {
            return false;
        }

        @Override
        public double real(double value) throws IOException {
            out.writeLong(Double.doubleToRawLongBits(value));
            return value;
        }

        @Override
        public long whole(long value) throws IOException {
            out.writeLong(value);
            return value;
        }

        @Override
        public int count(int value) throws IOException {
            out.writeInt(value);
            return value;
        }

        @Override
        public boolean flag(boolean value) throws IOException {
            out.writeBoolean(value);
            return value;
        }

        @Override
        public byte[] bytes(byte[] values) throws IOException {
            out.writeInt(values.length);
            out.write(values);
            return values;
        }

        @Override
        public @Nullable String text(@Nullable String value) throws IOException {
            if (value == null) {
                out.writeInt(-1);
            } else {
                byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                out.writeInt(bytes.length);
                out.write(bytes);
            }
            return value;
        }
    }

    private static final class Reader extends Archive {
        private final DataInput in;

        Reader(DataInput in, int version) {
            super(version);
            this.in = in;
        }

        @Override
        public boolean reads() {
            return true;
        }

        @Override
        public double real(double value) throws IOException {
            return Double.longBitsToDouble(in.readLong());
        }

        @Override
        public long whole(long value) throws IOException {
            return in.readLong();
        }

        @Override
        public int count(int value) throws IOException {
            return in.readInt();
        }

        @Override
        public boolean flag(boolean value) throws IOException {
            return in.readBoolean();
        }

        @Override
        public byte[] bytes(byte[] values) throws IOException {
            byte[] held = new byte[checked(in.readInt())];
            in.readFully(held);
            return held;
        }

        @Override
        public @Nullable String text(@Nullable String value) throws IOException {
            int length = in.readInt();
            if (length == -1) {
                return null;
            }
            byte[] bytes = new byte[checked(length)];
            in.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
