package io.foreshock.cli;

import io.foreshock.alias.Aliases;
import io.foreshock.detect.Signature;
import io.foreshock.detect.custom.MetricRule;
import io.foreshock.telemetry.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a signature cannot do without, in words. */
final class Needs {
    /** Names that are shown; {@code foreshock signatures SLUG} shows all. */
    private static final int NAMES = 3;

    private Needs() {}

    /** {@code reward_mean and one of reward_std, frac_reward_zero_std}. */
    static String of(Signature signature) {
        if (signature.detector() instanceof MetricRule rule) {
            return "metric " + rule.series().name();
        }
        List<String> needs = new ArrayList<>();
        signature.inputs().forEach(input -> needs.add(input.key()));
        if (!signature.oneOf().isEmpty()) {
            needs.add("one of " + keys(signature.oneOf()) + surest(signature));
        }
        if (!signature.others().isEmpty()) {
            needs.add(signature.others());
        }
        return needs.isEmpty() ? "any metric" : String.join(" and ", needs);
    }

    /** What a run lacked; the signature's needs where nothing is named. */
    static String listed(Signature signature, List<String> missing) {
        if (missing.isEmpty()) {
            return of(signature);
        }
        boolean choice = missing.stream().anyMatch(name -> name.contains(" or "));
        return String.join(" and ", missing) + (choice ? surest(signature) : "");
    }

    /** Which of the alternatives tells most, where they differ in that; else "". */
    private static String surest(Signature signature) {
        List<Signal> surest =
                signature.oneOf().stream().filter(signature.helpers()::contains).toList();
        return surest.isEmpty() ? "" : " (surest with " + keys(surest) + ")";
    }

    /** The first few names under which frameworks log the missing metrics, or "". */
    static String logged(List<String> missing) {
        return Aliases.standard().lines().stream()
                .filter(line -> {
                    Signal signal = line.signal();
                    return signal != null
                            && missing.stream()
                                    .anyMatch(
                                            name -> List.of(name.split(" or ")).contains(signal.key()));
                })
                .limit(NAMES)
                .map(line -> line.name() + " (" + line.framework() + ")")
                .collect(Collectors.joining(", "));
    }

    static String keys(List<Signal> signals) {
        return signals.stream().map(Signal::key).collect(Collectors.joining(", "));
    }
}
