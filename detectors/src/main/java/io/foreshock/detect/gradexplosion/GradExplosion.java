package io.foreshock.detect.gradexplosion;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.LossAndGradient;
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

/** Gradient norm grows without return: method and limits are described with the package. */
public final class GradExplosion implements Detector<GradExplosion.Memory> {
    public static final Signature SIGNATURE = Signature.named("grad_explosion", "Gradient norm explodes")
            .needs(Signal.GRAD_NORM)
            .helpedBy(Signal.LOSS, Signal.LR)
            .calmAfter(12)
            .advice(
                    "Stop and resume from a checkpoint before the onset, at half the learning rate or with a longer warm-up",
                    "Clip the gradient norm; if it is clipped already, the direction is noise: do not just go on",
                    "Look for the layer that grows first: normalisation, initialisation, the output logits")
            .detectedBy(Config.DEFAULT, GradExplosion::new);

    /** Rows whose median shows lasting growth. */
    private static final int SLOW = 50;

    private final Config config;

    public GradExplosion(Config config) {
        this.config = config;
    }

    /**
     * @param atOnce norm over its course that is an explosion by itself, a ratio, {@code > 1}
     * @param grown median norm over the lowest there was that is one while the loss is worse, a ratio, 1 to
     *     {@code atOnce}
     * @param lossShare rise of the median loss over its best that counts as worse, as a share of it, {@code > 0}
     */
    public record Config(double atOnce, double grown, double lossShare) {
        public static final Config DEFAULT = new Config(1_000, 8, 0.03);

        public Config {
            Setting.check(atOnce > 1, "grad_explosion", "atOnce", "> 1", atOnce);
            Setting.check(
                    grown > 1 && grown <= atOnce,
                    "grad_explosion",
                    "grown",
                    "> 1 and <= atOnce (" + atOnce + ")",
                    grown);
            Setting.check(lossShare > 0, "grad_explosion", "lossShare", "> 0", lossShare);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private final MedianWindow norms = new MedianWindow(SLOW);
        private final MedianWindow losses = new MedianWindow(SLOW);
        private double lowest = Double.POSITIVE_INFINITY;
        private long lowestStep;
        private double bestLoss = Double.POSITIVE_INFINITY;
        private int grownRows;

        @Override
        public void persist(Archive archive) throws IOException {
            norms.persist(archive);
            losses.persist(archive);
            lowest = archive.real(lowest);
            lowestStep = archive.whole(lowestStep);
            bestLoss = archive.real(bestLoss);
            grownRows = archive.count(grownRows);
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
        if (seen.changed()) {
            memory.losses.clear();
            memory.bestLoss = Double.POSITIVE_INFINITY;
        }
        double loss = row.value(Signal.LOSS);
        if (Double.isFinite(loss)) {
            memory.losses.add(loss);
            if (memory.losses.size() == SLOW) {
                memory.bestLoss = Math.min(memory.bestLoss, memory.losses.median());
            }
        }
        double norm = row.value(Signal.GRAD_NORM);
        if (norm > 0 && norm < Double.POSITIVE_INFINITY) {
            memory.norms.add(Math.log(norm));
            if (memory.norms.size() == SLOW && memory.norms.median() < memory.lowest) {
                memory.lowest = memory.norms.median();
                memory.lowestStep = row.step();
            }
        }
        if (seen.gradientJudged()) {
            judge(memory, seen, row, out);
        }
    }

    private void judge(Memory memory, LossAndGradient seen, Row row, Findings out) {
        double norm = row.value(Signal.GRAD_NORM);
        if (seen.logRatio() > Math.log(config.atOnce)) {
            Sentence summary =
                    Sentence.of("Gradient norm explodes: %.4g against a course of %.4g", norm, seen.gradientLevel());
            tell(Severity.CRITICAL, row.step(), norm, seen.gradientLevel() * config.atOnce, summary, out);
        } else if (hasGrown(memory, seen)) {
            Sentence summary = Sentence.of(
                    "Gradient norm has grown %.3g times since step %,d (median of %d rows %.4g) and the loss is worse than"
                            + " it was",
                    Math.exp(memory.norms.median() - memory.lowest),
                    memory.lowestStep,
                    SLOW,
                    Math.exp(memory.norms.median()));
            double threshold = Math.exp(memory.lowest) * config.grown;
            tell(Severity.WARNING, memory.lowestStep, Math.exp(memory.norms.median()), threshold, summary, out);
            memory.grownRows++;
            if (memory.grownRows >= LossAndGradient.HOLD) {
                // Told for long enough: from here on this is the level that must not grow.
                memory.lowest = memory.norms.median();
                memory.lowestStep = row.step();
                memory.grownRows = 0;
            }
        } else {
            memory.grownRows = 0;
        }
    }

    private boolean hasGrown(Memory memory, LossAndGradient seen) {
        if (memory.norms.size() < SLOW || memory.losses.size() < SLOW) {
            return false;
        }
        double size = Math.max(Math.abs(memory.bestLoss), 0.001 * seen.first());
        return memory.norms.median() > memory.lowest + Math.log(config.grown)
                && memory.losses.median() > memory.bestLoss + config.lossShare * size;
    }

    private static void tell(
            Severity severity, long onset, double value, double threshold, Sentence summary, Findings out) {
        out.add(new Finding(
                Signal.GRAD_NORM, Signal.GRAD_NORM.key(), severity, onset, value, threshold, "1", null, summary));
    }
}
