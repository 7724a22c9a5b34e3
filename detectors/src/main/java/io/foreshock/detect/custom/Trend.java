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
import java.io.IOException;

/**
 * A metric that rises or falls by a share of itself over so many rows, and certainly does.
 *
 * <p>A straight line is fitted by least squares to the last {@code rows} finite values. The change is that of the line
 * from its first row to its last, over where it began (in absolute value, and not less than the scatter about the line,
 * so that a metric near 0 is no trend). It is certain when the slope is {@code errors} standard errors from 0; the
 * error is widened by sqrt((1+r)/(1-r)), r the correlation of successive residuals (at least 0), because what is
 * measured in training wanders; about a line of n values it comes out too small by about (2+4r)/n (Kendall 1954, for a
 * fitted trend), which is added. Of n such values only n(1-r)/(1+r) count, and for few the errors that make a slope as
 * certain are more: the first term of Student's t over the normal quantile. Sums are carried along and made anew once a window, so a row costs constant time until
 * the change is large enough; then one pass over the window.
 */
public final class Trend implements Detector<Trend.Memory>, MetricRule {
    private static final double STRONGEST_CORRELATION = 0.95;

    private final Subject subject;
    private final Config config;

    public Trend(Subject subject, Config config) {
        this.subject = subject;
        this.config = config;
    }

    /**
     * @param change relative change over {@code rows} that fires: 0.2 is a rise by a fifth, -0.2 a fall by a fifth; not 0
     * @param rows rows of the metric that are looked back upon, 8 to 10,000
     * @param errors standard errors by which the slope must differ from 0, {@code > 0}
     */
    public record Config(double change, int rows, double errors) {
        /** A tenth is what most people call a change; four errors come by chance once in 30,000 windows. */
        public static final Config DEFAULT = new Config(0.1, 200, 4);

        public Config {
            Setting.check(
                    Math.abs(change) > 0 && Double.isFinite(change), "trend", "change", "a share other than 0", change);
            Setting.check(rows >= 8 && rows <= 10_000, "trend", "rows", "8 to 10,000 rows", rows);
            Setting.check(errors > 0, "trend", "errors", "> 0 standard errors", errors);
        }
    }

    /** What is remembered about one run: the last values, their steps, and the sums of the fit. */
    public static final class Memory implements State {
        private double[] values;
        private long[] steps;
        private int next;
        private int size;
        /** Sum of the values. */
        private double sum;
        /** Sum of each value times its place, the oldest being 0. */
        private double moment;

        private boolean seen;

        private Memory(int rows) {
            values = new double[rows];
            steps = new long[rows];
        }

        private void add(double value, long step) {
            if (size == values.length) {
                double gone = values[next];
                moment += gone - sum;
                sum -= gone;
                size--;
            }
            moment += size * value;
            sum += value;
            size++;
            values[next] = value;
            steps[next] = step;
            next = next + 1 == values.length ? 0 : next + 1;
            if (next == 0) {
                addUp();
            }
        }

        /** Sums that are only carried along lose digits. */
        private void addUp() {
            sum = 0;
            moment = 0;
            for (int i = 0; i < size; i++) {
                sum += at(i);
                moment += i * at(i);
            }
        }

        /** The value at a place, the oldest being 0. */
        private double at(int place) {
            return values[(next - size + place + values.length) % values.length];
        }

        private long oldestStep() {
            return steps[(next - size + steps.length) % steps.length];
        }

        private void clear() {
            size = 0;
            next = 0;
            sum = 0;
            moment = 0;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            values = archive.reals(values);
            steps = archive.wholes(steps);
            next = archive.count(next);
            size = archive.count(size);
            sum = archive.real(sum);
            moment = archive.real(moment);
            seen = archive.flag(seen);
        }
    }

    @Override
    public Series series() {
        return subject.series();
    }

    @Override
    public Memory start() {
        return new Memory(config.rows);
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (row.resumed()) {
            memory.clear();
        }
        double value = subject.series().value(row, config.change > 0);
        if (!Double.isFinite(value)) {
            memory.seen |= subject.series().isIn(row);
            return;
        }
        memory.seen = true;
        memory.add(value, row.step());
        int n = memory.size;
        if (n < config.rows) {
            return;
        }
        double middle = (n - 1) / 2.0;
        double squares = n * ((double) n * n - 1) / 12;
        double mean = memory.sum / n;
        double slope = (memory.moment - middle * memory.sum) / squares;
        double begin = mean - slope * middle;
        double change = slope * (n - 1);
        if (!isLarge(change / Math.abs(begin))) {
            return;
        }
        double residuals = 0;
        double successive = 0;
        double before = 0;
        for (int i = 0; i < n; i++) {
            double residual = memory.at(i) - begin - slope * i;
            residuals += residual * residual;
            successive += residual * before;
            before = residual;
        }
        double scatter = Math.sqrt(residuals / (n - 2));
        double seen = residuals > 0 ? successive / residuals : 0;
        double correlation = Math.min(STRONGEST_CORRELATION, Math.max(0, seen + (2 + 4 * seen) / n));
        double inflation = (1 + correlation) / (1 - correlation);
        double error = scatter / Math.sqrt(squares) * Math.sqrt(inflation);
        double share = change / Math.max(Math.abs(begin), scatter);
        if (!isLarge(share)) {
            return;
        }
        double freedom = Math.max(1, n / inflation - 2);
        double certain = config.errors * (1 + (config.errors * config.errors + 1) / (4 * freedom));
        if (Math.abs(slope) < certain * error) {
            out.suspect();
            return;
        }
        String evidence = subject.series().name() + (share > 0 ? " rose by " : " fell by ")
                + number(100 * Math.abs(share)) + " % over " + n + " rows, from " + number(begin) + " to "
                + number(begin + change);
        out.add(subject.finding(Math.min(memory.oldestStep(), row.step()), share, config.change, evidence));
    }

    private boolean isLarge(double share) {
        return config.change > 0 ? share >= config.change : share <= config.change;
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
