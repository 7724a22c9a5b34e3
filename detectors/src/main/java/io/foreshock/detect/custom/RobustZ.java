package io.foreshock.detect.custom;

import static io.foreshock.detect.custom.Subject.number;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Setting;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.MedianWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;

/**
 * A metric far from its own recent median, in its own noise.
 *
 * <p>z = (x - m) / s, with m the median of the last {@code window} values before x and s 1.4826 times their median
 * distance from m, which is the standard deviation of normal noise; s is at least a thousandth of m, so that a constant
 * may move in its last digit. Half a window is needed before the first verdict. Values that stand out stay out of the
 * window, so a spike cannot drag the median; when they have stood out for as many rows as the window has, they are the
 * new course. An infinite value stands out; NaN is not seen.
 */
public final class RobustZ implements Detector<RobustZ.Memory>, MetricRule {
    /** Median distance of a standard normal value, inverted. */
    private static final double DEVIATIONS = 1.4826;

    private static final double SMALLEST_NOISE = 0.001;

    private final Subject subject;
    private final Config config;

    public RobustZ(Subject subject, Config config) {
        this.subject = subject;
        this.config = config;
    }

    /**
     * @param sigmas distance from the median that fires, in robust standard deviations, {@code > 0}
     * @param window rows of the metric whose median and deviation are the measure, 8 to 10,000
     * @param rows rows in succession that stand out before it fires, 1 to {@code window}
     * @param above whether it fires above the median
     * @param below whether it fires below the median
     */
    public record Config(double sigmas, int window, int rows, boolean above, boolean below) {
        public static final Config DEFAULT = new Config(6, 64, 1, true, true);

        public Config {
            Setting.check(sigmas > 0, "robust_z", "sigmas", "> 0 standard deviations", sigmas);
            Setting.check(window >= 8 && window <= 10_000, "robust_z", "window", "8 to 10,000 rows", window);
            Setting.check(rows >= 1 && rows <= window, "robust_z", "rows", "1 to window (" + window + ") rows", rows);
            Setting.check(above || below, "robust_z", "below", "true where above is false", below);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private final MedianWindow values;
        private boolean seen;
        private int streak;
        private long onset;

        private Memory(Config config) {
            values = new MedianWindow(config.window);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            values.persist(archive);
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
        return new Memory(config);
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double value = subject.series().value(row, config.above);
        if (Double.isNaN(value)) {
            memory.seen |= !StepSample.isAbsent(value);
            return;
        }
        memory.seen = true;
        double median = memory.values.median();
        double noise = Math.max(
                DEVIATIONS * memory.values.medianDistance(median),
                Math.max(SMALLEST_NOISE * Math.abs(median), Double.MIN_NORMAL));
        double z = (value - median) / noise;
        boolean judged = memory.values.size() >= config.window / 2;
        if (!judged || !((config.above && z > config.sigmas) || (config.below && -z > config.sigmas))) {
            memory.streak = 0;
            if (Double.isFinite(value)) {
                memory.values.add(value);
            }
            return;
        }
        memory.onset = memory.streak == 0 || row.step() < memory.onset ? row.step() : memory.onset;
        if (++memory.streak >= config.rows) {
            String evidence = subject.series().name() + " is " + number(value) + ", " + number(Math.abs(z))
                    + " standard deviations " + (z > 0 ? "above" : "below") + " its median " + number(median);
            double limit = median + Math.signum(z) * config.sigmas * noise;
            out.add(subject.finding(memory.onset, value, limit, evidence));
        } else {
            out.suspect();
        }
        if (memory.streak >= config.window) {
            memory.values.clear();
            memory.streak = 0;
        }
    }

    @Override
    public boolean carries(Row row) {
        return subject.series().isIn(row);
    }

    @Override
    public boolean evaluable(Memory memory) {
        return memory.seen;
    }
}
