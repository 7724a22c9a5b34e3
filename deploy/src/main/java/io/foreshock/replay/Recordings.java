package io.foreshock.replay;

import io.foreshock.format.Format;
import io.foreshock.format.Format.FolderRecording;
import io.foreshock.format.Formats;
import io.foreshock.format.RunName;
import io.foreshock.format.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The recordings that are meant by what was typed.
 *
 * @param files in the order in which they were named; those of a folder by their paths
 * @param leftOut how many files in folders have none of the forms that are read
 */
public record Recordings(List<RecordedFile> files, long leftOut) {
    /** The run of standard input. */
    private static final String STDIN = "stdin";

    public Recordings {
        files = List.copyOf(files);
    }

    /**
     * Finds them: a folder stands for all recordings in it and below it, told by their content. Events without a run
     * belong to one named after their file, or after the folder that is the recording; those of the same name are told
     * apart by the folders around them.
     *
     * @throws IOException when one does not exist, or a folder holds no recording; the message names it
     */
    public static Recordings find(List<Path> paths) throws IOException {
        Map<Path, Found> found = new LinkedHashMap<>();
        long leftOut = 0;
        for (Path path : paths) {
            if (path.equals(RecordedFile.STANDARD_INPUT)) {
                found.putIfAbsent(path, new Found(path, null, List.of()));
                continue;
            }
            if (!Files.exists(path)) {
                throw new IOException(
                        path + " does not exist; give a recording, a folder of them, or - for standard" + " input");
            }
            if (!Files.isDirectory(path)) {
                // Whatever it is: who names a file is told what is wrong with it.
                found.putIfAbsent(path.toRealPath(), new Found(path, RunName.namedAfter(path), List.of(path)));
                continue;
            }
            Folder folder = new Folder();
            folder.look(path);
            leftOut += folder.leftOut;
            if (folder.found.isEmpty()) {
                throw new IOException("folder " + path + " holds no recording; these are read: "
                        + Formats.all().stream().map(Format::name).collect(Collectors.joining(", ")));
            }
            for (Found one : folder.found.values()) {
                // Named twice, it is still one recording.
                found.putIfAbsent(one.path.toRealPath(), one);
            }
        }
        return new Recordings(named(List.copyOf(found.values())), leftOut);
    }

    /**
     * A recording whose run has no name yet.
     *
     * @param namedAfter a file or folder, or null for standard input
     */
    private record Found(Path path, @Nullable Path namedAfter, List<Path> files) {
        /** Its run's name, as long as no other has it too. */
        String name() {
            return namedAfter == null ? STDIN : namedAfter.equals(path) ? RunName.of(path) : folder(0);
        }

        /** The name of the folder this far above what it is named after, or "" beyond the root. */
        String folder(int up) {
            if (namedAfter == null) {
                return "";
            }
            Path place = namedAfter.toAbsolutePath().normalize();
            int at = place.getNameCount() - 1 - up;
            return at < 0 ? "" : place.getName(at).toString();
        }
    }

    /** What a folder and those below it hold. */
    private static final class Folder {
        private final Map<Path, Found> found = new TreeMap<>();
        private final Set<Path> claimed = new HashSet<>();
        private long leftOut;

        void look(Path folder) throws IOException {
            for (Format format : Formats.all()) {
                FolderRecording whole = format.claim(folder);
                if (whole != null && claimed.addAll(whole.files())) {
                    claimed.addAll(whole.contained());
                    Path named = folder.toAbsolutePath().normalize();
                    found.put(whole.files().get(0), new Found(folder, named, whole.files()));
                }
            }
            List<Path> entries;
            try (Stream<Path> listed = Files.list(folder)) {
                entries = listed.sorted().toList();
            }
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    look(entry);
                } else if (Files.isRegularFile(entry) && !claimed.contains(entry)) {
                    file(entry);
                }
            }
        }

        private void file(Path file) {
            boolean known;
            try (Source source = Source.of(file)) {
                known = Formats.of(source) != null;
            } catch (IOException e) {
                // It will be reported when it is to be read.
                known = true;
            }
            if (known) {
                found.put(file, new Found(file, RunName.namedAfter(file), List.of(file)));
            } else {
                leftOut++;
            }
        }
    }

    private static List<RecordedFile> named(List<Found> all) {
        Map<String, Long> uses = all.stream().collect(Collectors.groupingBy(Found::name, Collectors.counting()));
        List<RecordedFile> recorded = new ArrayList<>();
        for (Found one : all) {
            boolean unique = uses.getOrDefault(one.name(), 1L) == 1;
            String run = unique ? one.name() : foldersThatTellApart(all, one) + one.name();
            recorded.add(new RecordedFile(one.path, run, one.files));
        }
        return recorded;
    }

    /** As many of the last folders around it, with a slash after each, as no other of its name shares. */
    private static String foldersThatTellApart(List<Found> all, Found one) {
        int depth = 1;
        for (Found other : all) {
            if (other.equals(one) || !other.name().equals(one.name())) {
                continue;
            }
            int shared = 0;
            while (one.folder(shared + 1).equals(other.folder(shared + 1))
                    && !one.folder(shared + 1).isEmpty()) {
                shared++;
            }
            depth = Math.max(depth, shared + 1);
        }
        StringBuilder folders = new StringBuilder();
        for (int up = depth; up >= 1; up--) {
            String name = one.folder(up);
            folders.append(name).append(name.isEmpty() ? "" : "/");
        }
        return folders.toString();
    }
}
