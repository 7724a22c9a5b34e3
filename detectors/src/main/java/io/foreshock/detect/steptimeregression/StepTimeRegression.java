package io.foreshock.detect.steptimeregression;

import io.foreshock.detect.Changes.Kind;
import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;

/** Steps take durably longer than they did: method and limits are described with the package. */
public final class StepTimeRegression implements Detector<StepTimeRegression.Memory> {
    public static final Signature SIGNATURE = Signature.named("step_time_regression", "Steps take longer than they did")
            .needsOther("step_time, or the field ts")
            .helpedBy(Signal.STEP_TIME, Signal.BATCH_SIZE, Signal.RESPONSE_LENGTH_MEAN)
            .calmAfter(12)
            .advice(
                    "Look for the slowest rank: its clock rate, temperature, link errors (all ranks wait for it)",
                    "Look at what the step waits for: data loader, checkpoint writer, host memory",
                    "Restart on other hosts if nothing is found: what is lost is the ratio, hour by hour")
            .detectedBy(Config.DEFAULT, StepTimeRegression::new);

    private final Config config;

    public StepTimeRegression(Config config) {
        this.config = config;
    }

    /** @param slower share by which the median time of a step must have grown, {@code > 0} */
    public record Config(double slower) {
        public static final Config DEFAULT = new Config(0.3);

        public Config {
            Setting.check(slower > 0, "step_time_regression", "slower", "> 0", slower);
        }
    }

    /** What is remembered about one run. Times are in seconds. */
    public static final class Memory implements State {
        private final Pace step = new Pace();
        private final Pace token = new Pace();
        private boolean timed;
        private boolean known;
        private boolean sized;
        private long lastTs = StepSample.NONE;
        private long lastStep;
        /** Steps of the recent rows: the oldest is where the slow ones began, when they are first seen. */
        private long[] steps = new long[Pace.RECENT];

        private int next;
        private long onset;
        private int slowRows;

        private void clear() {
            step.clear();
            token.clear();
            sized = false;
            lastTs = StepSample.NONE;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            step.persist(archive);
            token.persist(archive);
            timed = archive.flag(timed);
            known = archive.flag(known);
            sized = archive.flag(sized);
            lastTs = archive.whole(lastTs);
            lastStep = archive.whole(lastStep);
            steps = archive.wholes(steps);
            next = archive.count(next);
            onset = archive.whole(onset);
            slowRows = archive.count(slowRows);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    /** Not before a step's time is known. */
    @Override
    public boolean evaluable(Memory memory) {
        return memory.known;
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (row.resumed() || run.changes().now(Kind.BATCH_SIZE) || run.changes().relearn()) {
            memory.clear();
        }
        double seconds = seconds(memory, row);
        if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
            return;
        }
        memory.known = true;
        boolean slow = isSlow(memory);
        memory.step.add(seconds, config.slower);
        double length = row.value(Signal.RESPONSE_LENGTH_MEAN);
        if (length > 0 && length < Double.POSITIVE_INFINITY) {
            memory.sized = true;
            memory.token.add(seconds / length, config.slower);
        }
        if (isSlow(memory)) {
            memory.slowRows = slow ? memory.slowRows + 1 : 1;
            memory.onset = slow ? memory.onset : memory.steps[(memory.next + Pace.RECENT / 4) % Pace.RECENT];
            out.add(finding(memory));
        }
        memory.steps[memory.next] = row.step();
        memory.next = (memory.next + 1) % Pace.RECENT;
    }

    private static boolean isSlow(Memory memory) {
        return memory.step.slow() && (!memory.sized || memory.token.slow());
    }

    /** Seconds a step, NaN where this row does not tell. */
    private static double seconds(Memory memory, Row row) {
        if (row.has(Signal.STEP_TIME)) {
            if (!memory.timed) {
                // What the run itself says is better than what its rows let guess.
                memory.clear();
                memory.timed = true;
            }
            return row.value(Signal.STEP_TIME);
        }
        if (memory.timed || row.ts() == StepSample.NONE) {
            return Double.NaN;
        }
        if (memory.lastTs == StepSample.NONE) {
            memory.lastTs = row.ts();
            memory.lastStep = row.step();
            return Double.NaN;
        }
        if (row.step() <= memory.lastStep || row.ts() <= memory.lastTs) {
            return Double.NaN;
        }
        double seconds = (row.ts() - memory.lastTs) / 1_000.0 / (row.step() - memory.lastStep);
        memory.lastTs = row.ts();
        memory.lastStep = row.step();
        return seconds;
    }

    private Finding finding(Memory memory) {
        Pace pace = memory.step;
        return new Finding(
                memory.timed ? Signal.STEP_TIME : null,
                memory.timed ? Signal.STEP_TIME.key() : "ts",
                memory.slowRows > Pace.RECENT ? Severity.WARNING : Severity.INFO,
                memory.onset,
                pace.recent(),
                pace.usual() * (1 + config.slower),
                "s",
                null,
                Sentence.of(
                        "Steps take %.3g times as long since about step %,d (median of %d rows %.3g s, before it %.3g s)",
                        pace.ratio(), memory.onset, Pace.RECENT, pace.recent(), pace.usual()));
    }
}
