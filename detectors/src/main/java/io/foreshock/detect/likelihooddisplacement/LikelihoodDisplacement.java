package io.foreshock.detect.likelihooddisplacement;

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
import io.foreshock.statistics.BatchNoise;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** The chosen answers become less likely while the margin grows: method and limits are described with the package. */
public final class LikelihoodDisplacement implements Detector<LikelihoodDisplacement.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "likelihood_displacement", "Chosen answers become less likely while the margin grows")
            .needsOneOf(Signal.REWARDS_CHOSEN, Signal.LOGPS_CHOSEN)
            .helpedBy(Signal.LOGPS_CHOSEN, Signal.REWARDS_MARGIN, Signal.REWARDS_REJECTED, Signal.LOGPS_REJECTED)
            .calmAfter(250)
            .reference("arXiv:2502.07599")
            .advice(
                    "Add a supervised term on the chosen answers (rpo_alpha in TRL, pref_ftx in LLaMA-Factory)",
                    "Lower the rate or raise beta; train fewer epochs; keep the checkpoint before the onset",
                    "Drop pairs whose answers hardly differ: they pull both down")
            .detectedBy(Config.DEFAULT, LikelihoodDisplacement::new);

    /** Reward that the chosen answers must have lost where no log-probability tells how much that is: a logit that moves a
     * preference by 6 points. */
    private static final double REWARD = 0.25;

    private final Config config;

    public LikelihoodDisplacement(Config config) {
        this.config = config;
    }

    /**
     * @param ratio loss of the chosen answers' reward that is too much, as a share of what the margin gained, {@code > 0}
     * @param fall fall of their log-probability that matters, as a share of its size at the start, {@code > 0}; twice as much
     *     where no reward is logged
     * @param errors standard errors that either must exceed, {@code > 0}
     * @param rows rows of the means, that of the start included, {@code >= 3}
     * @param hotRows rows in a row for which it has to show, {@code >= 1}
     */
    public record Config(double ratio, double fall, double errors, int rows, int hotRows) {
        public static final Config DEFAULT = new Config(0.35, 0.05, 3, 10, 3);

        public Config {
            Setting.check(ratio > 0, "likelihood_displacement", "ratio", "> 0", ratio);
            Setting.check(fall > 0, "likelihood_displacement", "fall", "> 0", fall);
            Setting.check(errors > 0, "likelihood_displacement", "errors", "> 0 standard errors", errors);
            Setting.check(rows >= 3, "likelihood_displacement", "rows", ">= 3 rows", rows);
            Setting.check(hotRows >= 1, "likelihood_displacement", "hotRows", ">= 1 row", hotRows);
        }
    }

    /** A series, where it began and where it is. */
    private static final class Course implements State {
        private final RunningMean now = new RunningMean();
        private final BatchNoise noise = new BatchNoise();
        private double start;

        void add(double value, int rows) {
            // Beyond 1e100 the run has other troubles, and sums are no numbers.
            if (!(Math.abs(value) < 1e100)) {
                return;
            }
            now.add(value, rows);
            noise.add(value, 6.0 * rows);
            if (now.count() <= rows) {
                start = now.mean();
            }
        }

        boolean known(int rows) {
            return now.count() >= 2L * rows;
        }

        /** How far it is below its start, negative if above. */
        double lost() {
            return start - now.mean();
        }

        /** Standard error of that. */
        double error(int rows) {
            return noise.deviation() * Math.sqrt(2.0 / rows);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            now.persist(archive);
            noise.persist(archive);
            start = archive.real(start);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final Course reward = new Course();
        private final Course margin = new Course();
        private final Course chosen = new Course();
        private final Course gap = new Course();
        private long onset;
        private int hot;

        @Override
        public void persist(Archive archive) throws IOException {
            reward.persist(archive);
            margin.persist(archive);
            chosen.persist(archive);
            gap.persist(archive);
            onset = archive.whole(onset);
            hot = archive.count(hot);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (!row.has(Signal.REWARDS_CHOSEN) && !row.has(Signal.LOGPS_CHOSEN)) {
            return;
        }
        double reward = row.value(Signal.REWARDS_CHOSEN);
        double chosen = row.value(Signal.LOGPS_CHOSEN);
        memory.reward.add(reward, config.rows);
        memory.chosen.add(chosen, config.rows);
        memory.gap.add(chosen - row.value(Signal.LOGPS_REJECTED), config.rows);
        memory.margin.add(
                row.has(Signal.REWARDS_MARGIN)
                        ? row.value(Signal.REWARDS_MARGIN)
                        : reward - row.value(Signal.REWARDS_REJECTED),
                config.rows);
        boolean shows = memory.reward.known(config.rows) ? byReward(memory) : byLikelihood(memory);
        if (!shows) {
            memory.hot = 0;
            return;
        }
        if (memory.hot == 0) {
            memory.onset = row.step();
        }
        memory.hot = Math.min(memory.hot + 1, config.hotRows);
        if (memory.hot == config.hotRows) {
            out.add(finding(memory));
        } else {
            out.suspect();
        }
    }

    /** A reward is measured against the reference on the same answers, so it is free of the batch's own difficulty. */
    private boolean byReward(Memory memory) {
        double lost = memory.reward.lost();
        boolean told = memory.chosen.known(config.rows);
        boolean much = told ? memory.chosen.lost() > config.fall * Math.abs(memory.chosen.start) : lost > REWARD;
        return much
                && lost > config.errors * memory.reward.error(config.rows)
                && lost > config.ratio * Math.max(0, -memory.margin.lost());
    }

    /** Batches differ by more than 5 % in how likely their answers are, and all answers alike may become less likely. */
    private boolean byLikelihood(Memory memory) {
        double lost = memory.chosen.lost();
        boolean apart = !memory.gap.known(config.rows) || memory.gap.lost() < 0;
        return memory.chosen.known(config.rows)
                && apart
                && lost > 2 * config.fall * Math.abs(memory.chosen.start)
                && lost > config.errors * memory.chosen.error(config.rows);
    }

    private Finding finding(Memory memory) {
        boolean likelihoods = memory.chosen.known(config.rows);
        Course course = likelihoods ? memory.chosen : memory.reward;
        double limit = likelihoods
                ? course.start - (memory.reward.known(config.rows) ? 1 : 2) * config.fall * Math.abs(course.start)
                : course.start - REWARD;
        Signal signal = likelihoods ? Signal.LOGPS_CHOSEN : Signal.REWARDS_CHOSEN;
        Sentence gained = memory.margin.known(config.rows)
                ? Sentence.of(" while the margin gained %.3g", -memory.margin.lost())
                : Sentence.NONE;
        return new Finding(
                signal,
                signal.key(),
                Severity.WARNING,
                memory.onset,
                course.now.mean(),
                limit,
                likelihoods ? "nat" : "1",
                null,
                Sentence.of(
                        "The chosen answers become less likely: their %s fell from %.4g to %.4g%s",
                        likelihoods ? "log-probability" : "reward", course.start, course.now.mean(), gained));
    }
}
