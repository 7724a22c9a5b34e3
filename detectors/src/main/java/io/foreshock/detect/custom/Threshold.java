package io.foreshock.detect.custom;

import static io.foreshock.detect.custom.Subject.number;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;

/** A metric above or below a number, for so many of its rows in succession. NaN is neither above nor below. */
public final class Threshold implements Detector<Threshold.Memory>, MetricRule {
    private final Subject subject;
    private final Config config;

    public Threshold(Subject subject, Config config) {
        this.subject = subject;
        this.config = config;
    }

    /**
     * @param above the number above which it fires, in the metric's unit; infinite for none
     * @param below the number below which it fires, in the metric's unit, {@code <= above}; negative infinite for none
     * @param rows rows of the metric in succession, {@code >= 1}
     */
    public record Config(double above, double below, int rows) {
        public static final Config DEFAULT = new Config(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1);

        public Config {
            Setting.check(above >= below, "threshold", "above", ">= below (" + number(below) + ")", above);
            Setting.check(rows >= 1, "threshold", "rows", ">= 1 row", rows);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private boolean seen;
        private int streak;
        private long onset;

        @Override
        public void persist(Archive archive) throws IOException {
            seen = archive.flag(seen);
            streak = archive.count(streak);
            onset = archive.whole(onset);
        }
    }

    @Override
    public Series series() {
        return subject.series();
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        boolean below = subject.series().value(row, false) < config.below;
        double value = subject.series().value(row, !below);
        if (StepSample.isAbsent(value)) {
            return;
        }
        memory.seen = true;
        if (!below && !(value > config.above)) {
            memory.streak = 0;
            return;
        }
        memory.onset = memory.streak == 0 || row.step() < memory.onset ? row.step() : memory.onset;
        memory.streak++;
        if (memory.streak < config.rows) {
            out.suspect();
            return;
        }
        double limit = below ? config.below : config.above;
        String evidence = subject.series().name() + " is " + number(value) + (below ? ", below " : ", above ")
                + number(limit) + (config.rows == 1 ? "" : " for " + memory.streak + " rows");
        out.add(subject.finding(memory.onset, value, limit, evidence));
    }

    @Override
    public boolean carries(Memory memory, Signature signature, Row row) {
        return subject.series().isIn(row);
    }

    @Override
    public boolean evaluable(Memory memory) {
        return memory.seen;
    }
}
