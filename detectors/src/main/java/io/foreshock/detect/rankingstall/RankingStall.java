package io.foreshock.detect.rankingstall;

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

/** Preference accuracy stays near chance, or falls back: method and limits are described with the package. */
public final class RankingStall implements Detector<RankingStall.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "ranking_stall", "Preference accuracy stays near chance or falls back")
            .needs(Signal.REWARDS_ACCURACY)
            .helpedBy(Signal.LR)
            .calmAfter(250)
            .reference("arXiv:2405.19534")
            .advice(
                    "Look at the pairs: swapped or random labels, answers that hardly differ, a wrong chat template",
                    "Raise the rate or train longer if the margin has not moved at all; fit the reference to the data first",
                    "After a fall: return to the checkpoint before it, lower the rate")
            .detectedBy(Config.DEFAULT, RankingStall::new);

    /** Standard errors by which what is true may differ from a mean. */
    private static final double ERRORS = 2;

    /** The same for a fall from the best: the best of many means is a lucky one. */
    private static final double FALL_ERRORS = 5;

    private final Config config;

    public RankingStall(Config config) {
        this.config = config;
    }

    /**
     * @param nearChance accuracy that a run must reach, 0.5 to 1
     * @param fallen fall of the accuracy from its best that is a stall as well, 0 to 1
     * @param rows rows of the mean, and rows that a run has to reach it once its rate no longer rises, {@code >= 30}; half as
     *     many more where the rate is not logged
     */
    public record Config(double nearChance, double fallen, int rows) {
        public static final Config DEFAULT = new Config(0.58, 0.2, 200);

        public Config {
            Setting.check(
                    nearChance > 0.5 && nearChance < 1, "ranking_stall", "nearChance", "between 0.5 and 1", nearChance);
            Setting.check(fallen > 0 && fallen < 1, "ranking_stall", "fallen", "between 0 and 1", fallen);
            Setting.check(rows >= 30, "ranking_stall", "rows", ">= 30 rows", rows);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final RunningMean slow = new RunningMean();
        private final RunningMean fast = new RunningMean();
        private final BatchNoise noise = new BatchNoise();
        private double highestRate;
        private boolean rated;
        /** Rows since the rate last rose. */
        private long settled;

        private double best;
        private long bestStep;
        private long firstStep;
        private boolean begun;

        @Override
        public void persist(Archive archive) throws IOException {
            slow.persist(archive);
            fast.persist(archive);
            noise.persist(archive);
            highestRate = archive.real(highestRate);
            rated = archive.flag(rated);
            settled = archive.whole(settled);
            best = archive.real(best);
            bestStep = archive.whole(bestStep);
            firstStep = archive.whole(firstStep);
            begun = archive.flag(begun);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    /** Before the rate has come to rest, accuracy near chance is what is to be expected. */
    @Override
    public boolean evaluable(Memory memory) {
        return memory.settled >= rows(memory);
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double rate = row.value(Signal.LR);
        if (rate > memory.highestRate) {
            // A schedule that creeps up by a thousandth has arrived.
            memory.settled = rate > 1.001 * memory.highestRate ? 0 : memory.settled;
            memory.highestRate = rate;
            memory.rated = true;
        }
        double accuracy = row.value(Signal.REWARDS_ACCURACY);
        if (!(accuracy >= 0 && accuracy <= 1)) {
            return;
        }
        if (!memory.begun) {
            // Before the first update all margins are 0, and none of them is positive.
            memory.begun = true;
            memory.firstStep = row.step();
            return;
        }
        memory.settled++;
        memory.noise.add(accuracy, config.rows);
        memory.slow.add(accuracy, config.rows);
        memory.fast.add(accuracy, config.rows / 5.0);
        if (memory.fast.count() >= config.rows / 5 && memory.fast.mean() > memory.best) {
            memory.best = memory.fast.mean();
            memory.bestStep = row.step();
        }
        if (fell(memory)) {
            out.add(finding(memory, memory.bestStep, memory.fast.mean(), memory.best - config.fallen));
        } else if (memory.settled >= rows(memory) && stays(memory)) {
            out.add(finding(memory, memory.firstStep, memory.slow.mean(), config.nearChance));
        }
    }

    private int rows(Memory memory) {
        return memory.rated ? config.rows : config.rows + config.rows / 2;
    }

    /** Even if the mean was unlucky, it is near chance; and it is not on its way up. */
    private boolean stays(Memory memory) {
        double unlucky = ERRORS * memory.noise.deviation() / Math.sqrt(config.rows);
        double rise = memory.fast.mean() - memory.slow.mean();
        return memory.slow.mean() + unlucky < config.nearChance && rise < error(memory);
    }

    private boolean fell(Memory memory) {
        double fall = memory.best - memory.fast.mean();
        return fall > config.fallen && fall > FALL_ERRORS * error(memory);
    }

    /** Standard error of the fast mean. */
    private double error(Memory memory) {
        return memory.noise.deviation() / Math.sqrt(config.rows / 5.0);
    }

    private static Finding finding(Memory memory, long onset, double value, double threshold) {
        return new Finding(
                Signal.REWARDS_ACCURACY,
                Signal.REWARDS_ACCURACY.key(),
                Severity.WARNING,
                onset,
                value,
                threshold,
                "1",
                null,
                Sentence.of(
                        "Preference accuracy is %.2f, its best mean was %.2f: chosen answers are %s preferred to rejected ones",
                        value, memory.best, value < threshold && memory.best - value > 0.1 ? "no longer" : "hardly"));
    }
}
