package io.foreshock.detect.rankdivergence;

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
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** One rank's loss or gradient leaves the others': method and limits are described with the package. */
public final class RankDivergence implements Detector<RankDivergence.Memory> {
    public static final Signature SIGNATURE = Signature.named("rank_divergence", "One rank leaves the others")
            .needsOneOf(Signal.LOSS, Signal.GRAD_NORM)
            .needsOther("the field rank, with three ranks or more")
            .calmAfter(20)
            .advice(
                    "Take the rank's host out and resume from a checkpoint before the onset: its gradient is in everybody's weights",
                    "Compare a checksum of the weights over ranks: one that differs missed an update or was disturbed",
                    "If the weights agree, look at its data: a loader that stands still, a shard that is broken")
            .detectedBy(Config.DEFAULT, RankDivergence::new);

    private final Config config;

    public RankDivergence(Config config) {
        this.config = config;
    }

    /**
     * @param errors how far a rank's mean of 20 rows must be from the others, in standard errors, {@code > 0}
     * @param share how far it must be from them, as a share of their median, 0 to 1
     */
    public record Config(double errors, double share) {
        public static final Config DEFAULT = new Config(6, 0.03);

        public Config {
            Setting.check(errors > 0, "rank_divergence", "errors", "> 0 standard errors", errors);
            Setting.check(share >= 0 && share < 1, "rank_divergence", "share", "0 to 1", share);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private final Comparison losses;
        private final Comparison norms;
        private boolean compared;

        private Memory(Config config) {
            losses = new Comparison(Signal.LOSS, config);
            norms = new Comparison(Signal.GRAD_NORM, config);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            losses.persist(archive);
            norms.persist(archive);
            compared = archive.flag(compared);
        }
    }

    @Override
    public Memory start() {
        return new Memory(config);
    }

    /** Not before three ranks reported the same step. */
    @Override
    public boolean evaluable(Memory memory) {
        return memory.compared;
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (row.resumed()) {
            memory.losses.clear();
            memory.norms.clear();
        }
        if (!run.policy() && !run.preference()) {
            observe(memory, memory.losses, Signal.LOSS, row, out);
        }
        observe(memory, memory.norms, Signal.GRAD_NORM, row, out);
    }

    private void observe(Memory memory, Comparison comparison, Signal signal, Row row, Findings out) {
        if (!comparison.observe(row)) {
            return;
        }
        memory.compared = true;
        int worst = -1;
        int beyond = 0;
        for (int k = 0; k < comparison.count(); k++) {
            if (comparison.diverges(k)) {
                beyond++;
                worst = worst < 0 || distance(comparison, k) > distance(comparison, worst) ? k : worst;
            }
        }
        if (beyond > 0) {
            out.add(finding(comparison, signal, worst, beyond));
        }
    }

    private static double distance(Comparison comparison, int k) {
        return Math.abs(comparison.mean(k));
    }

    private static Finding finding(Comparison comparison, Signal signal, int worst, int beyond) {
        double mean = comparison.mean(worst);
        Sentence summary = Sentence.of(
                "%s of rank %d is %.3g times that of the others since step %,d (mean of %d rows, %d ranks)",
                signal == Signal.LOSS ? "Loss" : "Gradient norm",
                comparison.rank(worst),
                Math.exp(mean),
                comparison.since(worst),
                Comparison.RECENT,
                comparison.count());
        return new Finding(
                signal,
                signal.key() + "[rank " + comparison.rank(worst) + "]",
                beyond,
                Severity.WARNING,
                comparison.since(worst),
                Math.exp(Math.abs(mean)),
                Math.exp(comparison.limit()),
                "1",
                null,
                summary);
    }
}
