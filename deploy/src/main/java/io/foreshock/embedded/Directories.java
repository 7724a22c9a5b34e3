package io.foreshock.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Directories that come and go with a process. */
final class Directories {
    /** Somebody may still write while we delete: how often we look again. */
    private static final int ATTEMPTS = 5;

    private Directories() {}

    /** Deletes the directory and all that is in it; what cannot be deleted stays. */
    static void delete(Path directory) {
        for (int attempt = 0; attempt < ATTEMPTS && Files.exists(directory); attempt++) {
            for (Path path : deepestFirst(directory)) {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    // Tried again, then left behind: a directory that stays is no reason to fail.
                    continue;
                }
            }
        }
    }

    private static List<Path> deepestFirst(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            return List.of(directory);
        }
    }
}
