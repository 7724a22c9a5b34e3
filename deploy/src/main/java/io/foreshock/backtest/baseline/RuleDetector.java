package io.foreshock.backtest.baseline;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Severity;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A rule on each series of a reading, as a detector. */
final class RuleDetector implements Detector<RuleDetector.Memory> {
    /** What a rule reads of a row. */
    interface Reading {
        int size(Row row);

        double value(Row row, int k);
    }

    private final Reading reading;
    private final Supplier<Rule> rule;

    RuleDetector(Reading reading, Supplier<Rule> rule) {
        this.reading = reading;
        this.rule = rule;
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double worst = Double.NEGATIVE_INFINITY;
        boolean fires = false;
        for (int k = 0; k < reading.size(row); k++) {
            if (k == memory.rules.size()) {
                memory.rules.add(rule.get());
            }
            double value = reading.value(row, k);
            if (memory.rules.get(k).fires(value)) {
                fires = true;
                worst = Math.max(worst, value);
            }
        }
        if (fires) {
            out.add(new Finding(
                    null, "baseline", Severity.WARNING, row.step(), worst, Double.NaN, "1", null, "The rule fires."));
        }
    }

    /** A rule a series. Played, never kept: there is nothing to write. */
    static final class Memory implements State {
        private final List<Rule> rules = new ArrayList<>();

        @Override
        public void persist(Archive archive) {}
    }
}
