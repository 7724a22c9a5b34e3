package io.foreshock.detect.lossspike;

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
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Loss far above its own recent course: method and limits are described with the package. */
public final class LossSpike implements Detector<LossSpike.Memory> {
    public static final Signature SIGNATURE = Signature.named("loss_spike", "Loss spike")
            .needs(Signal.LOSS)
            .helpedBy(Signal.GRAD_NORM, Signal.LR)
            .calmAfter(12)
            .reference("arXiv:2110.04369")
            .advice(
                    "Wait some tens of rows: most spikes come back by themselves, the chart says whether this one does",
                    "If it does not, or if they recur: resume from a checkpoint before the onset and skip its batches",
                    "Lower the peak learning rate, warm up longer, clip the gradient norm, lower beta2")
            .detectedBy(Config.DEFAULT, LossSpike::new);

    /** Raised rows in a row that confirm an obvious spike. */
    private static final int CONFIRMED = 2;

    private final Config config;

    public LossSpike(Config config) {
        this.config = config;
    }

    /**
     * @param sigmas how far the loss must be above its course, in standard deviations of its own noise, {@code > 0}
     * @param excess how far it must be above it, as a share of its level, {@code > 0}
     * @param obvious excess that needs no gradient to be believed, as a share of the level, {@code > excess}; where no
     *     gradient norm is logged, the sum of the excesses that is believed
     */
    public record Config(double sigmas, double excess, double obvious) {
        public static final Config DEFAULT = new Config(LossAndGradient.SIGMAS, LossAndGradient.EXCESS, 1.2);

        public Config {
            Setting.check(sigmas > 0, "loss_spike", "sigmas", "> 0 standard deviations", sigmas);
            Setting.check(excess > 0, "loss_spike", "excess", "> 0", excess);
            Setting.check(obvious > excess, "loss_spike", "obvious", "> excess (" + excess + ")", obvious);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        /** Where its limits are not those that all share. */
        private final @Nullable LossAndGradient own;

        private boolean alarmed;

        private Memory(Config config) {
            boolean shared = config.sigmas == LossAndGradient.SIGMAS && config.excess == LossAndGradient.EXCESS;
            own = shared ? null : new LossAndGradient(config.sigmas, config.excess);
        }

        private LossAndGradient seen(Row row, RunHistory run) {
            if (own == null) {
                return run.lossAndGradient(row);
            }
            own.observe(row, run);
            return own;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            if (own != null) {
                own.persist(archive);
            }
            alarmed = archive.flag(alarmed);
        }
    }

    @Override
    public Memory start() {
        return new Memory(config);
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (run.policy() || run.preference()) {
            return;
        }
        LossAndGradient seen = memory.seen(row, run);
        if (!seen.judged() || seen.departed() == 0) {
            return;
        }
        boolean before = seen.departed() > 1 && memory.alarmed;
        memory.alarmed = before || isSpike(seen);
        if (memory.alarmed) {
            if (seen.raised() || !before) {
                out.add(finding(seen, Severity.WARNING, summary(seen, row)));
            }
        } else if (seen.end() == End.NOT_YET) {
            out.suspect();
        } else if (seen.end() != End.ACCEPTED) {
            out.add(finding(seen, Severity.INFO, harmless(seen)));
        }
    }

    private boolean isSpike(LossAndGradient seen) {
        if (!seen.raised()) {
            return seen.outstanding()
                    && seen.end() == End.RETURNED
                    && seen.longestStreak() >= LossAndGradient.MORE_THAN_A_BATCH;
        }
        if (seen.reason()) {
            return true;
        }
        double height = seen.gradientLogged() ? (seen.peak() - seen.level()) / seen.base() : seen.area();
        return seen.outstanding() && seen.streak() >= CONFIRMED && height > config.obvious;
    }

    private static Finding finding(LossAndGradient seen, Severity severity, Sentence summary) {
        return new Finding(
                Signal.LOSS,
                Signal.LOSS.key(),
                severity,
                seen.onset(),
                seen.peak(),
                seen.threshold(),
                "nat",
                null,
                summary);
    }

    private static Sentence summary(LossAndGradient seen, Row row) {
        String witness = "";
        if (seen.gradientMoved()) {
            witness = " and the gradient norm moved with it";
        } else if (seen.changed()) {
            witness = ", after the learning rate rose or the run was resumed";
        } else if (seen.gradientLogged()) {
            witness = "; the gradient norm did not move";
        }
        return Sentence.of(
                "Loss is %s since step %,d%s%s",
                height(seen),
                seen.onset(),
                witness,
                seen.end() == End.RETURNED ? Sentence.of("; back at step %,d", row.step()) : "");
    }

    private static Sentence harmless(LossAndGradient seen) {
        String what = seen.end() == End.LASTED
                ? "Loss is %s since step %,d, time and again: this is its course from now on"
                : "Loss was %s at step %,d and came back at once: an isolated batch";
        return Sentence.of(what, height(seen), seen.onset());
    }

    private static Sentence height(LossAndGradient seen) {
        return seen.level() > 0
                ? Sentence.of(
                        "%.3g times its recent course (%.4g against %.4g)",
                        seen.peak() / seen.level(), seen.peak(), seen.level())
                : Sentence.of("%.4g against a recent course of %.4g", seen.peak(), seen.level());
    }
}
