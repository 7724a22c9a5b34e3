package io.foreshock.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The directory that a stack works in: one stack at a time. */
final class Workspace implements AutoCloseable {
    /** Locks of files belong to a process: what this one holds it has to know itself. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private static final String LOCK = "lock";
    private static final String TEMPORARY = "foreshock-";

    private final Path directory;
    private final boolean temporary;
    private final FileChannel lockFile;

    private Workspace(Path directory, boolean temporary, FileChannel lockFile) {
        this.directory = directory;
        this.temporary = temporary;
        this.lockFile = lockFile;
    }

    /**
     * Opens it.
     *
     * @param data kept between starts; null for a temporary directory, deleted on close
     * @throws IOException if another stack works there; the message says which
     */
    static Workspace open(@Nullable Path data) throws IOException {
        if (data == null) {
            sweep();
        }
        Path directory = data == null ? Files.createTempDirectory(TEMPORARY) : create(data);
        if (!HELD.add(directory)) {
            throw new IOException(directory + " is in use by this very process");
        }
        FileChannel lockFile = null;
        try {
            lockFile = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = lockFile.tryLock();
            Path owner = directory.resolve("pid");
            if (lock == null) {
                throw new IOException(directory + " is in use by another foreshock (process "
                        + (Files.exists(owner) ? Files.readString(owner).strip() : "unknown")
                        + "): stop it, or choose another directory");
            }
            Files.writeString(owner, ProcessHandle.current().pid() + "\n");
            Workspace workspace = new Workspace(directory, data == null, lockFile);
            Directories.delete(workspace.scratch());
            return workspace;
        } catch (IOException e) {
            if (lockFile != null) {
                lockFile.close();
            }
            HELD.remove(directory);
            throw e;
        }
    }

    /** Deletes the temporary directories of processes that were killed: those whose lock is free. */
    private static void sweep() throws IOException {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, TEMPORARY + "[0-9]*")) {
            for (Path directory : left) {
                if (!HELD.contains(directory) && Files.exists(directory.resolve(LOCK)) && isFree(directory)) {
                    Directories.delete(directory);
                }
            }
        }
    }

    private static boolean isFree(Path directory) {
        try (FileChannel file = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock lock = file.tryLock()) {
            return lock != null;
        } catch (IOException e) {
            // Another user's: not ours to delete.
            return false;
        }
    }

    /** For a process that ends: deletes the temporary directories that it still holds. */
    static void abandon() {
        for (Path directory : HELD) {
            if (directory.startsWith(System.getProperty("java.io.tmpdir")) && isTemporary(directory)) {
                Directories.delete(directory);
            }
        }
    }

    private static boolean isTemporary(Path directory) {
        Path name = directory.getFileName();
        return name != null && name.toString().matches(TEMPORARY + "[0-9]+");
    }

    private static Path create(Path data) throws IOException {
        try {
            return Files.createDirectories(data).toRealPath();
        } catch (FileAlreadyExistsException e) {
            throw new IOException("--data " + data + " is a file, or lies in one; name a folder", e);
        } catch (IOException e) {
            throw new IOException("cannot use " + data + " as a data directory: " + e, e);
        }
    }

    /** What the broker keeps. */
    Path kafka() {
        return directory.resolve("kafka");
    }

    /** What the job remembers. */
    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    /** For files that are of no use to the next start. */
    Path scratch() {
        return directory.resolve("scratch");
    }

    @Override
    public void close() {
        Directories.delete(scratch());
        try {
            Files.deleteIfExists(directory.resolve("pid"));
            lockFile.close();
        } catch (IOException e) {
            // The lock goes with the process at the latest.
        } finally {
            HELD.remove(directory);
        }
        if (temporary) {
            Directories.delete(directory);
        }
    }
}
