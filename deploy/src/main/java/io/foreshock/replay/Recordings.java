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
import java.util.HashMap;
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
        return find(paths, new Known(), false);
    }

    /**
     * Finds those that are there by now, for whoever looks again and again: what does not exist, and a folder without a
     * recording, may come to be something.
     *
     * @param known what was found out by looking before
     */
    public static Recordings thereByNow(List<Path> paths, Known known) throws IOException {
        return find(paths, known, true);
    }

    private static Recordings find(List<Path> paths, Known known, boolean patient) throws IOException {
        Map<Path, Found> found = new LinkedHashMap<>();
        long leftOut = 0;
        for (Path path : paths) {
            if (path.equals(RecordedFile.STANDARD_INPUT)) {
                found.putIfAbsent(path, new Found(path, null, List.of()));
                continue;
            }
            if (!Files.exists(path)) {
                if (patient) {
                    continue;
                }
                throw new IOException(
                        path + " does not exist; give a recording, a folder of them, or - for standard" + " input");
            }
            if (!Files.isDirectory(path)) {
                // Whatever it is: who names a file is told what is wrong with it.
                found.putIfAbsent(path.toRealPath(), new Found(path, RunName.namedAfter(path), List.of(path)));
                continue;
            }
            Folder folder = new Folder(known);
            folder.look(path);
            leftOut += folder.leftOut;
            if (folder.found.isEmpty() && !patient) {
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

        /** What it is named after, or an empty path for standard input. */
        Path place() {
            return namedAfter == null
                    ? Path.of("")
                    : namedAfter.toAbsolutePath().normalize();
        }

        /** The name of the folder this far above what it is named after, or "" beyond the root. */
        String folder(int up) {
            return Recordings.folder(place(), up);
        }
    }

    /** What a folder and those below it hold. */
    private static final class Folder {
        private final Map<Path, Found> found = new TreeMap<>();
        private final Set<Path> claimed = new HashSet<>();
        private final Known known;
        private long leftOut;

        Folder(Known known) {
            this.known = known;
        }

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
            if (known.isRecording(file)) {
                found.put(file, new Found(file, RunName.namedAfter(file), List.of(file)));
            } else {
                leftOut++;
            }
        }
    }

    /** Which files were found to be recordings: so that a folder can be looked at often, without reading it each time. */
    public static final class Known {
        private final Set<Path> recordings = new HashSet<>();
        /** Size and time of those that were found to be none, by which it shows that they are other ones now. */
        private final Map<Path, String> others = new HashMap<>();

        boolean isRecording(Path file) {
            if (recordings.contains(file)) {
                return true;
            }
            try {
                String stamp = Files.size(file) + " " + Files.getLastModifiedTime(file);
                if (stamp.equals(others.get(file))) {
                    return false;
                }
                try (Source source = Source.of(file)) {
                    if (Formats.of(source) == null) {
                        others.put(file, stamp);
                        return false;
                    }
                }
                recordings.add(file);
                return true;
            } catch (IOException e) {
                // It will be reported when it is to be read.
                return true;
            }
        }
    }

    private static String folder(Path place, int up) {
        int at = place.getNameCount() - 1 - up;
        return at < 0 ? "" : place.getName(at).toString();
    }

    private static List<RecordedFile> named(List<Found> all) {
        Map<String, Set<Path>> places = all.stream()
                .collect(Collectors.groupingBy(Found::name, Collectors.mapping(Found::place, Collectors.toSet())));
        List<RecordedFile> recorded = new ArrayList<>();
        for (Found one : all) {
            Set<Path> alike = places.getOrDefault(one.name(), Set.of());
            String run = alike.size() <= 1 ? one.name() : foldersThatTellApart(alike, one) + one.name();
            recorded.add(new RecordedFile(one.path, run, one.files));
        }
        return recorded;
    }

    /**
     * As many of the last folders around it, with a slash after each, as no other place of its name shares. What lies at
     * one place, a run's event files and its trainer_state.json, is one run.
     */
    private static String foldersThatTellApart(Set<Path> alike, Found one) {
        int depth = 1;
        for (Path other : alike) {
            if (other.equals(one.place())) {
                continue;
            }
            int shared = 0;
            while (one.folder(shared + 1).equals(folder(other, shared + 1))
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
