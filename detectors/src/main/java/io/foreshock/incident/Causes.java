package io.foreshock.incident;

import io.foreshock.detect.Severity;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which signature explains which: what follows from a known cause is linked to it. */
public final class Causes {
    private static final List<String> GRADIENT = List.of("grad_norm_spike", "grad_explosion");

    /** By consequence: the signatures that are known to bring it about. */
    private static final Map<String, List<String>> EXPLAINED_BY = Map.of(
            "grad_norm_spike", List.of("attention_logit_growth"),
            "grad_explosion", List.of("attention_logit_growth", "grad_norm_spike"),
            "loss_spike", with(GRADIENT, "attention_logit_growth"),
            "loss_divergence", with(GRADIENT, "attention_logit_growth", "loss_spike"),
            "non_finite", with(GRADIENT, "attention_logit_growth", "loss_spike", "loss_divergence"),
            "reward_variance_vanishing",
                    List.of("reward_overoptimization", "entropy_collapse", "kl_blowup", "length_cap", "lr_anomaly"));

    private Causes() {}

    private static List<String> with(List<String> some, String... more) {
        return Stream.concat(some.stream(), Arrays.stream(more)).toList();
    }

    /**
     * The open incident that explains one of this signature: the one detected first among those that can.
     *
     * @param open the run's open incidents
     */
    public static @Nullable Incident of(String signature, Collection<Incident> open) {
        List<String> explanations = EXPLAINED_BY.getOrDefault(signature, List.of());
        Incident first = null;
        for (Incident incident : open) {
            boolean explains = explanations.contains(incident.signature()) && incident.severity() != Severity.INFO;
            if (explains && (first == null || incident.detectedStep() < first.detectedStep())) {
                first = incident;
            }
        }
        return first;
    }
}
