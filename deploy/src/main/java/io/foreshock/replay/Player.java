package io.foreshock.replay;

import io.foreshock.detect.Signature;
import io.foreshock.format.TelemetryFile;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.Verdicts;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/**
 * Plays one recorded file, as fast as it can be read: each of its runs through a {@link RunJudge} of its own. A file
 * that merely ends proves no stall and resolves nothing: its open incidents stay open.
 */
public final class Player {
    /** Lines between two looks at the file's progress. */
    private static final int PROGRESS_LINES = 1_000;

    /** Takes what a file says, and what the judges say about it. */
    public interface Audience extends Verdicts {
        /** A sample was read and will be judged next. */
        default void sample(StepSample sample) {}

        /** The file was read up to this byte, as stored. */
        default void progress(long bytes) {}
    }

    private final Function<String, List<Signature>> signatures;

    /** @param signatures what to look for in a run, by its id */
    public Player(Function<String, List<Signature>> signatures) {
        this.signatures = signatures;
    }

    /** Plays the file to its end. */
    public void play(TelemetryFile file, Audience audience) throws IOException {
        Judges judges = new Judges(signatures);
        long lines = 0;
        for (Parsed event = file.next(); event != null; event = file.next()) {
            if (event instanceof Parsed.Sample read) {
                StepSample sample = read.sample();
                audience.sample(sample);
                judges.observe(sample, audience);
            } else if (event instanceof Parsed.Refused refused) {
                audience.rejected(refused.rejected());
            }
            if (++lines % PROGRESS_LINES == 0) {
                audience.progress(file.bytesRead());
            }
        }
        judges.flush(audience);
        audience.progress(file.bytesRead());
    }
}
