package io.foreshock.replay;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;

/** A signature as simple as can be: the loss is above a limit, critical when it is ten times as high. */
public final class HighLoss implements Detector<HighLoss.Nothing> {
    public static final Signature SIGNATURE = Signature.named("loss_spike", "Loss above a limit")
            .needs(Signal.LOSS)
            .helpedBy(Signal.GRAD_NORM)
            .calmAfter(3)
            .reference("arXiv:0000.00000")
            .advice("Lower the learning rate.")
            .detectedBy(new Config(10), HighLoss::new);

    public static final Signature NEEDS_REWARD = Signature.named("reward_variance_vanishing", "Reward spread gone")
            .needs(Signal.REWARD_MEAN)
            .needsOneOf(Signal.REWARD_STD, Signal.FRAC_REWARD_ZERO_STD)
            .calmAfter(3)
            .detectedBy(new Config(Double.POSITIVE_INFINITY), HighLoss::new);

    /** @param limit highest healthy loss */
    public record Config(double limit) {}

    static final class Nothing implements State {
        @Override
        public void persist(Archive archive) {}
    }

    private final Config config;

    private HighLoss(Config config) {
        this.config = config;
    }

    @Override
    public Nothing start() {
        return new Nothing();
    }

    @Override
    public void observe(Nothing state, Row row, RunHistory run, Findings out) {
        double loss = row.value(Signal.LOSS);
        if (loss > config.limit()) {
            out.add(new Finding(
                    Signal.LOSS,
                    "loss",
                    loss > 10 * config.limit() ? Severity.CRITICAL : Severity.WARNING,
                    row.step(),
                    loss,
                    config.limit(),
                    "nat",
                    null,
                    "Loss is " + loss + ", above " + config.limit()));
        }
    }
}
