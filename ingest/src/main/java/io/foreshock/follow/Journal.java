package io.foreshock.follow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was sent of one recording, in order: a file that begins with a line of JSON that names the recording, its run and its
 * form, and goes on with an entry an event. An entry is appended once the broker has acknowledged the event; one that is
 * cut off was never written.
 *
 * <p>An entry has 16 bytes: the event's hash, and its {@linkplain #place place} in the topic. Where a reader was told to
 * {@linkplain io.foreshock.format.TelemetryFile#settle settle}, which decides what an event is, an entry with the hash 0
 * holds the position in the recording, so that it is read alike again.
 */
final class Journal {
    static final int ENTRY_BYTES = 16;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int OFFSET_BITS = 48;

    /** Which recording it is of. */
    record Header(String recording, String run, String format) {}

    /** Where a reader was told to settle: the entry's number, and the recording's position. */
    record Break(long entry, long position) {}

    private final Path file;
    private final Header header;
    private final int headerBytes;
    private long entries;
    private boolean unforced;

    private Journal(Path file, Header header, int headerBytes, long entries) {
        this.file = file;
        this.header = header;
        this.headerBytes = headerBytes;
        this.entries = entries;
    }

    /** Begins one. */
    static Journal begin(Path file, Header header) throws IOException {
        ObjectNode line = JSON.createObjectNode()
                .put("recording", header.recording())
                .put("run", header.run())
                .put("format", header.format());
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        Files.write(file, bytes);
        return new Journal(file, header, bytes.length, 0);
    }

    /** Opens the one that is there; null if there is none, or it was cut off before anything was sent. */
    static @Nullable Journal open(Path file) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        StringBuilder line = new StringBuilder();
        try (BufferedInputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            int next = in.read();
            for (; next >= 0 && next != '\n'; next = in.read()) {
                line.append((char) next);
            }
            if (next < 0) {
                return null;
            }
        }
        byte[] bytes = line.toString().getBytes(StandardCharsets.ISO_8859_1);
        Header header = header(bytes, file);
        int headerBytes = bytes.length + 1;
        long entries = (Files.size(file) - headerBytes) / ENTRY_BYTES;
        Journal journal = new Journal(file, header, headerBytes, entries);
        journal.truncate(entries);
        return journal;
    }

    private static Header header(byte[] line, Path file) throws IOException {
        try {
            JsonNode read = JSON.readTree(line);
            return new Header(
                    read.path("recording").asText(),
                    read.path("run").asText(),
                    read.path("format").asText());
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is not what Foreshock keeps there; choose another --state, or delete it", e);
        }
    }

    /** Partition and offset in one number. */
    static long place(int partition, long offset) {
        return (long) partition << OFFSET_BITS | offset;
    }

    static int partition(long place) {
        return (int) (place >>> OFFSET_BITS);
    }

    static long offset(long place) {
        return place & (1L << OFFSET_BITS) - 1;
    }

    Header header() {
        return header;
    }

    long entries() {
        return entries;
    }

    /** Appends entries; they survive the end of this process. */
    void append(List<long[]> more) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(more.size() * ENTRY_BYTES);
        for (long[] entry : more) {
            bytes.putLong(entry[0]).putLong(entry[1]);
        }
        bytes.flip();
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            // By position, so that a write that failed half-way is written over.
            long at = end();
            while (bytes.hasRemaining()) {
                at += out.write(bytes, at);
            }
        }
        entries += more.size();
        unforced = true;
    }

    /** Forgets all entries from this number on. */
    void truncate(long first) throws IOException {
        entries = first;
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            out.truncate(end());
        }
    }

    /** Lets what was appended survive the end of the machine. */
    void force() throws IOException {
        if (unforced) {
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
                out.force(false);
            }
            unforced = false;
        }
    }

    private long end() {
        return headerBytes + entries * ENTRY_BYTES;
    }

    /** Where readers were told to settle, in order. */
    List<Break> breaks() throws IOException {
        List<Break> breaks = new ArrayList<>();
        try (Entries all = read()) {
            while (all.next()) {
                if (all.hash() == 0) {
                    breaks.add(new Break(all.number(), all.place()));
                }
            }
        }
        return breaks;
    }

    /** Reads the entries that are there now. */
    Entries read() throws IOException {
        return new Entries(file, headerBytes, entries);
    }

    /** Goes through entries. */
    static final class Entries implements Closeable {
        private final DataInputStream in;
        private final long count;
        private long number = -1;
        private long hash;
        private long place;

        Entries(Path file, int headerBytes, long count) throws IOException {
            this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
            this.count = count;
            in.skipNBytes(headerBytes);
        }

        /** Goes to the next entry; false after the last. */
        boolean next() throws IOException {
            number++;
            if (number >= count) {
                return false;
            }
            try {
                hash = in.readLong();
                place = in.readLong();
            } catch (EOFException e) {
                throw new IOException("what was kept of a recording became shorter while it was read", e);
            }
            return true;
        }

        /** From 0. */
        long number() {
            return number;
        }

        long hash() {
            return hash;
        }

        long place() {
            return place;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
