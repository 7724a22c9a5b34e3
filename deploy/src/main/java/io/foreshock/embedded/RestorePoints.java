package io.foreshock.embedded;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;

/**
 * The completed checkpoints in a directory, {@code JOB/chk-N/_metadata}, newest first. A machine that loses power may
 * leave the newest unreadable, so each is looked through before it is trusted.
 */
final class RestorePoints {
    private static final String METADATA = "_metadata";

    private final Path directory;

    RestorePoints(Path directory) {
        this.directory = directory;
    }

    /** Directories of completed checkpoints, newest first. */
    List<Path> newestFirst() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory, 3)) {
            return files.filter(file -> file.endsWith(METADATA))
                    .sorted(Comparator.comparing(RestorePoints::modified).reversed())
                    .map(file -> Objects.requireNonNull(file.getParent()))
                    .collect(Collectors.toList());
        }
    }

    /** Deletes the checkpoints of jobs other than the one this checkpoint belongs to. */
    static void forgetOthers(Path checkpoint, List<Path> checkpoints) {
        for (Path other : checkpoints) {
            Path job = other.getParent();
            if (job != null && !job.equals(checkpoint.getParent())) {
                Directories.delete(job);
            }
        }
    }

    /**
     * Reads all of it, as a restore would.
     *
     * @throws IOException saying what cannot be read
     */
    static void verify(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve(METADATA);
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            CheckpointMetadata metadata = Checkpoints.loadCheckpointMetadata(
                    in, RestorePoints.class.getClassLoader(), checkpoint.toUri().toString());
            for (OperatorState operator : metadata.getOperatorStates()) {
                for (OperatorSubtaskState subtask : operator.getStates()) {
                    verify(subtask);
                }
            }
        } catch (RuntimeException e) {
            // Whatever Flink's readers make of damaged bytes.
            throw new IOException(file + " is damaged: " + e, e);
        }
    }

    private static void verify(OperatorSubtaskState subtask) throws IOException {
        Collection<StreamStateHandle> handles = new ArrayList<>();
        for (OperatorStateHandle handle : subtask.getManagedOperatorState()) {
            handles.add(handle.getDelegateStateHandle());
        }
        for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
            if (handle instanceof KeyGroupsStateHandle groups) {
                handles.add(groups.getDelegateStateHandle());
            }
        }
        for (StreamStateHandle handle : handles) {
            try (InputStream in = handle.openInputStream()) {
                long size = in.transferTo(OutputStream.nullOutputStream());
                if (size != handle.getStateSize()) {
                    throw new IOException(handle + " has " + size + " bytes instead of " + handle.getStateSize());
                }
            }
        }
    }

    private static FileTime modified(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
