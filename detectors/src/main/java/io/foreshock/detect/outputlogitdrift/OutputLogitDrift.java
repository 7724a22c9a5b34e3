package io.foreshock.detect.outputlogitdrift;

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
import io.foreshock.statistics.Ascent;
import io.foreshock.statistics.Course;
import io.foreshock.statistics.Forecast;
import io.foreshock.statistics.SleepingCourse;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The logits of the output softmax leave the range around 0 in which they can be told apart. */
public final class OutputLogitDrift implements Detector<OutputLogitDrift.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "output_logit_drift", "Output logits drift away from zero")
            .needsOneOf(Signal.LOG_Z, Signal.OUTPUT_LOGIT_MAX, Signal.Z_LOSS, Signal.OUTPUT_LOGIT_MEAN)
            .calmAfter(50)
            .reference("arXiv:2309.14322")
            .advice(
                    "Add the z-loss, about 1e-4 times log Z squared, or raise its weight",
                    "Lower the peak learning rate; resume from a checkpoint before the drift began",
                    "Normalise before the output layer, and check the sign and size of its weight decay")
            .detectedBy(Config.DEFAULT, OutputLogitDrift::new);

    /** Largest deviation of a row that a course explains, in its own scales. */
    private static final double SIGMAS = 6;

    /** Rows that make a course worth comparing with. */
    private static final int WARM_UP = Course.LENGTH / 2;

    /** From this share of the limit on growth is forecast: one doubling before it. */
    private static final double WATCHED = 0.5;

    /** An incident is over when the level has come down to this share of the limit. */
    private static final double RELIEF = 0.8;

    /** So many times the limit the precision of bfloat16 is coarser than one nat. */
    private static final double RUIN = 8;

    /** A level so many times the lowest since it settled has shifted, however it got there. */
    private static final double SHIFT = 4;

    /** Rise as a power of the age, at least: a random walk has 1/2. */
    private static final double WALK = 0.5;

    private final Config config;

    public OutputLogitDrift(Config config) {
        this.config = config;
    }

    /**
     * @param limit magnitude of a logit at which rounding matters, nats, {@code > 1}: 32, where bfloat16 is spaced by 1/4
     */
    public record Config(double limit) {
        public static final Config DEFAULT = new Config(32);

        public Config {
            Setting.check(limit > 1 && limit < 1e300, "output_logit_drift", "limit", "> 1 nat", limit);
        }
    }

    /** What can be measured of the output, most telling first. */
    private enum Measure {
        LOG_Z(Signal.LOG_Z, "Log Z of the output"),
        MAX(Signal.OUTPUT_LOGIT_MAX, "Largest output logit"),
        ROOT(Signal.Z_LOSS, "Root of the z-loss"),
        /** A shift of all logits costs nothing before they are rounded, so it is not forecast. */
        MEAN(Signal.OUTPUT_LOGIT_MEAN, "Mean output logit");

        private static final Measure[] ALL = values();
        private final Signal signal;
        private final String words;

        Measure(Signal signal, String words) {
            this.signal = signal;
            this.words = words;
        }

        /** Magnitude in nats. */
        private double of(Row row) {
            double value = row.value(signal);
            return this == ROOT ? Math.sqrt(Math.max(0, value)) : Math.abs(value);
        }
    }

    /** What is remembered of the four measures. */
    public static final class Memory implements State {
        private final Series[] series = new Series[Measure.ALL.length];
        private long rows;
        /** The last row that was far out, counted; 0 before one. */
        private long outRow;
        /** Step of the first of those that followed one another closely. */
        private long outStep;

        private boolean firing;
        private long onset;

        private Memory() {
            restart();
        }

        private void restart() {
            for (int i = 0; i < series.length; i++) {
                series[i] = new Series();
            }
            rows = 0;
            outRow = 0;
            firing = false;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            for (Series one : series) {
                one.persist(archive);
            }
            rows = archive.whole(rows);
            outRow = archive.whole(outRow);
            outStep = archive.whole(outStep);
            firing = archive.flag(firing);
            onset = archive.whole(onset);
        }
    }

    /** One measure. */
    private static final class Series implements State {
        private final SleepingCourse course = new SleepingCourse();
        private final Ascent ascent = new Ascent();
        /** Step at which the level last rose to the watched share of the limit. */
        private long over;

        private boolean above;

        @Override
        public void persist(Archive archive) throws IOException {
            course.persist(archive);
            ascent.persist(archive);
            over = archive.whole(over);
            above = archive.flag(above);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (!SIGNATURE.evaluable(row::has)) {
            return;
        }
        if (row.resumed()) {
            memory.restart();
        }
        memory.rows++;
        Measure farthest = null;
        double excess = 0;
        double course = 0;
        Measure grown = null;
        double highest = 0;
        for (Measure measure : Measure.ALL) {
            double now = measure.of(row);
            // Missing, or the business of non_finite.
            if (!Double.isFinite(now)) {
                continue;
            }
            Series series = memory.series[measure.ordinal()];
            double beyond = beyond(series.course, now);
            if (beyond > excess) {
                excess = beyond;
                farthest = measure;
                course = series.course.awake().level();
            }
            series.course.add(now);
            double level = follow(series, row.step(), now);
            if (grows(memory, measure, series, level) && level > highest) {
                highest = level;
                grown = measure;
            }
        }
        boolean burst = farthest != null && memory.outRow > 0 && memory.rows - memory.outRow <= Course.LENGTH;
        if (grown != null) {
            tell(memory, row, grown, highest, out);
        } else {
            memory.firing = false;
            if (farthest != null && burst) {
                tell(memory, row, farthest, course, excess, out);
            } else if (farthest != null) {
                out.suspect();
            }
        }
        if (farthest != null) {
            memory.outStep = burst ? memory.outStep : row.step();
            memory.outRow = memory.rows;
        }
    }

    /** How far beyond its course a row is, nats; 0 unless far beyond its noise, the limit and twice the course. */
    private double beyond(SleepingCourse sleeping, double now) {
        // Its course is nowhere below 0.
        if (now <= config.limit) {
            return 0;
        }
        Course course = sleeping.awake();
        double excess = now - course.level();
        boolean far = excess > SIGMAS * course.scale() && excess > Math.max(config.limit, course.level());
        return course.size() >= WARM_UP && far ? excess : 0;
    }

    private double follow(Series series, long step, double now) {
        // Logits below 1 need no telling apart.
        series.ascent.add(step, Math.log(Math.max(1, now)));
        double level = Math.exp(series.ascent.level());
        boolean above = level >= WATCHED * config.limit;
        if (above && !series.above) {
            series.over = step;
        }
        series.above = above;
        return level;
    }

    /**
     * Beyond the limit and far from where it had settled; or beyond the limit or soon there, and surely rising faster than
     * a random walk. Once told, until relieved.
     */
    private boolean grows(Memory memory, Measure measure, Series series, double level) {
        if (memory.firing && level >= RELIEF * config.limit) {
            return true;
        }
        Ascent ascent = series.ascent;
        if (level >= config.limit && ascent.rise() >= Math.log(SHIFT)) {
            return true;
        }
        if (!series.above || !ascent.sure() || ascent.steepness() < WALK) {
            return false;
        }
        return level >= config.limit || (measure != Measure.MEAN && ascent.near(Math.log(config.limit)));
    }

    private void tell(Memory memory, Row row, Measure measure, double level, Findings out) {
        Series series = memory.series[measure.ordinal()];
        if (!memory.firing) {
            memory.firing = true;
            memory.onset = series.above ? series.over : row.step();
        }
        double target = level < config.limit ? config.limit : RUIN * config.limit;
        Forecast forecast = series.ascent.forecast(measure.signal.key(), target, Math.log(target));
        Sentence summary = Sentence.of("%s is %,.3g nats from 0", measure.words, level);
        if (forecast != null) {
            summary = summary.and(Sentence.of(
                    ", doubling every %,d steps; reaches %,.0f about step %,d",
                    series.ascent.doubling(), target, forecast.step()));
        }
        boolean ruined = level >= RUIN * config.limit;
        add(row, measure, ruined, Math.min(memory.onset, row.step()), level, forecast, summary, out);
    }

    private void tell(Memory memory, Row row, Measure measure, double course, double excess, Findings out) {
        Sentence summary = Sentence.of(
                "%s is %,.3g nats from 0 against a course of %,.3g, and not the first such row since step %,d",
                measure.words, course + excess, course, memory.outStep);
        add(row, measure, false, memory.outStep, course + excess, null, summary, out);
    }

    private void add(
            Row row,
            Measure measure,
            boolean ruined,
            long onset,
            double value,
            @Nullable Forecast forecast,
            Sentence summary,
            Findings out) {
        out.add(new Finding(
                measure.signal,
                row.series(measure.signal, 0),
                ruined ? Severity.CRITICAL : Severity.WARNING,
                onset,
                value,
                config.limit,
                "nat",
                forecast,
                summary));
    }
}
