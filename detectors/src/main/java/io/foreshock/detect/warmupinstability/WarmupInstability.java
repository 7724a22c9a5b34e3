package io.foreshock.detect.warmupinstability;

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
import io.foreshock.statistics.MedianWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** Trouble at full rate while the optimizer's second moment is still unsure: method and limits with the package. */
public final class WarmupInstability implements Detector<WarmupInstability.Memory> {
    public static final Signature SIGNATURE = Signature.named("warmup_instability", "Instability for want of a warm-up")
            .needs(Signal.LR)
            .needsOneOf(Signal.LOSS, Signal.GRAD_NORM)
            .calmAfter(12)
            .reference("arXiv:1908.03265")
            .advice(
                    "Warm the learning rate up over 2/(1-beta2) steps: 2,000 at beta2 0.999, 40 at 0.95",
                    "Or lower the rate or beta2, clip the gradient norm, normalise queries and keys",
                    "Start again: what the first steps at full rate did to the weights does not heal by itself")
            .detectedBy(Config.DEFAULT, WarmupInstability::new);

    /** Values of which the median is taken, and which show the trouble together. */
    private static final int NEAR = 6;

    /** A rate above this share of its peak at the first row has not been warmed up. */
    private static final double FULL = 0.5;

    /** Below this share of its first value the loss has been learned well: the early variance has done no harm. */
    private static final double LEARNED = 0.5;

    /** A first step later than this was not seen from its beginning. */
    private static final long FIRST_STEP = 10;

    private final Config config;

    public WarmupInstability(Config config) {
        this.config = config;
    }

    /**
     * @param steps steps for which a second moment is unsure: 2/(1-beta2), {@code > 0}
     * @param loss how many times the lowest of its medians the loss must be, and above its first value, {@code > 1}
     * @param gradient how many times its first median the gradient norm must be, {@code > 1}
     */
    public record Config(int steps, double loss, double gradient) {
        public static final Config DEFAULT = new Config(2_000, 1.25, 8);

        public Config {
            Setting.check(steps > 0, "warmup_instability", "steps", "> 0 steps", steps);
            Setting.check(loss > 1, "warmup_instability", "loss", "> 1", loss);
            Setting.check(gradient > 1, "warmup_instability", "gradient", "> 1", gradient);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private final MedianWindow losses = new MedianWindow(NEAR);
        private final MedianWindow gradients = new MedianWindow(NEAR);
        private boolean seen;
        private boolean cold;
        private boolean over;
        private double firstRate;
        private double firstLoss;
        private double lowestLoss;
        private double firstGradient;
        private long onset = -1;

        private Memory() {}

        @Override
        public void persist(Archive archive) throws IOException {
            losses.persist(archive);
            gradients.persist(archive);
            seen = archive.flag(seen);
            cold = archive.flag(cold);
            over = archive.flag(over);
            firstRate = archive.real(firstRate);
            firstLoss = archive.real(firstLoss);
            lowestLoss = archive.real(lowestLoss);
            firstGradient = archive.real(firstGradient);
            onset = archive.whole(onset);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (memory.over || run.policy() || run.preference()) {
            return;
        }
        observeRate(memory, row);
        memory.over |= memory.seen && (row.step() > config.steps || row.resumed());
        if (memory.over || !memory.seen) {
            return;
        }
        double loss = observeLoss(memory, row.value(Signal.LOSS));
        double gradient = observeGradient(memory, row.value(Signal.GRAD_NORM));
        if (!memory.cold || Math.max(loss, gradient) <= 1) {
            memory.onset = -1;
            return;
        }
        memory.onset = memory.onset < 0 ? row.step() : memory.onset;
        out.add(loss > 1 ? lossFinding(memory) : gradientFinding(memory));
    }

    /** Cold: at full rate from the first row on, and never at a much higher one afterwards. */
    private static void observeRate(Memory memory, Row row) {
        double rate = row.value(Signal.LR);
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            return;
        }
        if (!memory.seen) {
            memory.seen = true;
            memory.firstRate = rate;
            memory.cold = rate > 0 && row.step() <= FIRST_STEP;
            memory.over = !memory.cold;
        }
        if (FULL * rate > memory.firstRate) {
            memory.over = true;
        }
    }

    /** How far the loss is out of course, over 1 where too far: the median of the last rows above the first loss and the lowest median. */
    private double observeLoss(Memory memory, double loss) {
        if (!Double.isFinite(loss)) {
            return 0;
        }
        if (memory.losses.size() == 0) {
            memory.firstLoss = loss;
            memory.lowestLoss = loss;
        }
        memory.losses.add(loss);
        if (memory.losses.size() < NEAR || !(memory.firstLoss > 0)) {
            return 0;
        }
        double median = memory.losses.median();
        memory.lowestLoss = Math.min(memory.lowestLoss, median);
        memory.over |= median < LEARNED * memory.firstLoss;
        double highest = Math.max(memory.firstLoss, config.loss * memory.lowestLoss);
        return highest > 0 ? median / highest : 0;
    }

    private double observeGradient(Memory memory, double gradient) {
        if (!(gradient > 0 && gradient < Double.POSITIVE_INFINITY)) {
            return 0;
        }
        memory.gradients.add(gradient);
        if (memory.gradients.size() < NEAR) {
            return 0;
        }
        double median = memory.gradients.median();
        if (memory.firstGradient == 0) {
            memory.firstGradient = median;
        }
        return median / (config.gradient * memory.firstGradient);
    }

    private Finding lossFinding(Memory memory) {
        double loss = memory.losses.median();
        return finding(
                memory,
                Signal.LOSS,
                loss,
                Math.max(memory.firstLoss, config.loss * memory.lowestLoss),
                "nat",
                Sentence.of("Loss is above its first value (%.4g against %.4g)", loss, memory.firstLoss));
    }

    private Finding gradientFinding(Memory memory) {
        double gradient = memory.gradients.median();
        return finding(
                memory,
                Signal.GRAD_NORM,
                gradient,
                config.gradient * memory.firstGradient,
                "1",
                Sentence.of("Gradient norm is %.3g times what it was at first", gradient / memory.firstGradient));
    }

    private static Finding finding(
            Memory memory, Signal signal, double value, double threshold, String unit, Sentence what) {
        return new Finding(
                signal,
                signal.key(),
                Severity.WARNING,
                memory.onset,
                value,
                threshold,
                unit,
                null,
                what.and(Sentence.of(
                        " since step %,d, at a learning rate of %.3g that was not warmed up",
                        memory.onset, memory.firstRate)));
    }
}
