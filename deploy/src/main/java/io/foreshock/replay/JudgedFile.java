package io.foreshock.replay;

import io.foreshock.telemetry.Rejected;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one recording.
 *
 * @param file the recording
 * @param runs its runs, in the order in which they appear
 * @param rejected how many lines, or parts of lines, could not be read
 * @param firstRejected the first few of them
 * @param failure why it could not be judged at all, or to its end; null if all went well
 */
public record JudgedFile(
        Recorded file,
        List<JudgedRun> runs,
        long rejected,
        List<Rejected> firstRejected,
        @Nullable String failure) {

    public JudgedFile {
        runs = List.copyOf(runs);
        firstRejected = List.copyOf(firstRejected);
    }
}
