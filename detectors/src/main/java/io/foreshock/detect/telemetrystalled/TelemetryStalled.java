package io.foreshock.detect.telemetrystalled;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.Locale;

/** No step for far longer than the run's own rhythm; the package says how that is judged. */
public final class TelemetryStalled implements Detector<TelemetryStalled.Memory> {
    public static final Signature SIGNATURE = Signature.named("telemetry_stalled", "No step for far longer than usual")
            .needsOther("the field ts")
            .calmAfter(1)
            .advice(
                    "See whether the processes live and what they wait for (py-spy dump on each rank, GPU load, NCCL log)",
                    "Look for the rank that reports last: a node, its network or its data loader",
                    "Restart from the last checkpoint if nothing moves")
            .detectedBy(Config.DEFAULT, TelemetryStalled::new);

    /** Where the silence is seen: no metric, but the coming of rows. */
    private static final String SERIES = "ts";

    /** The first pauses of a run are compilation and the filling of caches: they say nothing about its rhythm. */
    private static final int START_UP = 2;

    /** By how much one pause, however long, lengthens the silence that is allowed from then on. */
    private static final double PATIENCE_GROWTH = 1.5;

    private final Config config;
    private final double fade;

    public TelemetryStalled(Config config) {
        this.config = config;
        this.fade = Math.exp(-Math.log(2) / config.halfLife);
    }

    /**
     * @param warmUp pauses between rows that are seen before the first verdict, {@code >= 1}
     * @param patienceSeconds silence that is never a finding, in seconds, {@code > 0}
     * @param longestFactor silence in multiples of the longest pause so far, {@code > 1}
     * @param meanFactor silence in multiples of the mean pause, {@code > 1}
     * @param halfLife rows after which the longest pause counts half, {@code > 0}
     * @param criticalFactor silence in multiples of the one that was found, from which on it is critical, {@code > 1}
     */
    public record Config(
            int warmUp,
            double patienceSeconds,
            double longestFactor,
            double meanFactor,
            double halfLife,
            double criticalFactor) {
        public static final Config DEFAULT = new Config(20, 600, 10, 50, 2_000, 6);

        public Config {
            Setting.check(warmUp >= 1, "telemetry_stalled", "warmUp", ">= 1 row", warmUp);
            Setting.check(
                    patienceSeconds > 0 && patienceSeconds < 1e9,
                    "telemetry_stalled",
                    "patienceSeconds",
                    "> 0 s",
                    patienceSeconds);
            Setting.check(longestFactor > 1, "telemetry_stalled", "longestFactor", "> 1", longestFactor);
            Setting.check(meanFactor > 1, "telemetry_stalled", "meanFactor", "> 1", meanFactor);
            Setting.check(halfLife > 0, "telemetry_stalled", "halfLife", "> 0 rows", halfLife);
            Setting.check(criticalFactor > 1, "telemetry_stalled", "criticalFactor", "> 1", criticalFactor);
        }
    }

    /** The rhythm of one run. All times are in milliseconds. */
    public static final class Memory implements State {
        private long last = StepSample.NONE;
        private long step;
        private int pauses;
        private double mean;
        private double longest;
        private int backwards;
        /** 0 while the run reports, 1 after a silence was found, 2 after it was found to be critical. */
        private int silences;

        @Override
        public void persist(Archive archive) throws IOException {
            last = archive.whole(last);
            step = archive.whole(step);
            pauses = archive.count(pauses);
            mean = archive.real(mean);
            longest = archive.real(longest);
            backwards = archive.count(backwards);
            silences = archive.count(silences);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        memory.silences = 0;
        memory.step = row.resumed() ? row.step() : Math.max(memory.step, row.step());
        if (row.ts() == StepSample.NONE) {
            // Without the time of the last row nothing is known of the silence after it.
            memory.last = StepSample.NONE;
            return;
        }
        if (memory.last == StepSample.NONE || row.resumed()) {
            memory.last = row.ts();
            memory.backwards = 0;
            return;
        }
        long pause = row.ts() - memory.last;
        if (pause < 0) {
            // A row of an earlier time is a late one; several in a row are a clock that was set back.
            if (++memory.backwards >= 3) {
                memory.last = row.ts();
                memory.backwards = 0;
            }
            return;
        }
        memory.backwards = 0;
        memory.last = row.ts();
        memory.pauses++;
        if (memory.pauses > START_UP) {
            learn(memory, (double) pause);
        }
    }

    private void learn(Memory memory, double pause) {
        int known = memory.pauses - START_UP;
        // A stall must not make the run deaf to the next one, yet pauses that recur have to be learned in the end.
        double most = PATIENCE_GROWTH * allowance(memory) / config.longestFactor;
        double learned = known > config.warmUp ? Math.min(pause, most) : pause;
        memory.mean += (learned - memory.mean) / Math.min(known, 200);
        memory.longest = Math.max(learned, memory.longest * fade);
    }

    private double allowance(Memory memory) {
        return Math.max(
                1_000 * config.patienceSeconds,
                Math.max(config.longestFactor * memory.longest, config.meanFactor * memory.mean));
    }

    @Override
    public boolean evaluable(Memory memory) {
        return memory.last != StepSample.NONE;
    }

    @Override
    public boolean hearsSilence() {
        return true;
    }

    @Override
    public long deadline(Memory memory) {
        boolean unknown = memory.last == StepSample.NONE || memory.pauses - START_UP < config.warmUp;
        if (unknown || memory.silences > 1) {
            return Long.MAX_VALUE;
        }
        double factor = memory.silences == 0 ? 1 : config.criticalFactor;
        return memory.last + Math.round(factor * allowance(memory));
    }

    @Override
    public void silence(Memory memory, RunHistory run, Findings out) {
        memory.silences++;
        double allowance = allowance(memory) / 1_000;
        boolean critical = memory.silences > 1;
        double silence = critical ? config.criticalFactor * allowance : allowance;
        out.add(new Finding(
                null,
                SERIES,
                critical ? Severity.CRITICAL : Severity.WARNING,
                memory.step,
                silence,
                allowance,
                "s",
                null,
                String.format(
                        Locale.ROOT,
                        "No step for %s since step %,d; steps came every %s, the longest pause was %s",
                        duration(silence),
                        memory.step,
                        duration(memory.mean / 1_000),
                        duration(memory.longest / 1_000))));
    }

    private static String duration(double seconds) {
        if (seconds < 100) {
            return String.format(Locale.ROOT, "%.2g s", seconds).replaceFirst("\\.0+ ", " ");
        }
        return seconds < 6_000
                ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
                : String.format(Locale.ROOT, "%.1f h", seconds / 3_600);
    }
}
