package io.foreshock.detect;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.LossLaw;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What every detector may consult about the run as a whole: how long it has been going, what it is, what it lately
 * reported, what else fires. Kept by the judge, which advances it before the detectors see the row.
 */
public final class RunHistory implements State {
    /** Rows whose values are kept for the window of an alert. */
    public static final int WINDOW = 64;

    private static final int SIGNALS = Signal.values().length;

    private long rows;
    private long rowsSinceResume;
    private int signals;
    private boolean policy;
    private boolean preference;
    private final long[] seen = new long[SIGNALS];
    private final Trail[] trails = new Trail[SIGNALS];
    private final Changes changes = new Changes();
    private final Set<String> firing = new HashSet<>();
    private final LossAndGradient lossAndGradient = new LossAndGradient();
    /** Whether a detector has asked for it at this row. */
    private boolean asked;

    private LossLaw law = new LossLaw();
    private double rate = Double.NaN;

    /** Advances by one row. */
    public void observe(Row row) {
        rows++;
        asked = false;
        rowsSinceResume = row.resumed() ? 1 : rowsSinceResume + 1;
        for (int i = 0; i < row.count(); i++) {
            Signal signal = row.signal(i);
            if (signal != null) {
                note(signal, row.step(), worst(row, signal));
            }
        }
        policy |= row.has(Signal.REWARD_MEAN);
        preference |=
                row.has(Signal.REWARDS_MARGIN) || row.has(Signal.REWARDS_ACCURACY) || row.has(Signal.LOGPS_CHOSEN);
        changes.observe(row, !policy && !preference && !firing("loss_divergence"));
        observeCourse(row);
    }

    private void note(Signal signal, long step, double worst) {
        int at = signal.ordinal();
        signals += seen[at] == 0 ? 1 : 0;
        seen[at]++;
        Trail trail = trails[at];
        if (trail == null) {
            trail = new Trail();
            trails[at] = trail;
        }
        trail.add(step, worst);
    }

    /** A loss without a rate is taken as one at a constant rate; when the rate is told after all, the course begins anew. */
    private void observeCourse(Row row) {
        double newRate = row.value(Signal.LR);
        if (newRate >= 0 && newRate < Double.POSITIVE_INFINITY) {
            if (Double.isNaN(rate) && law.seen() > 0) {
                law = new LossLaw();
            }
            rate = newRate;
        }
        double loss = row.value(Signal.LOSS);
        if (Double.isFinite(loss) && !policy && !preference) {
            law.add(row.step(), Double.isNaN(rate) ? 1 : rate, loss);
        }
    }

    private static final Signal[] ALL = Signal.values();

    /** The largest number of the signal in this row, NaN if one of them is NaN and none is infinite. */
    public static double worst(Row row, Signal signal) {
        double worst = Double.NEGATIVE_INFINITY;
        boolean nan = false;
        for (int k = 0; k < row.size(signal); k++) {
            double value = row.value(signal, k);
            if (!StepSample.isAbsent(value)) {
                nan |= Double.isNaN(value);
                worst = value > worst ? value : worst;
            }
        }
        return nan && worst < Double.POSITIVE_INFINITY ? Double.NaN : worst;
    }

    /** Rows seen of this run, this one included. */
    public long rows() {
        return rows;
    }

    /** Rows seen since the last resume, this one included; all rows where there was none. */
    public long rowsSinceResume() {
        return rowsSinceResume;
    }

    /** What somebody changed about the run. */
    public Changes changes() {
        return changes;
    }

    /** Rows that carried the signal. */
    public long rowsOf(Signal signal) {
        return seen[signal.ordinal()];
    }

    /** Different signals that the run has carried. */
    public int signals() {
        return signals;
    }

    /** The largest number of the signal in the last row that carried it, see {@link #worst}; NaN before the first. */
    public double latest(Signal signal) {
        Trail trail = trails[signal.ordinal()];
        return trail == null ? Double.NaN : trail.latest();
    }

    /** True once the run reported a reward: its loss has no course and its floor is not zero. */
    public boolean policy() {
        return policy;
    }

    /** True once the run reported preference statistics. */
    public boolean preference() {
        return preference;
    }

    /**
     * Loss and gradient norm beside their courses, as of this row. Advanced when the first detector asks for it, so that it knows
     * which causes fire by then.
     */
    public LossAndGradient lossAndGradient(Row row) {
        if (!asked) {
            asked = true;
            lossAndGradient.observe(row, this);
        }
        return lossAndGradient;
    }

    /** The course of the loss under its learning-rate schedule; empty for policies and preferences, whose loss has none. */
    public LossLaw law() {
        return law;
    }

    /** True while an incident of the signature is open, as of the row before. */
    public boolean firing(String slug) {
        return firing.contains(slug);
    }

    /** For the judge: an incident of the signature opened or was resolved. */
    public void firing(String slug, boolean fires) {
        if (fires) {
            firing.add(slug);
        } else {
            firing.remove(slug);
        }
    }

    /** Steps and values (the largest over layers and heads) of the last rows that carried the signal, oldest first. */
    public @Nullable Trail trail(Signal signal) {
        return trails[signal.ordinal()];
    }

    @Override
    public void persist(Archive archive) throws IOException {
        rows = archive.whole(rows);
        rowsSinceResume = archive.whole(rowsSinceResume);
        policy = archive.flag(policy);
        preference = archive.flag(preference);
        changes.persist(archive);
        // By name, so that the catalogue may grow between versions.
        int catalogue = archive.count(SIGNALS);
        for (int i = 0; i < catalogue; i++) {
            String key = archive.word(archive.reads() ? "" : ALL[i].key());
            Signal signal = Signal.of(key);
            long count = archive.whole(signal == null ? 0 : seen[signal.ordinal()]);
            Trail trail = signal == null ? null : trails[signal.ordinal()];
            boolean held = archive.flag(trail != null);
            if (held) {
                trail = trail == null ? new Trail() : trail;
                trail.persist(archive);
            }
            if (signal != null) {
                signals += archive.reads() && count > 0 ? 1 : 0;
                seen[signal.ordinal()] = count;
                trails[signal.ordinal()] = trail;
            }
        }
        String[] slugs = firing.toArray(new String[0]);
        Arrays.sort(slugs);
        firing.addAll(Arrays.asList(archive.words(slugs)));
        lossAndGradient.persist(archive);
        law.persist(archive);
        rate = archive.real(rate);
    }

    /** The last {@value #WINDOW} steps and values of one signal. */
    public static final class Trail implements State {
        private long[] steps = new long[WINDOW];
        private double[] values = new double[WINDOW];
        private int next;
        private int size;

        private void add(long step, double value) {
            steps[next] = step;
            values[next] = value;
            next = (next + 1) % WINDOW;
            size = Math.min(WINDOW, size + 1);
        }

        private double latest() {
            return values[(next - 1 + WINDOW) % WINDOW];
        }

        /** Oldest first. */
        public long[] steps() {
            long[] ordered = new long[size];
            for (int i = 0; i < size; i++) {
                ordered[i] = steps[(next - size + i + WINDOW) % WINDOW];
            }
            return ordered;
        }

        /** Oldest first. */
        public double[] values() {
            double[] ordered = new double[size];
            for (int i = 0; i < size; i++) {
                ordered[i] = values[(next - size + i + WINDOW) % WINDOW];
            }
            return ordered;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            steps = archive.wholes(steps);
            values = archive.reals(values);
            next = archive.count(next);
            size = archive.count(size);
        }
    }
}
