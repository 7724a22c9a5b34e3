package io.foreshock.detect.lengthcap;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RewardCourse;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** Nearly all responses are cut at the length cap, earn the same, and so teach nothing. */
public final class LengthCap implements Detector<LengthCap.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "length_cap", "Responses hit the length cap and earn nothing to learn from")
            .needs(Signal.CLIPPED_RATIO, Signal.REWARD_MEAN)
            .needsOneOf(Signal.FRAC_REWARD_ZERO_STD, Signal.REWARD_STD)
            .helpedBy(Signal.GOLD_REWARD_MEAN)
            .calmAfter(60)
            .advice(
                    "Raise the cap on the response length, or check that the end-of-sequence token is set and trained",
                    "Give partial credit to responses that were cut, or mask them out of the loss",
                    "Raise the cap in stages, with a supervised phase on answers that fit")
            .detectedBy(Config.DEFAULT, LengthCap::new);

    /** Rows of the means of shares: they are known better than rewards. */
    private static final int FAST = 3;

    private final Config config;

    public LengthCap(Config config) {
        this.config = config;
    }

    /**
     * @param cut share of responses cut at the cap that counts as nearly all, 0 to 1
     * @param alike share of prompts whose responses all earned the same that counts as nearly all, 0 to 1
     * @param worst lowest reward there is, in the reward's unit; where a row's mean lies outside, the range is taken as unknown
     * @param best highest reward there is, in the reward's unit, {@code > worst}
     * @param solved share of the way from worst to best from which on the task counts as solved, 0 to 1
     * @param hotRows rows for which it has to show, {@code >= 1}
     */
    public record Config(double cut, double alike, double worst, double best, double solved, int hotRows) {
        public static final Config DEFAULT = new Config(0.85, 0.8, 0, 1, RewardCourse.SOLVED, 3);

        public Config {
            share(cut, "cut");
            share(alike, "alike");
            Setting.check(Double.isFinite(worst), "length_cap", "worst", "a finite reward", worst);
            Setting.check(
                    Double.isFinite(best) && best > worst,
                    "length_cap",
                    "best",
                    "a finite reward > worst (" + worst + ")",
                    best);
            share(solved, "solved");
            Setting.check(hotRows >= 1, "length_cap", "hotRows", ">= 1 row", hotRows);
        }

        private static void share(double value, String key) {
            Setting.check(value > 0 && value < 1, "length_cap", key, "between 0 and 1", value);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final RewardCourse course;
        private final RunningMean cut = new RunningMean();
        private final RunningMean alike = new RunningMean();
        private long onset;
        private int hot;

        private Memory(Config config) {
            course = new RewardCourse(config.worst, config.best);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            course.persist(archive);
            cut.persist(archive);
            alike.persist(archive);
            onset = archive.whole(onset);
            hot = archive.count(hot);
        }
    }

    @Override
    public Memory start() {
        return new Memory(config);
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double cut = row.value(Signal.CLIPPED_RATIO);
        if (!Double.isFinite(cut) || !memory.course.observe(row)) {
            return;
        }
        memory.cut.add(cut, FAST);
        double alike = row.value(Signal.FRAC_REWARD_ZERO_STD);
        if (Double.isFinite(alike)) {
            memory.alike.add(alike, FAST);
        }
        if (memory.cut.mean() <= config.cut) {
            memory.onset = row.step();
        }
        if (!memory.course.known()) {
            return;
        }
        if (memory.cut.mean() <= config.cut || !isMute(memory) || succeeds(memory.course)) {
            memory.hot = 0;
            return;
        }
        memory.hot++;
        if (memory.hot >= config.hotRows) {
            tell(memory, out);
        } else {
            out.suspect();
        }
    }

    /** Rewards hardly differ within prompts any more, or hardly any prompt has rewards that differ at all. */
    private boolean isMute(Memory memory) {
        return memory.course.spreadGone() || memory.alike.mean() > config.alike;
    }

    /** Where the longest answer is the best one, all of them may be cut and earn the same. */
    private boolean succeeds(RewardCourse course) {
        if (course.hasGold() && course.confirmed() && course.gained()) {
            return !course.goldTurned();
        }
        return course.ranged() ? course.reaches(config.solved) : course.gained() && !course.fell();
    }

    private void tell(Memory memory, Findings out) {
        out.add(new Finding(
                Signal.CLIPPED_RATIO,
                Signal.CLIPPED_RATIO.key(),
                Severity.CRITICAL,
                memory.onset,
                memory.cut.mean(),
                config.cut,
                "1",
                null,
                Sentence.of(
                        "The length cap cuts %.3g %% of the responses, rewards within prompts do not differ, and their mean is %.3g",
                        100 * memory.cut.mean(), memory.course.reward().now())));
    }
}
