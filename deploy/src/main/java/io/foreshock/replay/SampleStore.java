package io.foreshock.replay;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Many series of numbers over time, taken in side by side and given back one after the other, in a file. In memory are
 * the newest {@value #BLOCK} samples of a series at most, and of all series {@value #HELD}.
 */
final class SampleStore implements Closeable {
    private static final int BLOCK = 512;
    private static final int HELD = 256 * 1024;
    private static final int SAMPLE_BYTES = Long.BYTES + Double.BYTES;

    private final FileChannel file;
    private final List<Series> all = new ArrayList<>();
    private final ByteBuffer bytes = ByteBuffer.allocate(BLOCK * SAMPLE_BYTES);
    private long end;
    private int held;

    /** Takes samples. */
    interface Reader {
        void sample(long ts, double value);
    }

    /** One of the series; its times never fall. */
    final class Series {
        private long[] times = new long[8];
        private double[] values = new double[8];
        private int count;
        /** Where each block in the file begins, and how many samples it has. */
        private long[] offsets = new long[4];

        private int[] counts = new int[4];
        private int blocks;

        /** Adds a sample, or replaces the last one if it is of the same time. */
        void add(long ts, double value) {
            if (count > 0 && times[count - 1] == ts) {
                values[count - 1] = value;
                return;
            }
            if (count == BLOCK) {
                spill(this);
            } else if (held >= HELD) {
                all.forEach(SampleStore.this::spill);
            }
            if (count == times.length) {
                times = Arrays.copyOf(times, 2 * count);
                values = Arrays.copyOf(values, 2 * count);
            }
            times[count] = ts;
            values[count++] = value;
            held++;
        }
    }

    /** @param path an existing file that is overwritten */
    SampleStore(Path path) throws IOException {
        file = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    /** A new series. */
    Series series() {
        Series series = new Series();
        all.add(series);
        return series;
    }

    /** All but the last sample, which one of the same time may yet replace. */
    private void spill(Series series) {
        int spilled = series.count - 1;
        if (spilled <= 0) {
            return;
        }
        bytes.clear();
        for (int i = 0; i < spilled; i++) {
            bytes.putLong(series.times[i]).putDouble(series.values[i]);
        }
        bytes.flip();
        if (series.blocks == series.offsets.length) {
            series.offsets = Arrays.copyOf(series.offsets, 2 * series.blocks);
            series.counts = Arrays.copyOf(series.counts, 2 * series.blocks);
        }
        series.offsets[series.blocks] = end;
        series.counts[series.blocks++] = spilled;
        try {
            while (bytes.hasRemaining()) {
                end += file.write(bytes, end);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the temporary file for metrics cannot be written: " + e.getMessage(), e);
        }
        held -= spilled;
        series.times[0] = series.times[spilled];
        series.values[0] = series.values[spilled];
        series.count = 1;
    }

    /** Hands over a series from its beginning. */
    void forEach(Series series, Reader out) throws IOException {
        for (int block = 0; block < series.blocks; block++) {
            bytes.clear().limit(series.counts[block] * SAMPLE_BYTES);
            long at = series.offsets[block];
            while (bytes.hasRemaining()) {
                int read = file.read(bytes, at);
                if (read < 0) {
                    throw new EOFException("the temporary file for metrics was cut off");
                }
                at += read;
            }
            bytes.flip();
            while (bytes.hasRemaining()) {
                long ts = bytes.getLong();
                out.sample(ts, bytes.getDouble());
            }
        }
        for (int i = 0; i < series.count; i++) {
            out.sample(series.times[i], series.values[i]);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
