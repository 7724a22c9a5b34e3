package io.foreshock.detect.lossdivergence;

import io.foreshock.detect.Changes.Kind;
import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.LossAndGradient;
import io.foreshock.detect.LossAndGradient.End;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.MeanWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** Loss leaves its course for good: method and limits are described with the package. */
public final class LossDivergence implements Detector<LossDivergence.Memory> {
    public static final Signature SIGNATURE = Signature.named("loss_divergence", "Loss diverges")
            .needs(Signal.LOSS)
            .helpedBy(Signal.GRAD_NORM, Signal.LR)
            .calmAfter(12)
            .reference("arXiv:2309.14322")
            .advice(
                    "Stop and resume from a checkpoint before the onset, at half the learning rate",
                    "See what came first: attention logits, output logits, gradient norm, a change of rate or data",
                    "After a resume: check that optimizer state, schedule and data position were restored")
            .detectedBy(Config.DEFAULT, LossDivergence::new);

    /** Rows of the mean that shows a slow rise. */
    private static final int SLOW = 40;

    /** Rows of the mean that says where the loss is now. */
    private static final int FAST = 12;

    private final Config config;

    public LossDivergence(Config config) {
        this.config = config;
    }

    /**
     * @param running loss over its course at which a loss that still rises runs away, a ratio, {@code > 1}
     * @param stayed excess at which a loss that does not come back is lost, as a share of its level, {@code > 0}
     * @param share rise of the mean loss over its best that matters, as a share of it, {@code > 0}
     * @param errors the same in standard errors of that mean, {@code > 0}
     * @param persist rows for which a departure or a rise must last, {@code >= 1}, less than the 96 after which any
     *     level is accepted
     */
    public record Config(double running, double stayed, double share, double errors, int persist) {
        public static final Config DEFAULT = new Config(5, 0.2, 0.03, 6, 32);

        public Config {
            Setting.check(running > 1, "loss_divergence", "running", "> 1", running);
            Setting.check(stayed > 0, "loss_divergence", "stayed", "> 0", stayed);
            Setting.check(share > 0, "loss_divergence", "share", "> 0", share);
            Setting.check(errors > 0, "loss_divergence", "errors", "> 0 standard errors", errors);
            Setting.check(
                    persist >= 1 && persist < LossAndGradient.HOLD,
                    "loss_divergence",
                    "persist",
                    "1 to " + (LossAndGradient.HOLD - 1) + " rows",
                    persist);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private final MeanWindow slow = new MeanWindow(SLOW);
        private final MeanWindow fast = new MeanWindow(FAST);
        private double last;
        private double best;
        private long bestStep;
        private boolean hasBest;
        private int above;
        private double crest;
        private long startRows;
        private double startCrest;
        private long afterStartStep;
        private boolean learned;

        /** What follows has another best. */
        private void forgetBest() {
            slow.clear();
            fast.clear();
            hasBest = false;
            above = 0;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            slow.persist(archive);
            fast.persist(archive);
            last = archive.real(last);
            best = archive.real(best);
            bestStep = archive.whole(bestStep);
            hasBest = archive.flag(hasBest);
            above = archive.count(above);
            crest = archive.real(crest);
            startRows = archive.whole(startRows);
            startCrest = archive.real(startCrest);
            afterStartStep = archive.whole(afterStartStep);
            learned = archive.flag(learned);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (run.policy() || run.preference()) {
            return;
        }
        LossAndGradient seen = run.lossAndGradient(row);
        if (seen.changed() || run.changes().now(Kind.DATA)) {
            memory.forgetBest();
        }
        double loss = row.value(Signal.LOSS);
        if (!Double.isFinite(loss)) {
            return;
        }
        boolean rising = loss > memory.last;
        memory.last = loss;
        memory.slow.add(loss);
        memory.fast.add(loss);
        observeStart(memory, loss, row.step());
        if (seen.judged()) {
            observeMean(memory, seen, row.step());
            judge(memory, seen, loss, rising, out);
            if (seen.end() == End.ACCEPTED) {
                memory.forgetBest();
            }
        }
    }

    private void observeStart(Memory memory, double loss, long step) {
        if (memory.startRows++ < LossAndGradient.WARM_UP) {
            memory.startCrest = memory.startRows == 1 ? loss : Math.max(memory.startCrest, loss);
        } else if (loss <= memory.startCrest) {
            memory.learned = true;
        } else if (memory.startRows == LossAndGradient.WARM_UP + 1) {
            memory.afterStartStep = step;
        }
    }

    private void observeMean(Memory memory, LossAndGradient seen, long step) {
        if (!memory.slow.full()) {
            return;
        }
        double mean = memory.slow.mean();
        if (!memory.hasBest || mean < memory.best) {
            memory.best = mean;
            memory.bestStep = step;
            memory.hasBest = true;
        }
        double limit = limit(memory, seen);
        if (mean <= limit || memory.fast.mean() <= limit) {
            memory.above = 0;
        } else {
            memory.crest = memory.above == 0 ? mean : Math.max(memory.crest, mean);
            memory.above++;
        }
    }

    private static double error(LossAndGradient seen) {
        return seen.scale() / Math.sqrt(SLOW);
    }

    private double limit(Memory memory, LossAndGradient seen) {
        double size = Math.max(Math.abs(memory.best), 0.001 * seen.first());
        return memory.best + Math.max(config.share * size, config.errors * error(seen));
    }

    private void judge(Memory memory, LossAndGradient seen, double loss, boolean rising, Findings out) {
        double mean = memory.fast.mean();
        if (rising && seen.streak() >= 2 && seen.excess() > config.running - 1) {
            Sentence summary = Sentence.of(
                    "Loss runs away: %.4g and rising, against a course of %.4g before step %,d",
                    loss, seen.level(), seen.onset());
            double threshold = seen.level() + (config.running - 1) * seen.base();
            tell(Severity.CRITICAL, seen.onset(), loss, threshold, summary, out);
        } else if (seen.departed() >= config.persist
                && seen.reason()
                && mean - seen.level() > config.stayed * seen.base()) {
            Sentence summary = Sentence.of(
                    "Loss left its course at step %,d and has not come back for %d rows (mean %.4g against %.4g)",
                    seen.onset(), seen.departed(), mean, seen.level());
            double threshold = seen.level() + config.stayed * seen.base();
            tell(Severity.CRITICAL, seen.onset(), mean, threshold, summary, out);
        } else if (memory.above >= config.persist && memory.slow.mean() >= memory.crest - error(seen)) {
            Sentence summary = Sentence.of(
                    "Loss has been rising since step %,d: mean of the last %d rows %.4g, at best it was %.4g",
                    memory.bestStep, SLOW, memory.slow.mean(), memory.best);
            tell(Severity.WARNING, memory.bestStep, memory.slow.mean(), limit(memory, seen), summary, out);
        } else if (!memory.learned && memory.startRows >= LossAndGradient.WARM_UP + LossAndGradient.HOLD) {
            Sentence summary = Sentence.of(
                    "Loss has only been worse than at the start: above the highest of the first %d rows (%.4g) since step %,d",
                    LossAndGradient.WARM_UP, memory.startCrest, memory.afterStartStep);
            tell(Severity.WARNING, memory.afterStartStep, mean, memory.startCrest, summary, out);
        } else if (memory.above > 0 || seen.departed() > 0) {
            out.suspect();
        }
    }

    private static void tell(
            Severity severity, long onset, double value, double threshold, Sentence summary, Findings out) {
        out.add(new Finding(Signal.LOSS, Signal.LOSS.key(), severity, onset, value, threshold, "nat", null, summary));
    }
}
