package io.foreshock.detect.entropycollapse;

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
import io.foreshock.statistics.Progress;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** The policy's entropy is spent, or explodes, and the reward has not got what that is worth. */
public final class EntropyCollapse implements Detector<EntropyCollapse.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "entropy_collapse", "Policy entropy collapses or explodes while the reward is far from its best")
            .needs(Signal.ENTROPY, Signal.REWARD_MEAN)
            .helpedBy(Signal.GOLD_REWARD_MEAN, Signal.KL)
            .calmAfter(250)
            .advice(
                    "Return to a checkpoint with entropy; lower the learning rate",
                    "Add or raise an entropy bonus (lower it if entropy explodes); widen the upper clip of the probability ratio",
                    "More samples a prompt, a baseline, or a KL penalty, so that luck is not learned")
            .detectedBy(Config.DEFAULT, EntropyCollapse::new);

    /** Nats a token: a fifth more choices at every token. A policy that was sure of itself may come back from less. */
    private static final double MATTERS = 0.2;

    /** Doubt that is excused beside, while all of the entropy is left: the emptier the policy, the less. */
    private static final double EXCUSED = 0.6;

    private final Config config;

    public EntropyCollapse(Config config) {
        this.config = config;
    }

    /**
     * @param low entropy that counts as nearly spent, as a share of its start, 0 to 1
     * @param refuted the same where a gold reward refutes the gain, 0 to 1
     * @param worst lowest reward there is, in the reward's unit; where a row's mean lies outside, the range is taken as unknown
     * @param best highest reward there is, in the reward's unit, {@code > worst}
     * @param solved share of the way from worst to best that all of the entropy has to buy, 0 to 1
     * @param doubt batch noise over gain of a reward of unknown range that is excused with no entropy left, {@code > 0}
     * @param explosion entropy that counts as exploded, as a multiple of its start, {@code > 1}
     * @param hotRows rows for which it has to show, {@code >= 1}
     */
    public record Config(
            double low,
            double refuted,
            double worst,
            double best,
            double solved,
            double doubt,
            double explosion,
            int hotRows) {
        public static final Config DEFAULT = new Config(0.3, 0.5, 0, 1, RewardCourse.SOLVED, 0.12, 1.1, 8);

        public Config {
            share(low, "low");
            share(refuted, "refuted");
            Setting.check(Double.isFinite(worst), "entropy_collapse", "worst", "a finite reward", worst);
            Setting.check(
                    Double.isFinite(best) && best > worst,
                    "entropy_collapse",
                    "best",
                    "a finite reward > worst (" + worst + ")",
                    best);
            share(solved, "solved");
            Setting.check(doubt > 0, "entropy_collapse", "doubt", "> 0", doubt);
            Setting.check(explosion > 1, "entropy_collapse", "explosion", "> 1", explosion);
            Setting.check(hotRows >= 1, "entropy_collapse", "hotRows", ">= 1 row", hotRows);
        }

        private static void share(double value, String key) {
            Setting.check(value > 0 && value < 1, "entropy_collapse", key, "between 0 and 1", value);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final RewardCourse course;
        private final Progress entropy = RewardCourse.progress();
        private final Progress kl = RewardCourse.progress();
        private long onset;
        private int hot;

        private Memory(Config config) {
            course = new RewardCourse(config.worst, config.best);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            course.persist(archive);
            entropy.persist(archive);
            kl.persist(archive);
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
        double entropy = row.value(Signal.ENTROPY);
        if (!Double.isFinite(entropy) || !memory.course.observe(row)) {
            return;
        }
        memory.entropy.add(row.step(), entropy);
        double kl = RewardCourse.kl(row);
        if (Double.isFinite(kl)) {
            memory.kl.add(row.step(), kl);
        }
        if (!memory.course.known() || memory.entropy.start() <= 0) {
            return;
        }
        double left = memory.entropy.now() / memory.entropy.start();
        boolean exploded = explodes(memory, left);
        if (!exploded && left > (1 + config.refuted) / 2) {
            memory.onset = row.step();
        }
        // Cut responses cost the reward, whatever the entropy: their incident tells.
        if (run.firing("length_cap") || (!exploded && !collapses(memory, left))) {
            memory.hot = 0;
            return;
        }
        memory.hot++;
        if (memory.hot >= config.hotRows) {
            tell(memory, left, exploded, out);
        } else {
            out.suspect();
        }
    }

    private boolean collapses(Memory memory, double left) {
        RewardCourse course = memory.course;
        if (isElsewhere(memory.kl)) {
            return false;
        }
        if (course.hasGold()) {
            return left < config.refuted && course.refuted();
        }
        if (left >= config.low) {
            return false;
        }
        return course.fell()
                || (course.ranged()
                        ? !course.reaches(config.solved * (1 - left))
                        : course.spreadGone() && course.doubt() > config.doubt + EXCUSED * left);
    }

    /** KL fell by half: the prompts have changed, and with them the entropy; the policy has not. */
    private static boolean isElsewhere(Progress kl) {
        return kl.known() && kl.now() < 0.5 * kl.best();
    }

    private boolean explodes(Memory memory, double left) {
        RewardCourse course = memory.course;
        return left > config.explosion
                && memory.entropy.gain() > Math.max(MATTERS, RewardCourse.ERRORS * memory.entropy.error())
                && course.lost();
    }

    private void tell(Memory memory, double left, boolean exploded, Findings out) {
        RewardCourse course = memory.course;
        Sentence summary = exploded
                ? Sentence.of(
                        "Policy entropy explodes: %.3g nats, at the start %.3g, while the reward fell from %.3g to %.3g",
                        memory.entropy.now(),
                        memory.entropy.start(),
                        course.reward().start(),
                        course.reward().now())
                : Sentence.of(
                        "Policy entropy is down to %.2g %% of its start (%.3g of %.3g nats) and has not bought what it is worth: %s",
                        100 * left, memory.entropy.now(), memory.entropy.start(), bought(course));
        double share = exploded ? config.explosion : course.hasGold() ? config.refuted : config.low;
        out.add(new Finding(
                Signal.ENTROPY,
                Signal.ENTROPY.key(),
                !exploded && left < config.low / 10 ? Severity.CRITICAL : Severity.WARNING,
                memory.onset,
                memory.entropy.now(),
                share * memory.entropy.start(),
                "nat",
                null,
                summary));
    }

    private Sentence bought(RewardCourse course) {
        if (course.hasGold()) {
            return Sentence.of(
                    "the gold reward went from %.3g to %.3g",
                    course.gold().start(), course.gold().now());
        }
        if (course.fell()) {
            return Sentence.of(
                    "the reward fell from %.3g to %.3g",
                    course.reward().best(), course.reward().now());
        }
        if (course.ranged()) {
            return Sentence.of(
                    "the reward stands at %.3g where %s is worst and %s is best",
                    course.reward().now(), config.worst, config.best);
        }
        return Sentence.of(
                "the reward went from %.3g to %.3g, with %.2g of noise from batch to batch",
                course.reward().start(), course.reward().now(), course.reward().noise());
    }
}
