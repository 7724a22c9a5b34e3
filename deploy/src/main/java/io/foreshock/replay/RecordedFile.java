package io.foreshock.replay;

import io.foreshock.format.JsonlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A file of recorded telemetry.
 *
 * @param path where it lies
 * @param run the run of events that name none
 */
public record RecordedFile(Path path, String run) {
    private static final Pattern NAME = Pattern.compile(".*\\.(jsonl|ndjson)(\\.gz)?");

    /**
     * The files meant: a folder stands for all logs in it and below it, by name. Events without a run belong to one
     * named after their file; files of the same name in several folders are told apart by their folders.
     *
     * @throws IOException when one does not exist, or a folder holds no log; the message names it
     */
    public static List<RecordedFile> find(List<Path> paths) throws IOException {
        Map<Path, Path> found = new LinkedHashMap<>();
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new IOException(path + " does not exist; give a .jsonl or .jsonl.gz file, or a folder of them");
            }
            List<Path> files = Files.isDirectory(path) ? logsIn(path) : List.of(path);
            if (files.isEmpty()) {
                throw new IOException("folder " + path + " holds no .jsonl or .jsonl.gz file");
            }
            for (Path file : files) {
                // Named twice, it is still one recording.
                found.putIfAbsent(file.toRealPath(), file);
            }
        }
        return named(new ArrayList<>(found.values()));
    }

    private static List<Path> logsIn(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(Files::isRegularFile)
                    .filter(file -> NAME.matcher(file.getFileName().toString().toLowerCase(Locale.ROOT))
                            .matches())
                    .sorted()
                    .toList();
        }
    }

    private static List<RecordedFile> named(List<Path> files) {
        Map<String, Long> uses = files.stream().collect(Collectors.groupingBy(JsonlFile::runOf, Collectors.counting()));
        List<RecordedFile> recorded = new ArrayList<>();
        for (Path file : files) {
            String run = JsonlFile.runOf(file);
            Path folder = file.toAbsolutePath().normalize().getParent();
            if (uses.getOrDefault(run, 1L) > 1 && folder != null) {
                run = depthThatTellsApart(files, file) + run;
            }
            recorded.add(new RecordedFile(file, run));
        }
        return recorded;
    }

    /** As many of the file's last folders, with a slash after each, as no other file of its name shares. */
    private static String depthThatTellsApart(List<Path> files, Path file) {
        Path own = file.toAbsolutePath().normalize();
        String run = JsonlFile.runOf(file);
        int depth = 1;
        for (Path other : files) {
            Path path = other.toAbsolutePath().normalize();
            if (path.equals(own) || !JsonlFile.runOf(other).equals(run)) {
                continue;
            }
            int shared = 0;
            while (folder(own, shared + 1).equals(folder(path, shared + 1))
                    && !folder(own, shared + 1).isEmpty()) {
                shared++;
            }
            depth = Math.max(depth, shared + 1);
        }
        StringBuilder folders = new StringBuilder();
        for (int up = depth; up >= 1; up--) {
            String name = folder(own, up);
            folders.append(name).append(name.isEmpty() ? "" : "/");
        }
        return folders.toString();
    }

    /** The name of the folder this far above the file, or "" beyond the root. */
    private static String folder(Path file, int up) {
        int at = file.getNameCount() - 1 - up;
        return at < 0 ? "" : file.getName(at).toString();
    }
}
