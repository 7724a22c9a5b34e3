package io.foreshock.follow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which a follower keeps what it sent: a {@link Journal} a recording, and for each partition of the topic the
 * offset below which all that is ours is in a journal. One process at a time.
 */
final class Positions implements Closeable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SENT = ".sent";

    private final Path folder;
    private final FileChannel lock;
    private final Path floorsFile;
    private @Nullable String topic;
    private Map<Integer, Long> floors = Map.of();

    private Positions(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
        this.floorsFile = folder.resolve("floors.json");
    }

    /**
     * Opens the folder, or makes it.
     *
     * @throws IOException if another process works with it, or it cannot be used; the message says what to do
     */
    static Positions open(Path folder) throws IOException {
        FileChannel channel;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(
                    folder.resolve("lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.READ);
        } catch (IOException e) {
            throw new IOException("cannot keep positions in " + folder + ": " + e + "; choose another --state", e);
        }
        try {
            if (!isLocked(channel)) {
                throw new IOException(folder + " is in use by another 'foreshock publish'; stop it, or choose another"
                        + " --state for other recordings");
            }
            Positions positions = new Positions(folder, channel);
            positions.readFloors();
            return positions;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private void readFloors() throws IOException {
        if (!Files.exists(floorsFile)) {
            return;
        }
        JsonNode read = JSON.readTree(Files.readAllBytes(floorsFile));
        topic = read.path("topic").asText();
        Map<Integer, Long> of = new TreeMap<>();
        read.path("floors")
                .properties()
                .forEach(floor ->
                        of.put(Integer.valueOf(floor.getKey()), floor.getValue().asLong()));
        floors = of;
    }

    /**
     * Says to which topic the positions belong; those of another are forgotten.
     *
     * @return whether there were some
     */
    boolean belongTo(String id) throws IOException {
        boolean others = topic != null && !topic.equals(id);
        if (others) {
            for (Path journal : journals()) {
                Files.delete(journal);
            }
            floors = Map.of();
        }
        if (!id.equals(topic)) {
            topic = id;
            floors(floors);
        }
        return others;
    }

    /** Offsets from which the topic may hold events that are in no journal, by partition; a partition without: from 0. */
    Map<Integer, Long> floors() {
        return floors;
    }

    /** Keeps other floors: replaced in one piece, since half a number is a wrong one. */
    void floors(Map<Integer, Long> to) throws IOException {
        floors = new TreeMap<>(to);
        ObjectNode all = JSON.createObjectNode().put("topic", topic);
        ObjectNode by = all.putObject("floors");
        floors.forEach((partition, offset) -> by.put(String.valueOf(partition), offset));
        Path fresh = folder.resolve("floors.json.new");
        try (FileChannel out = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(all.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(fresh, floorsFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Where the journal of a recording is kept. */
    Path journal(String recording) {
        long hash = Hash.of(recording.getBytes(StandardCharsets.UTF_8), new byte[0]);
        return folder.resolve(String.format("%016x", hash) + SENT);
    }

    /** The places of events at or above the floors that are in a journal. */
    Set<Long> journaled() throws IOException {
        Set<Long> places = new HashSet<>();
        for (Path file : journals()) {
            Journal journal = Journal.open(file);
            if (journal == null) {
                continue;
            }
            try (Journal.Entries entries = journal.read()) {
                while (entries.next()) {
                    long place = entries.place();
                    if (entries.hash() != 0
                            && Journal.offset(place) >= floors.getOrDefault(Journal.partition(place), 0L)) {
                        places.add(place);
                    }
                }
            }
        }
        return places;
    }

    private List<Path> journals() throws IOException {
        List<Path> journals = new ArrayList<>();
        try (Stream<Path> all = Files.list(folder)) {
            all.filter(file -> file.toString().endsWith(SENT)).forEach(journals::add);
        }
        return journals;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
