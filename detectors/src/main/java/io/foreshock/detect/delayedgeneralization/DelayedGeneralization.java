package io.foreshock.detect.delayedgeneralization;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.overfitting.EvalCourse;
import io.foreshock.detect.overfitting.Overfitting;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.MeanWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** Evaluation catches up long after training was learned: method and limits are described with the package. */
public final class DelayedGeneralization implements Detector<DelayedGeneralization.Memory> {
    public static final Signature SIGNATURE = Signature.named(
                    "delayed_generalization", "Evaluation catches up long after training was learned")
            .needsOneOf(Signal.EVAL_LOSS, Signal.EVAL_ACC)
            .helpedBy(Signal.LOSS, Signal.TRAIN_ACC)
            .calmAfter(12)
            .reference("arXiv:2201.02177")
            .advice(
                    "Nothing needs to be done: let it run, and keep the checkpoints of the end",
                    "To have it sooner: more weight decay, more data, a lower rate on the output layer (arXiv:2205.10343)")
            .detectedBy(Config.DEFAULT, DelayedGeneralization::new);

    /** Rows over which the training accuracy is averaged. */
    private static final int ROWS = 8;

    private final Config config;

    public DelayedGeneralization(Config config) {
        this.config = config;
    }

    /**
     * @param learned training accuracy from which on training counts as learned, 0 to 1
     * @param memorised the same for the training loss where no accuracy is logged, as a share of the first, 0 to 1
     * @param lags evaluation accuracy below which evaluation lags behind, as a share of the training accuracy, 0 to 1; a
     *     held-out loss lags above this share of its first
     * @param followed share of its way to go that evaluation must have made to have followed, 0 to 1
     */
    public record Config(double learned, double memorised, double lags, double followed) {
        public static final Config DEFAULT = new Config(0.95, 0.05, 0.5, 0.5);

        public Config {
            share(learned, "learned");
            share(memorised, "memorised");
            share(lags, "lags");
            share(followed, "followed");
        }

        private static void share(double value, String key) {
            Setting.check(value > 0 && value < 1, "delayed_generalization", key, "between 0 and 1", value);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final EvalCourse course = new EvalCourse();
        private final MeanWindow trainAccuracy = new MeanWindow(ROWS);
        private long firstStep;
        private long evaluations;
        /** What the held-out loss overfitted from; NaN while it did not. */
        private double left = Double.NaN;

        private long onset;
        private boolean lagging;
        private long learnedStep;
        private long learnedAt;
        private double accuracyThen;
        private double lossThen;
        private boolean returned;
        private double lowest = Double.POSITIVE_INFINITY;
        private double highest = Double.NEGATIVE_INFINITY;

        @Override
        public void persist(Archive archive) throws IOException {
            course.persist(archive);
            trainAccuracy.persist(archive);
            firstStep = archive.whole(firstStep);
            evaluations = archive.whole(evaluations);
            left = archive.real(left);
            onset = archive.whole(onset);
            lagging = archive.flag(lagging);
            learnedStep = archive.whole(learnedStep);
            learnedAt = archive.whole(learnedAt);
            accuracyThen = archive.real(accuracyThen);
            lossThen = archive.real(lossThen);
            returned = archive.flag(returned);
            lowest = archive.real(lowest);
            highest = archive.real(highest);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public boolean evaluable(Memory memory) {
        return memory.course.evaluable() || memory.trainAccuracy.full();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (run.policy() || run.preference()) {
            return;
        }
        if (run.rows() == 1) {
            memory.firstStep = row.step();
        }
        if (Double.isFinite(row.value(Signal.TRAIN_ACC))) {
            memory.trainAccuracy.add(row.value(Signal.TRAIN_ACC));
        }
        boolean loss = memory.course.observe(row, Overfitting.Config.DEFAULT);
        double accuracy = row.value(Signal.EVAL_ACC);
        if (!loss && !Double.isFinite(accuracy)) {
            return;
        }
        memory.evaluations++;
        boolean caughtUp = loss && overcame(memory);
        if (learned(memory) && lags(memory, accuracy) && !memory.lagging) {
            memory.lagging = true;
            memory.learnedStep = row.step();
            memory.learnedAt = memory.evaluations;
            memory.accuracyThen = accuracy;
            memory.lossThen = memory.course.last();
        } else if (memory.lagging && followed(memory, accuracy, loss)) {
            memory.lagging = false;
            if (late(memory, row.step())) {
                caughtUp = true;
                memory.onset = memory.learnedStep;
            }
        }
        memory.returned |= caughtUp;
        boolean record = caughtUp
                || (loss && memory.course.last() < memory.lowest)
                || (Double.isFinite(accuracy) && accuracy > memory.highest);
        memory.lowest = loss ? Math.min(memory.lowest, memory.course.last()) : memory.lowest;
        memory.highest = Double.isFinite(accuracy) ? Math.max(memory.highest, accuracy) : memory.highest;
        if (memory.returned && record) {
            out.add(finding(memory, accuracy));
        } else if (memory.lagging) {
            out.suspect();
        }
    }

    /** The held-out loss had overfitted, and is back where it had left. */
    private boolean overcame(Memory memory) {
        EvalCourse course = memory.course;
        if (course.overfits()) {
            memory.left = course.best();
            memory.onset = course.onset();
        } else if (course.now() <= memory.left) {
            memory.left = Double.NaN;
            return true;
        }
        return false;
    }

    private boolean learned(Memory memory) {
        return memory.trainAccuracy.full()
                ? memory.trainAccuracy.mean() >= config.learned
                : memory.course.evaluable()
                        && memory.course.trainNow() <= config.memorised * memory.course.trainFirst();
    }

    private boolean lags(Memory memory, double accuracy) {
        if (Double.isFinite(accuracy) && memory.trainAccuracy.full()) {
            return accuracy <= config.lags * memory.trainAccuracy.mean();
        }
        return memory.course.evaluable()
                && memory.course.first() > 0
                && memory.course.last() >= config.lags * memory.course.first();
    }

    private boolean followed(Memory memory, double accuracy, boolean loss) {
        return Double.isFinite(memory.accuracyThen)
                ? accuracy - memory.accuracyThen >= config.followed * (1 - memory.accuracyThen)
                : loss && memory.course.now() <= (1 - config.followed) * memory.lossThen;
    }

    /** The wait was as long as the learning, and no matter of one or two evaluations. */
    private static boolean late(Memory memory, long step) {
        return memory.evaluations - memory.learnedAt >= EvalCourse.RECENT
                && step - memory.learnedStep >= memory.learnedStep - memory.firstStep;
    }

    private Finding finding(Memory memory, double accuracy) {
        boolean byAccuracy = Double.isFinite(accuracy);
        double value = byAccuracy ? accuracy : memory.course.last();
        return new Finding(
                byAccuracy ? Signal.EVAL_ACC : Signal.EVAL_LOSS,
                byAccuracy ? Signal.EVAL_ACC.key() : Signal.EVAL_LOSS.key(),
                Severity.INFO,
                memory.onset,
                value,
                value,
                byAccuracy ? "1" : "nat",
                null,
                Sentence.of(
                        "Evaluation catches up: %s is at %.4g and improves, long after training was learned (evaluation lagged"
                                + " from step %,d on)",
                        byAccuracy ? "its accuracy" : "its loss", value, memory.onset));
    }
}
