package io.foreshock.detect.gradnormspike;

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
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** Gradient norm far above its recent course: method and limits are described with the package. */
public final class GradNormSpike implements Detector<GradNormSpike.Memory> {
    public static final Signature SIGNATURE = Signature.named("grad_norm_spike", "Gradient norm spike")
            .needs(Signal.GRAD_NORM)
            .helpedBy(Signal.LOSS, Signal.LR)
            .calmAfter(12)
            .advice(
                    "Clip the gradient norm at a few times its course; look whether the loss follows within ten rows",
                    "Keep the batches of these steps: spikes that recur on the same data are a matter of data",
                    "Skip the update of such a step (OLMo, ZClip), or lower beta2 so that Adam forgets it sooner")
            .detectedBy(Config.DEFAULT, GradNormSpike::new);

    /** Under this share of the first loss a task is solved. */
    private static final double SOLVED = 0.02;

    /** Under this share of the norm it learned with, a solved task's gradient moves nothing. */
    private static final double IDLE = 0.05;

    private final Config config;

    public GradNormSpike(Config config) {
        this.config = config;
    }

    /**
     * @param sigmas how far the logarithm of the norm must be above its course, in standard deviations of its own
     *     noise, {@code > 0}
     * @param alone norm over its course that alarms by itself, a ratio, {@code > 1}
     * @param withLoss norm over its course that alarms when the loss is raised too, a ratio, 1 to {@code alone}
     * @param lossSigmas how far the loss must be above its course to count as raised, in standard deviations of its
     *     noise, {@code > 0}
     * @param lossExcess the same as a share of its level, {@code > 0}
     */
    public record Config(double sigmas, double alone, double withLoss, double lossSigmas, double lossExcess) {
        public static final Config DEFAULT = new Config(4.5, 8, 2.5, 4, 0.2);

        public Config {
            Setting.check(sigmas > 0, "grad_norm_spike", "sigmas", "> 0 standard deviations", sigmas);
            Setting.check(alone > 1, "grad_norm_spike", "alone", "> 1", alone);
            Setting.check(
                    withLoss > 1 && withLoss <= alone,
                    "grad_norm_spike",
                    "withLoss",
                    "> 1 and <= alone (" + alone + ")",
                    withLoss);
            Setting.check(lossSigmas > 0, "grad_norm_spike", "lossSigmas", "> 0 standard deviations", lossSigmas);
            Setting.check(lossExcess > 0, "grad_norm_spike", "lossExcess", "> 0", lossExcess);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private boolean lossRaised;
        private boolean solved;
        private double early;
        private double lastLoss;
        private double lastNorm;
        private int growing;
        private boolean high;
        private long onset;

        @Override
        public void persist(Archive archive) throws IOException {
            lossRaised = archive.flag(lossRaised);
            solved = archive.flag(solved);
            early = archive.real(early);
            lastLoss = archive.real(lastLoss);
            lastNorm = archive.real(lastNorm);
            growing = archive.count(growing);
            high = archive.flag(high);
            onset = archive.whole(onset);
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
        observeGrowth(memory, row.value(Signal.LOSS), row.value(Signal.GRAD_NORM));
        if (seen.judged()) {
            memory.solved = Math.abs(row.value(Signal.LOSS)) < SOLVED * seen.first();
            // A level that has been held for long says little about a rise now.
            memory.lossRaised = seen.sigmas() > seen.significant(config.lossSigmas)
                    && seen.excess() > seen.matters(config.lossExcess)
                    && seen.departed() <= LossAndGradient.MEMORY;
        }
        if (seen.gradientJudged()) {
            memory.early = memory.early == 0 ? seen.gradientLevel() : memory.early;
            judge(memory, seen, row, out);
        }
    }

    private static void observeGrowth(Memory memory, double loss, double norm) {
        memory.growing = loss > memory.lastLoss && norm > memory.lastNorm ? memory.growing + 1 : 0;
        memory.lastLoss = loss;
        memory.lastNorm = norm;
    }

    /** True if loss and norm, row by row, leave for good: on a solved task one hard batch lifts both, but only once. */
    private boolean takesOff(Memory memory, LossAndGradient seen) {
        return memory.growing >= LossAndGradient.MORE_THAN_A_BATCH
                && seen.judged()
                && seen.above(config.lossSigmas, config.lossExcess);
    }

    private void judge(Memory memory, LossAndGradient seen, Row row, Findings out) {
        double noise = seen.significant(config.sigmas) * seen.logScale();
        boolean high = seen.logRatio() > Math.max(noise, Math.log(config.withLoss));
        if (!high) {
            memory.high = false;
            return;
        }
        if (!memory.high) {
            memory.high = true;
            memory.onset = row.step();
        }
        boolean takesOff = memory.solved && takesOff(memory, seen);
        boolean withLoss = memory.lossRaised || takesOff;
        double needed = Math.max(
                noise, Math.log(withLoss ? config.withLoss : Math.max(config.withLoss, seen.matters(config.alone))));
        boolean idle = memory.solved && row.value(Signal.GRAD_NORM) < IDLE * memory.early && !takesOff;
        boolean alarming = seen.logRatio() > needed && !idle;
        out.add(new Finding(
                Signal.GRAD_NORM,
                Signal.GRAD_NORM.key(),
                alarming ? Severity.WARNING : Severity.INFO,
                memory.onset,
                row.value(Signal.GRAD_NORM),
                seen.gradientLevel() * Math.exp(needed),
                "1",
                null,
                Sentence.of(
                        "Gradient norm is %.3g times its recent course (%.4g against %.4g) since step %,d%s",
                        Math.exp(seen.logRatio()),
                        row.value(Signal.GRAD_NORM),
                        seen.gradientLevel(),
                        memory.onset,
                        withLoss ? " and the loss is raised too" : "; the loss is not raised")));
    }
}
