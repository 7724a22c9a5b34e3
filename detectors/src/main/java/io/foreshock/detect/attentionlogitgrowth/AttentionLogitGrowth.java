package io.foreshock.detect.attentionlogitgrowth;

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
import io.foreshock.statistics.Forecast;
import io.foreshock.statistics.LogTrend;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The largest attention logit of a head is beyond, or surely on its way to, the range where softmax saturates. */
public final class AttentionLogitGrowth implements Detector<AttentionLogitGrowth.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "attention_logit_growth", "Attention logits grow towards saturation")
            .needs(Signal.ATTENTION_LOGIT_MAX)
            .calmAfter(50)
            .reference("arXiv:2309.14322")
            .advice(
                    "Lower the peak learning rate or warm up longer; resume from a checkpoint before the growth began",
                    "Normalise queries and keys (QK-layernorm), or clip them (QK-clip at 100)",
                    "Keep weight decay on the query and key weights")
            .detectedBy(Config.DEFAULT, AttentionLogitGrowth::new);

    private static final Signal SIGNAL = Signal.ATTENTION_LOGIT_MAX;

    /** Below this share of the watched level a head is not followed: two doublings before it is judged. */
    private static final double FOLLOWED = 0.25;

    /** An incident is over when the logit has come down to this share of what it was about. */
    private static final double RELIEF = 0.8;

    private final Config config;
    private final double shortKeep;
    private final double longKeep;

    public AttentionLogitGrowth(Config config) {
        this.config = config;
        this.shortKeep = LogTrend.keep(config.shortMemory);
        this.longKeep = LogTrend.keep(config.longMemory);
    }

    /**
     * @param watched level from which growth is forecast, a logit, {@code > 0}
     * @param limit level that is a finding by itself, a logit, {@code > watched}
     * @param harmful level at which softmax is surely saturated, a logit, {@code > limit}
     * @param smoothing rows of the running mean that is compared with the levels, {@code >= 1}
     * @param shortMemory rows by which growth is seen to go on, {@code > 2}
     * @param longMemory rows by which growth is measured, {@code > shortMemory}
     * @param certainty standard errors by which both slopes must be positive, {@code > 0}
     * @param growingRows rows for which a head has to grow before a forecast is told, {@code >= 1}
     * @param nearness how far off the limit may be, in multiples of the time since a quarter of the watched level was
     *     passed, {@code > 0}
     * @param horizon how far off the limit may be, in multiples of {@code longMemory}, {@code > 0}
     * @param drift deviation of the logarithm of the pace between now and then, beyond what the slope's own error
     *     says, {@code >= 0}
     */
    public record Config(
            double watched,
            double limit,
            double harmful,
            double smoothing,
            double shortMemory,
            double longMemory,
            double certainty,
            int growingRows,
            double nearness,
            double horizon,
            double drift) {
        public static final Config DEFAULT = new Config(50, 100, 1_000, 5, 10, 40, 3, 20, 0.5, 2, 0.6);

        public Config {
            Setting.check(watched > 0, "attention_logit_growth", "watched", "> 0", watched);
            Setting.check(limit > watched, "attention_logit_growth", "limit", "> watched (" + watched + ")", limit);
            Setting.check(
                    harmful > limit && harmful < 1e300,
                    "attention_logit_growth",
                    "harmful",
                    "> limit (" + limit + ")",
                    harmful);
            Setting.check(smoothing >= 1, "attention_logit_growth", "smoothing", ">= 1 row", smoothing);
            Setting.check(shortMemory > 2, "attention_logit_growth", "shortMemory", "> 2 rows", shortMemory);
            Setting.check(
                    longMemory > shortMemory,
                    "attention_logit_growth",
                    "longMemory",
                    "> shortMemory (" + shortMemory + ") rows",
                    longMemory);
            Setting.check(certainty > 0, "attention_logit_growth", "certainty", "> 0 standard errors", certainty);
            Setting.check(growingRows >= 1, "attention_logit_growth", "growingRows", ">= 1 row", growingRows);
            Setting.check(nearness > 0, "attention_logit_growth", "nearness", "> 0", nearness);
            Setting.check(horizon > 0, "attention_logit_growth", "horizon", "> 0", horizon);
            Setting.check(drift >= 0, "attention_logit_growth", "drift", ">= 0", drift);
        }
    }

    /** One number a head, and more for those that are followed. */
    public static final class Memory implements State {
        /** Running mean of the logarithm; NaN before the first value. */
        private double[] level = {};
        /** Position + 1 among the followed, 0 for the many that are not. */
        private int[] place = {};

        private final List<Head> followed = new ArrayList<>();
        private long rows;
        private boolean firing;
        private long onset;

        private void restart(int size) {
            level = new double[size];
            Arrays.fill(level, Double.NaN);
            place = new int[size];
            followed.clear();
            rows = 0;
            firing = false;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            level = archive.reals(level);
            place = archive.counts(place);
            archive.each(followed, Head::new);
            rows = archive.whole(rows);
            firing = archive.flag(firing);
            onset = archive.whole(onset);
        }
    }

    /** A head whose logit has become large enough to be followed. */
    private static final class Head implements State {
        private final LogTrend lately = new LogTrend();
        private final LogTrend trend = new LogTrend();
        private long since;
        private long sinceRow;
        /** Step at which it last rose over the watched level. */
        private long over;

        private boolean above;

        @Override
        public void persist(Archive archive) throws IOException {
            lately.persist(archive);
            trend.persist(archive);
            since = archive.whole(since);
            sinceRow = archive.whole(sinceRow);
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
        int size = row.size(SIGNAL);
        if (size == 0) {
            return;
        }
        if (row.resumed() || size != memory.level.length) {
            memory.restart(size);
        }
        memory.rows++;
        double step = (double) row.step();
        int worst = -1;
        double worstLevel = Double.NEGATIVE_INFINITY;
        int beyond = 0;
        int warned = -1;
        double warnedLevel = Double.NEGATIVE_INFINITY;
        int growing = 0;
        double bar = Math.log(memory.firing ? RELIEF * config.limit : config.limit);
        double follow = Math.log(FOLLOWED * config.watched);
        double watch = Math.log(config.watched);
        double share = Math.max(1.0 / memory.rows, 1 / ((config.smoothing + 1) / 2));
        for (int k = 0; k < size; k++) {
            double value = row.value(SIGNAL, k);
            // Not a number, or infinite: the business of non_finite. Logits below 1 need no telling apart.
            if (!Double.isFinite(value)) {
                continue;
            }
            double now = value <= 1 ? 0 : Math.log(value);
            double before = memory.level[k];
            double level = Double.isNaN(before) ? now : before + (now - before) * share;
            memory.level[k] = level;
            if (level > worstLevel) {
                worstLevel = level;
                worst = k;
            }
            if (level < follow && memory.place[k] == 0) {
                continue;
            }
            Head head = follow(memory, k, row.step());
            head.lately.addLogarithm(shortKeep, step, now);
            head.trend.addLogarithm(longKeep, step, now);
            if (level < follow) {
                head.since = row.step();
                head.sinceRow = memory.rows;
            }
            if (level >= watch && !head.above) {
                head.over = row.step();
            }
            head.above = level >= watch;
            if (level > bar && now > bar) {
                beyond++;
            } else if (level >= watch && comes(memory, head, level, row.step())) {
                growing++;
                if (level > warnedLevel) {
                    warnedLevel = level;
                    warned = k;
                }
            }
        }
        if (worst < 0) {
            return;
        }
        if (beyond > 0 && worstLevel > bar) {
            tell(memory, row, worst, beyond, out);
        } else if (warned >= 0) {
            tell(memory, row, warned, growing, out);
        } else {
            memory.firing = false;
            if (worstLevel >= watch) {
                out.suspect();
            }
        }
    }

    private Head follow(Memory memory, int k, long step) {
        if (memory.place[k] == 0) {
            Head head = new Head();
            head.since = step;
            head.sinceRow = memory.rows;
            memory.followed.add(head);
            memory.place[k] = memory.followed.size();
        }
        return memory.followed.get(memory.place[k] - 1);
    }

    /** Grows for sure, still does, and will be at the limit soon compared with how long it has been growing. */
    private boolean comes(Memory memory, Head head, double level, long step) {
        if (memory.rows - head.sinceRow < config.growingRows || !sure(head.lately) || !sure(head.trend)) {
            return false;
        }
        double arrival = (Math.log(config.limit) - level) / slower(head).slope();
        double age = step - head.since;
        double horizon = config.horizon * config.longMemory * age / (memory.rows - head.sinceRow);
        return arrival <= Math.min(config.nearness * age, horizon);
    }

    private boolean sure(LogTrend trend) {
        double slope = trend.slope();
        return slope > 0 && slope > config.certainty * trend.slopeError();
    }

    private void tell(Memory memory, Row row, int k, int count, Findings out) {
        Head head = memory.followed.get(memory.place[k] - 1);
        if (!memory.firing) {
            memory.onset = head.above ? head.over : row.step();
            memory.firing = true;
        }
        double level = Math.exp(memory.level[k]);
        double threshold = level < config.limit ? config.watched : config.limit;
        double target = level < config.limit ? config.limit : config.harmful;
        Forecast forecast = level < config.harmful ? forecast(head, level, target, row.step()) : null;
        String series = row.series(SIGNAL, k);
        Sentence summary = Sentence.of("Attention logit%s is %.3g", of(row, k), level);
        if (forecast != null) {
            summary = summary.and(Sentence.of(
                    ", doubling every %,d steps; reaches %,.0f about step %,d",
                    Math.max(1, Math.round(Math.log(2) / slower(head).slope())), target, forecast.step()));
            summary = summary.and(
                    forecast.high() == Long.MAX_VALUE
                            ? Sentence.of(" (%,d at the earliest)", forecast.low())
                            : Sentence.of(" (%,d to %,d)", forecast.low(), forecast.high()));
        }
        if (level >= config.harmful) {
            summary = summary.and(Sentence.of(", beyond %,.0f: softmax is saturated", config.harmful));
        }
        if (count > 1) {
            summary = summary.and(Sentence.of("; so it is in %,d of %,d series", count, memory.level.length));
        }
        out.add(new Finding(
                SIGNAL,
                series,
                count,
                level >= config.harmful ? Severity.CRITICAL : Severity.WARNING,
                Math.min(memory.onset, row.step()),
                level,
                threshold,
                "1",
                forecast,
                summary));
    }

    private static String of(Row row, int k) {
        int heads = row.heads(SIGNAL);
        if (row.size(SIGNAL) == 1) {
            return "";
        }
        return heads == 0 ? " of layer " + k : " of layer " + k / heads + ", head " + k % heads;
    }

    /** When the target is reached at the slower of both paces; null unless both say that it grows. */
    private @Nullable Forecast forecast(Head head, double level, double target, long step) {
        LogTrend slower = slower(head);
        if (slower.slope() <= 0 || head.trend.count() < 8) {
            return null;
        }
        return Forecast.ofGrowth(
                SIGNAL.key(),
                target,
                step,
                Math.log(target / level),
                slower.slope(),
                slower.slopeError(),
                config.drift);
    }

    private static LogTrend slower(Head head) {
        return head.trend.slope() < head.lately.slope() ? head.trend : head.lately;
    }
}
