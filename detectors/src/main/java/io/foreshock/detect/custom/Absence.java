package io.foreshock.detect.custom;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Setting;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import java.io.IOException;

/**
 * A metric that does not come any more, or never came, while others do. Counted from the row that last carried it, or
 * from the first row of the run. A run that reports nothing at all is the business of {@code telemetry_stalled}.
 */
public final class Absence implements Detector<Absence.Memory>, MetricRule {
    private final Subject subject;
    private final Config config;

    public Absence(Subject subject, Config config) {
        this.subject = subject;
        this.config = config;
    }

    /**
     * @param rows rows in succession without the metric that fire, {@code >= 0}; 0 to count steps alone
     * @param steps steps without the metric that fire, {@code >= 0}; 0 to count rows alone
     */
    public record Config(int rows, long steps) {
        public static final Config DEFAULT = new Config(0, 0);

        public Config {
            Setting.check(rows >= 0, "absence", "rows", ">= 0 rows", rows);
            Setting.check(steps >= 0, "absence", "steps", ">= 0 steps", steps);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private boolean begun;
        private int missing;
        private long last;

        @Override
        public void persist(Archive archive) throws IOException {
            begun = archive.flag(begun);
            missing = archive.count(missing);
            last = archive.whole(last);
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
        if (subject.series().isIn(row)) {
            memory.begun = true;
            memory.missing = 0;
            memory.last = row.step();
            return;
        }
        if (!memory.begun || row.resumed()) {
            // A resume goes back, and brings the metric as late as a start does.
            memory.begun = true;
            memory.missing = 0;
            memory.last = row.step();
        }
        memory.missing++;
        long steps = row.step() - memory.last;
        if (config.rows > 0 && memory.missing >= config.rows) {
            add(memory, memory.missing, config.rows, "rows", out);
        } else if (config.steps > 0 && steps >= config.steps) {
            add(memory, steps, config.steps, "steps", out);
        }
    }

    private void add(Memory memory, long missing, long limit, String unit, Findings out) {
        out.add(subject.finding(
                memory.last,
                (double) missing,
                (double) limit,
                subject.series().name() + " is missing for " + missing + " " + unit));
    }
}
