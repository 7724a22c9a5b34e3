package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.detect.custom.MetricRule;
import io.foreshock.telemetry.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a signature cannot do without, in words. */
final class Needs {
    private Needs() {}

    /** {@code reward_mean and one of reward_std, frac_reward_zero_std}. */
    static String of(Signature signature) {
        if (signature.detector() instanceof MetricRule rule) {
            return "metric " + rule.series().name();
        }
        List<String> needs = new ArrayList<>();
        signature.inputs().forEach(input -> needs.add(input.key()));
        if (!signature.oneOf().isEmpty()) {
            needs.add("one of " + keys(signature.oneOf()));
        }
        if (!signature.others().isEmpty()) {
            needs.add(signature.others());
        }
        return needs.isEmpty() ? "any metric" : String.join(" and ", needs);
    }

    static String keys(List<Signal> signals) {
        return signals.stream().map(Signal::key).collect(Collectors.joining(", "));
    }
}
