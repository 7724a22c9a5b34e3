package io.foreshock.detect.lranomaly;

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
import java.io.IOException;

/** Learning rate that leaves its own schedule: method and limits are described with the package. */
public final class LrAnomaly implements Detector<LrAnomaly.Memory> {
    public static final Signature SIGNATURE = Signature.named("lr_anomaly", "Learning rate off its schedule")
            .needs(Signal.LR)
            .helpedBy(Signal.BATCH_SIZE)
            .calmAfter(12)
            .advice(
                    "Compare the scheduler's state in the checkpoint with the step it was saved at: a resume often"
                            + " restores the weights and not the schedule",
                    "If the change was not meant: stop, and resume from the last checkpoint before it with the old rate",
                    "If it was meant, mute this signature for the run")
            .detectedBy(Config.DEFAULT, LrAnomaly::new);

    /** Rows without a rise after which a jump is no step of a warm-up. */
    private static final int SETTLED = 10;

    /** Rows for which a departure is told; then it is the schedule from now on. */
    private static final int HOLD = 32;

    /** Rows from the first within which the first step of a staircase may come. */
    private static final int STAIR_ROWS = 64;

    /** A rate below this share of its peak is at the end of its schedule, whatever comes next. */
    private static final double SPENT = 0.05;

    /** A decline whose pace fell below this share of its mean has run out, as that of a cosine at its floor. */
    private static final double RUN_OUT = 0.25;

    /** Rates within this factor are the same. */
    private static final double SAME = 1.3;

    /** Rows of a rate of 0 that no longer end a log. */
    private static final int ZEROS = 3;

    private final Config config;

    public LrAnomaly(Config config) {
        this.config = config;
    }

    /**
     * @param jump how many times its last value a rate may be at once, or what it was at this step before a resume,
     *     {@code > 1}
     * @param fall how many times smaller it may be at once, {@code > jump}
     * @param resumedFall how many times smaller it may be after a resume than it was at this step, {@code > 1}
     */
    public record Config(double jump, double fall, double resumedFall) {
        public static final Config DEFAULT = new Config(1.9, 15, 4);

        public Config {
            Setting.check(jump > 1, "lr_anomaly", "jump", "> 1", jump);
            Setting.check(fall > jump, "lr_anomaly", "fall", "> jump (" + jump + ")", fall);
            Setting.check(resumedFall > 1, "lr_anomaly", "resumedFall", "> 1", resumedFall);
        }
    }

    private enum Departure {
        NONE,
        JUMP,
        FALL,
        ZERO,
        STARTED_OVER,
        RESUMED_HIGH,
        RESUMED_LOW,
        STAIR,
        CYCLE;

        Severity severity() {
            return this == STAIR || this == CYCLE ? Severity.INFO : Severity.WARNING;
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private final RatesByStep rates = new RatesByStep();
        private boolean resumed;
        private long rows;
        private double batch;

        /** The last rate above 0. */
        private double rate;

        private double peak;
        private long peakRow;
        private double lowest;
        private boolean hasFallen;
        /** How much it fell when it last fell, and at which row. */
        private double lastFall;

        private long lastFallRow;

        private long settled;
        private double lastStair;
        private int zeros;
        private long zeroSince;

        /** Rate before a sudden fall, and after; 0 where there is none to watch. */
        private double fellFrom;

        private double fellTo;
        private long fellAt;
        private long fellRow;

        private Departure departure = Departure.NONE;
        private double before;
        private long onset;
        private int held;

        private Memory() {}

        /** How much it fell when it last fell, 0 if it has been still since. */
        private double pace() {
            return rows - lastFallRow > SETTLED ? 0 : lastFall;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            rates.persist(archive);
            resumed = archive.flag(resumed);
            rows = archive.whole(rows);
            batch = archive.real(batch);
            rate = archive.real(rate);
            peak = archive.real(peak);
            peakRow = archive.whole(peakRow);
            lowest = archive.real(lowest);
            hasFallen = archive.flag(hasFallen);
            lastFall = archive.real(lastFall);
            lastFallRow = archive.whole(lastFallRow);
            settled = archive.whole(settled);
            lastStair = archive.real(lastStair);
            zeros = archive.count(zeros);
            zeroSince = archive.whole(zeroSince);
            fellFrom = archive.real(fellFrom);
            fellTo = archive.real(fellTo);
            fellAt = archive.whole(fellAt);
            fellRow = archive.whole(fellRow);
            departure = archive.constant(departure, Departure.values());
            before = archive.real(before);
            onset = archive.whole(onset);
            held = archive.count(held);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        memory.resumed |= row.resumed();
        double rate = row.value(Signal.LR);
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            return;
        }
        memory.rows++;
        double batchGrowth = batchGrowth(memory, row);
        if (rate == 0) {
            observeZero(memory, row.step());
        } else {
            memory.zeros = 0;
            if (memory.departure == Departure.ZERO) {
                memory.departure = Departure.NONE;
            }
            if (memory.rate > 0) {
                observeRate(memory, row.step(), rate, batchGrowth);
            }
            advance(memory, rate);
        }
        if (memory.resumed) {
            memory.rates.rewind(row.step());
            memory.resumed = false;
        }
        memory.rates.add(row.step(), rate);
        if (memory.departure != Departure.NONE) {
            out.add(finding(memory, rate));
        }
    }

    /** How many times larger the batch is than at the row before: a rate that grows with its batch is planned. */
    private static double batchGrowth(Memory memory, Row row) {
        double batch = row.value(Signal.BATCH_SIZE);
        if (!(batch > 0 && batch < Double.POSITIVE_INFINITY)) {
            return 1;
        }
        double growth = memory.batch > 0 ? batch / memory.batch : 1;
        memory.batch = batch;
        return growth;
    }

    private static void observeZero(Memory memory, long step) {
        memory.zeros++;
        if (memory.zeros == 1) {
            memory.zeroSince = step;
        }
        boolean early = memory.rate > SPENT * memory.peak && !lands(memory, 0);
        if (memory.zeros == ZEROS && memory.rate > 0 && early) {
            depart(memory, Departure.ZERO, memory.rate, memory.zeroSince);
        }
    }

    private void observeRate(Memory memory, long step, double rate, double batchGrowth) {
        if (memory.departure != Departure.NONE) {
            memory.held++;
            boolean back = rate < SAME * memory.before && SAME * rate > memory.before;
            if (back || memory.held >= HOLD) {
                memory.departure = Departure.NONE;
                memory.fellFrom = 0;
                memory.peak = back ? memory.peak : Math.max(rate, memory.rate);
                memory.lowest = back ? memory.lowest : memory.peak;
            }
            return;
        }
        Departure departure = memory.resumed ? afterResume(memory, step, rate) : sudden(memory, rate, batchGrowth);
        if (departure != Departure.NONE) {
            depart(memory, departure, memory.resumed ? expected(memory, step, rate) : memory.rate, step);
        } else if (memory.resumed) {
            memory.fellFrom = 0;
        } else {
            observeFallAndRise(memory, step, rate);
        }
    }

    /** Where the run has been at this step already, what the rate was then; else its last value. */
    private static double expected(Memory memory, long step, double rate) {
        if (!memory.rates.covers(step)) {
            return memory.rate;
        }
        return Math.min(memory.rates.highest(step), Math.max(memory.rates.lowest(step), rate));
    }

    private Departure afterResume(Memory memory, long step, double rate) {
        double ratio = rate / expected(memory, step, rate);
        if (ratio > config.jump) {
            return completed(memory) && !memory.rates.covers(step) ? Departure.CYCLE : Departure.RESUMED_HIGH;
        }
        if (ratio * config.resumedFall < 1) {
            return Departure.RESUMED_LOW;
        }
        if (ratio * SAME < 1) {
            watchFall(memory, step, expected(memory, step, rate), rate);
        }
        return Departure.NONE;
    }

    private Departure sudden(Memory memory, double rate, double batchGrowth) {
        double ratio = rate / memory.rate;
        if (ratio > config.jump && memory.settled >= SETTLED && rate > SPENT * memory.peak) {
            if (ratio < SAME * batchGrowth) {
                return Departure.NONE;
            }
            if (isStair(memory, rate)) {
                return Departure.STAIR;
            }
            return completed(memory) && rate < SAME * memory.peak ? Departure.CYCLE : Departure.JUMP;
        }
        boolean early = memory.rate > SPENT * memory.peak && !lands(memory, rate);
        return ratio * config.fall < 1 && early ? Departure.FALL : Departure.NONE;
    }

    /** A warm-up may climb by stairs, an epoch each: like the one before, or the very first. */
    private static boolean isStair(Memory memory, double rate) {
        if (memory.hasFallen) {
            return false;
        }
        boolean like = rate - memory.rate < SAME * memory.lastStair;
        return like
                || (memory.lastStair == 0
                        && memory.rate >= memory.peak
                        && memory.rows <= STAIR_ROWS
                        && memory.peakRow <= 1);
    }

    /** The decline has reached its end: close to 0, or hardly falling any more. */
    private static boolean completed(Memory memory) {
        if (memory.rate < SPENT * memory.peak) {
            return true;
        }
        double meanFall = (memory.peak - memory.rate) / Math.max(1, memory.rows - 1 - memory.peakRow);
        return memory.rate < memory.peak / 2 && memory.pace() > 0 && memory.pace() < RUN_OUT * meanFall;
    }

    /** A straight decline may end where its next step, twice as large, would reach. */
    private static boolean lands(Memory memory, double rate) {
        return memory.rate - 2 * memory.pace() <= rate;
    }

    /**
     * A rate that falls at once to less than it may jump, and rises from there, is a schedule that started over; one
     * that rises again without such a fall is a cycle that was meant.
     */
    private void observeFallAndRise(Memory memory, long step, double rate) {
        if (rate * config.jump < memory.rate && memory.rate > SPENT * memory.peak && !lands(memory, rate)) {
            watchFall(memory, step, memory.rate, rate);
        } else if (memory.fellFrom > 0 && memory.rows - memory.fellRow > HOLD) {
            memory.fellFrom = 0;
        } else if (memory.fellFrom > 0 && rate > SAME * memory.fellTo) {
            depart(memory, Departure.STARTED_OVER, memory.fellFrom, memory.fellAt);
            memory.fellFrom = 0;
        } else if (rate > 2 * memory.lowest && 2 * memory.lowest < memory.peak && rate > SPENT * memory.peak) {
            depart(memory, Departure.CYCLE, memory.lowest, step);
        }
    }

    private static void watchFall(Memory memory, long step, double from, double to) {
        memory.fellFrom = from;
        memory.fellTo = to;
        memory.fellAt = step;
        memory.fellRow = memory.rows;
    }

    private static void depart(Memory memory, Departure departure, double before, long onset) {
        memory.departure = departure;
        memory.before = before;
        memory.onset = onset;
        memory.held = 0;
    }

    private static void advance(Memory memory, double rate) {
        if (memory.rate > 0) {
            double rise = rate - memory.rate;
            if (rise > 0) {
                memory.lastStair = memory.settled >= SETTLED ? rise : 0;
            } else if (rise < 0) {
                memory.lastFall = -rise;
                memory.lastFallRow = memory.rows;
                memory.hasFallen = true;
            }
            memory.settled = rise > 0 ? 0 : memory.settled + 1;
        }
        memory.rate = rate;
        memory.lowest = Math.min(memory.lowest, rate);
        if (rate > memory.peak) {
            memory.peak = rate;
            memory.peakRow = memory.rows;
            memory.lowest = rate;
        }
    }

    private Finding finding(Memory memory, double rate) {
        double bound = switch (memory.departure) {
            case JUMP, RESUMED_HIGH, STAIR, CYCLE -> config.jump * memory.before;
            case FALL, ZERO -> memory.before / config.fall;
            case RESUMED_LOW -> memory.before / config.resumedFall;
            case STARTED_OVER -> memory.before / SAME;
            case NONE -> Double.NaN;
        };
        String what = switch (memory.departure) {
            case JUMP -> "Learning rate jumps from %.3g to %.3g at step %,d";
            case FALL -> "Learning rate falls from %.3g to %.3g at once at step %,d";
            case ZERO -> "Learning rate is gone: from %.3g to %.3g at step %,d, before its schedule had ended";
            case STARTED_OVER ->
                "Learning rate fell from %.3g and rises again (%.3g) since step %,d: its schedule" + " starts over";
            case RESUMED_HIGH -> "Learning rate was %.3g and is %.3g after the resume at step %,d";
            case RESUMED_LOW -> "Learning rate was %.3g and is only %.3g after the resume at step %,d";
            case STAIR -> "Learning rate climbs a stair from %.3g to %.3g at step %,d";
            case CYCLE -> "Learning rate rises again from %.3g to %.3g at step %,d: a new cycle of its schedule";
            case NONE -> "";
        };
        return new Finding(
                Signal.LR,
                Signal.LR.key(),
                memory.departure.severity(),
                memory.onset,
                rate,
                bound,
                "1",
                null,
                Sentence.of(what, memory.before, rate, memory.onset));
    }
}
