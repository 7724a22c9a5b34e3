package io.foreshock.backtest.baseline;

import io.foreshock.detect.Signature;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A peer's rule. As with our own signatures, alarms that follow within twelve rows are one, which is kinder than what
 * most of these tools do.
 *
 * @param name the tool and rule
 * @param signatures what it can be taken to recognise; slugs are {@code name:signature}
 */
public record Baseline(String name, List<Signature> signatures) {
    private static final String LOSS = "loss_spike";
    private static final String GRADIENT = "grad_norm_spike";

    /** The rules of peers that can be played from telemetry and have defaults, in the order of the notes on prior art. */
    public static List<Baseline> all() {
        return List.of(
                of("Lightning spike", on(LOSS, Signal.LOSS, Rules::lightning)),
                of("llm-foundry spike", on(LOSS, Signal.LOSS, Rules::killLossSpike)),
                of("trainscope CUSUM", on(LOSS, Signal.LOSS, Rules::cusum)),
                of("trainscope z 3.5", on(LOSS, Signal.LOSS, () -> Rules.sigmas(200, 30, 3.5, 1, false))),
                of("trainscope p99", on(LOSS, Signal.LOSS, Rules::percentile)),
                of(
                        "trainscope durable",
                        on(LOSS, Signal.LOSS, Rules::durableCrossing),
                        on(GRADIENT, Signal.GRAD_NORM, Rules::durableCrossing)),
                of("trainscope experts", on("expert_collapse", Signal.EXPERT_SHARE, () -> Rules.above(0.85, 3, 30))),
                of("ZClip", on(GRADIENT, Signal.GRAD_NORM, Rules::zclip)),
                of("Megatron spiky loss", on(LOSS, Signal.LOSS, Rules::megatron)),
                of("OLMo-core 6 sigma", both(() -> Rules.sigmas(128, 128, 6, 0, false))),
                of("skip-step 6 sigma", both(() -> Rules.sigmas(128, 64, 6, 0, false))),
                of("llm.c z 4", both(() -> Rules.sigmas(128, 128, 4, 0, true))),
                of("llm-foundry layers", on(GRADIENT, Signal.GRAD_NORM_LAYER, Rules::delayedMean)),
                of("stabilityguard", on(GRADIENT, Signal.GRAD_NORM_LAYER, Rules::stabilityGuard)),
                of("W&B z 3", both(() -> Rules.sigmas(30, 30, 3, 1, false))),
                of("pytscope spike", both(Rules::pytscope)),
                of("NaN guards", on("non_finite", Signal.LOSS, Rules::notFinite)),
                of("SageMaker vanishing", on("grad_vanishing", Signal.GRAD_RMS_LAYER, () -> Rules.below(1e-7))),
                of("SageMaker not falling", on("loss_plateau", Signal.LOSS, Rules::notDecreasing)),
                of("SageMaker overfit", new Part("overfitting", new Gap(), () -> Rules.above(0.1, 1, 0))),
                of("SageMaker stalled", new Part("telemetry_stalled", new Clock(), Rules::stalled)));
    }

    /** The slug of the signature that an alarm of a baseline counts as. */
    public static String slugOf(String signature) {
        return signature.substring(signature.indexOf(':') + 1);
    }

    /** True if a signature of this name belongs to the baseline. */
    public boolean owns(String signature) {
        return signature.startsWith(name + ":");
    }

    private record Part(String slug, RuleDetector.Reading reading, Supplier<Rule> rule) {}

    private static Baseline of(String name, Part... parts) {
        return new Baseline(name, Stream.of(parts).map(part -> part(name, part)).toList());
    }

    private static Signature part(String name, Part part) {
        return Signature.named(name + ":" + part.slug, name)
                .detectedBy(new Defaults(), defaults -> new RuleDetector(part.reading, part.rule));
    }

    private static Part on(String slug, Signal signal, Supplier<Rule> rule) {
        return new Part(slug, new Of(signal), rule);
    }

    private static Part[] both(Supplier<Rule> rule) {
        return new Part[] {on(LOSS, Signal.LOSS, rule), on(GRADIENT, Signal.GRAD_NORM, rule)};
    }

    private record Defaults() {}

    private record Of(Signal signal) implements RuleDetector.Reading {
        @Override
        public int size(Row row) {
            return row.size(signal);
        }

        @Override
        public double value(Row row, int k) {
            return row.value(signal, k);
        }
    }

    /** How far the held-out loss is above the training loss, as a share of it. */
    private record Gap() implements RuleDetector.Reading {
        @Override
        public int size(Row row) {
            return row.has(Signal.LOSS) && row.has(Signal.EVAL_LOSS) ? 1 : 0;
        }

        @Override
        public double value(Row row, int k) {
            return row.value(Signal.EVAL_LOSS) / row.value(Signal.LOSS) - 1;
        }
    }

    /** Milliseconds. */
    private record Clock() implements RuleDetector.Reading {
        @Override
        public int size(Row row) {
            return row.ts() == StepSample.NONE ? 0 : 1;
        }

        @Override
        public double value(Row row, int k) {
            return (double) row.ts();
        }
    }
}
