package io.foreshock.detect.rewardoveroptimization;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.KlLine;
import io.foreshock.detect.RewardCourse;
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
import org.jspecify.annotations.Nullable;

/**
 * The reward that is optimised still rises, and the gold or held-out reward has turned. Where there is none, that the reward
 * leaves its line in sqrt(KL) is told, as info.
 */
public final class RewardOveroptimization implements Detector<RewardOveroptimization.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "reward_overoptimization", "The reward rises while the true reward falls")
            .needs(Signal.REWARD_MEAN)
            .needsOneOf(Signal.GOLD_REWARD_MEAN, Signal.KL, Signal.KL_TOKEN)
            .helpedBy(Signal.GOLD_REWARD_MEAN, Signal.RESPONSE_LENGTH_MEAN)
            .calmAfter(250)
            .reference("arXiv:2210.10760")
            .advice(
                    "Stop at the checkpoint where the gold reward was best",
                    "Raise the KL coefficient, or stop at the KL at which gold peaked",
                    "Retrain the reward model on samples of the present policy, or use an ensemble of them",
                    "Without a gold reward, log one as gold_reward_mean to be certain: an evaluation, a judge, a larger reward"
                            + " model")
            .detectedBy(Config.DEFAULT, RewardOveroptimization::new);

    /** Rows of the trend of KL. */
    private static final double MEMORY = 30;

    private final Config config;

    public RewardOveroptimization(Config config) {
        this.config = config;
    }

    /**
     * @param fall how far gold has to fall below its best, as a share of what it had gained, 0 to 1
     * @param ahead how far ahead a peak is foretold, as a multiple of the KL of today, {@code > 1}
     * @param level KL from which on the line is asked where there is no gold, in nats a response, {@code > 0}
     * @param kept share of the reward that the line promised under which it is left, 0 to 1
     * @param hotRows rows for which it has to show, {@code >= 1}
     */
    public record Config(double fall, double ahead, double level, double kept, int hotRows) {
        public static final Config DEFAULT = new Config(0.1, 4, 3, 0.5, 4);

        public Config {
            Setting.check(fall > 0 && fall < 1, "reward_overoptimization", "fall", "between 0 and 1", fall);
            Setting.check(ahead > 1, "reward_overoptimization", "ahead", "> 1", ahead);
            Setting.check(level > 0, "reward_overoptimization", "level", "> 0 nats a response", level);
            Setting.check(kept > 0 && kept < 1, "reward_overoptimization", "kept", "between 0 and 1", kept);
            Setting.check(hotRows >= 1, "reward_overoptimization", "hotRows", ">= 1 row", hotRows);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final RewardCourse course = new RewardCourse();
        private final GoldCurve curve = new GoldCurve();
        private final LogTrend kl = new LogTrend();
        private final KlDoublings doublings = new KlDoublings();
        private double lastKl = Double.NaN;
        private long lastStep = Long.MIN_VALUE;
        private int hot;

        @Override
        public void persist(Archive archive) throws IOException {
            course.persist(archive);
            curve.persist(archive);
            kl.persist(archive);
            doublings.persist(archive);
            lastKl = archive.real(lastKl);
            lastStep = archive.whole(lastStep);
            hot = archive.count(hot);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    /** False while KL is logged a token, and neither the length nor gold is. */
    @Override
    public boolean evaluable(Memory memory) {
        return memory.course.gold().count() > 0 || memory.doublings.kl().count() > 0;
    }

    /** Once there is gold, a row without it shows nothing. */
    @Override
    public boolean carries(Memory memory, Signature signature, Row row) {
        return signature.evaluable(row::has) && (memory.course.gold().count() == 0 || row.has(Signal.GOLD_REWARD_MEAN));
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (!memory.course.observe(row)) {
            return;
        }
        observeKl(memory, row);
        if (run.rowsOf(Signal.GOLD_REWARD_MEAN) == 0) {
            judgeLine(memory, row, out);
        } else if (memory.course.hasGold()) {
            judgeGold(memory, row, out);
        } else {
            memory.hot = 0;
        }
    }

    private void judgeGold(Memory memory, Row row, Findings out) {
        RewardCourse course = memory.course;
        if (course.goldTurned() && course.gold().below() > size(course)) {
            memory.hot++;
            if (memory.hot >= config.hotRows) {
                tell(memory, out);
            } else {
                out.suspect();
            }
            return;
        }
        memory.hot = 0;
        Forecast peak = peak(memory, row.step());
        if (peak != null) {
            foretell(memory, peak, row.step(), out);
        }
    }

    /**
     * The weaker rule: since KL was half of what it is, the reward gained far less than its line in sqrt(KL) promised. It did
     * gain before and is not below its best, so it is no collapse. A KL at rest buys nothing and owes nothing: only a row at which
     * it is higher than ever adds to the evidence.
     */
    private void judgeLine(Memory memory, Row row, Findings out) {
        double kl = RewardCourse.kl(row);
        if (!Double.isFinite(kl)) {
            return;
        }
        RewardCourse course = memory.course;
        memory.doublings.add(row.step(), kl, course);
        KlLine line = memory.doublings.line(course);
        boolean left = line != null
                && line.klNow() > config.level
                && course.gained()
                && !course.reward().fell(RewardCourse.ERRORS)
                && line.isLeft(config.kept);
        if (line == null || !left) {
            memory.hot = 0;
            return;
        }
        boolean farther = memory.doublings.isHighest(row.step());
        memory.hot += farther ? 1 : 0;
        if (memory.hot < config.hotRows) {
            out.suspect();
        } else if (farther) {
            tellLeft(line, memory.doublings.halfStep(), out);
        }
    }

    /** The fall that matters, in the unit of the gold reward. */
    private double size(RewardCourse course) {
        return config.fall * (course.gold().best() - course.gold().start());
    }

    private static void observeKl(Memory memory, Row row) {
        double kl = row.has(Signal.KL) ? row.value(Signal.KL) : row.value(Signal.KL_TOKEN);
        double gold = row.value(Signal.GOLD_REWARD_MEAN);
        if (Double.isFinite(kl)) {
            memory.lastKl = kl;
            // A resume goes back; the trend goes on from there.
            if (row.step() > memory.lastStep) {
                memory.kl.add(MEMORY, (double) row.step(), kl);
                memory.lastStep = row.step();
            }
        }
        if (Double.isFinite(gold) && Double.isFinite(memory.lastKl)) {
            memory.curve.add(memory.lastKl, gold);
        }
    }

    /** When KL, as it grows, reaches the peak of the curve; null if there is none, or it is far. */
    private @Nullable Forecast peak(Memory memory, long step) {
        GoldCurve curve = memory.curve;
        LogTrend kl = memory.kl;
        if (!(curve.beta() > RewardCourse.ERRORS * curve.betaError())) {
            return null;
        }
        double peak = curve.peak();
        double now = kl.at((double) step);
        boolean grows = kl.slope() > RewardCourse.ERRORS * kl.slopeError();
        if (!grows || !(peak > now) || peak > config.ahead * now) {
            return null;
        }
        return Forecast.ofGrowth(Signal.KL.key(), peak, step, Math.log(peak / now), kl.slope(), kl.slopeError(), 0.3);
    }

    private void tell(Memory memory, Findings out) {
        RewardCourse course = memory.course;
        double fall = course.gold().below();
        out.add(new Finding(
                Signal.GOLD_REWARD_MEAN,
                Signal.GOLD_REWARD_MEAN.key(),
                course.gold().now() < course.gold().start() ? Severity.CRITICAL : Severity.WARNING,
                course.gold().bestStep(),
                fall,
                Math.max(RewardCourse.ERRORS * course.gold().error(), size(course)),
                "1",
                null,
                Sentence.of(
                        "The gold reward was best at step %,d (%.3g) and fell to %.3g, while the reward that is optimised"
                                + " rose from %.3g to %.3g%s",
                        course.gold().bestStep(),
                        course.gold().best(),
                        course.gold().now(),
                        course.rewardAtBestGold(),
                        course.reward().now(),
                        Double.isFinite(memory.lastKl) ? Sentence.of(" (KL %.3g nats)", memory.lastKl) : "")));
    }

    private void tellLeft(KlLine line, long since, Findings out) {
        out.add(new Finding(
                Signal.REWARD_MEAN,
                Signal.REWARD_MEAN.key(),
                Severity.INFO,
                since,
                line.missing(),
                line.allowed(config.kept),
                "1",
                null,
                Sentence.of(
                        "No gold reward is logged, so this is a sign and no proof: since step %,d KL grew from %.3g to %.3g nats"
                                + " while the reward gained only %.3g per unit of sqrt(KL), against %.3g before; log"
                                + " gold_reward_mean to be certain",
                        since, line.klThen(), line.klNow(), line.rateSince(), line.rateBefore())));
    }

    private static void foretell(Memory memory, Forecast peak, long step, Findings out) {
        out.add(new Finding(
                Signal.KL,
                Signal.KL.key(),
                Severity.INFO,
                step,
                memory.lastKl,
                peak.level(),
                "nat",
                peak,
                Sentence.of(
                        "The gold reward gains less and less from KL: it is on course to peak at %.3g nats, about step %,d",
                        peak.level(), peak.step())));
    }
}
