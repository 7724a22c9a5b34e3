package io.foreshock.incident;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which signature is known to bring about which. Signatures are named by their slugs, built or not yet: a signature that
 * never fires explains nothing. Of two that explain each other (a loss that spikes, its gradient) the one that was seen
 * first is the cause.
 */
public final class Causes {
    /** What somebody changed about the run: information, which explains what comes while it lasts. */
    private static final Set<String> CONTEXT =
            Set.of("resume", "data_change", "batch_size_change", "lr_step", "optimizer_reset");

    /** A rate that is too high, or comes too soon, is the first cause of most (2309.14322 raises it to study the others). */
    private static final List<String> RATE = List.of("warmup_instability", "lr_anomaly");

    /**
     * What grows inside before it shows outside. Logits that saturate the softmax make the gradient erratic and then the
     * loss (2309.14322, 2302.05442), as does a softmax without entropy (2303.06296); logits of the output that drift do it
     * at the other end (2204.02311); activations that grow overflow, or dwarf what a layer adds (2304.07645); a sharpness
     * beyond the optimizer's limit throws the weights out of their valley (2110.04369); a layer that is off its proportion
     * is where the others see it from (2410.23743); an expert that takes all tokens is a smaller model.
     */
    private static final List<String> INSIDE = List.of(
            "attention_entropy_collapse",
            "attention_logit_growth",
            "output_logit_drift",
            "activation_growth",
            "layer_imbalance",
            "expert_collapse",
            "sharpness");

    private static final List<String> GRADIENT = List.of("grad_explosion", "grad_norm_spike");
    private static final List<String> LOSS = List.of("loss_divergence", "loss_spike");

    /** One process computes something else, and its gradient is averaged into everybody's (silent corruption). */
    private static final List<String> RANK = List.of("rank_divergence");

    /** Changes after which loss and gradient may be elsewhere for a while. */
    private static final List<String> CHANGED =
            List.of("optimizer_reset", "data_change", "lr_step", "batch_size_change", "resume");

    /** By consequence: what brings it about, the nearest first. */
    private static final Map<String, List<String>> EXPLAINED_BY = Map.ofEntries(
            // The gradient feels what grows inside first; a loss that left its course takes it along.
            entry("grad_norm_spike", join(INSIDE, RANK, LOSS, RATE, CHANGED)),
            entry("grad_explosion", join(List.of("grad_norm_spike"), INSIDE, RANK, LOSS, RATE, CHANGED)),
            // The loss follows the gradient.
            entry("loss_spike", join(GRADIENT, INSIDE, RANK, RATE, CHANGED)),
            entry("loss_divergence", join(List.of("loss_spike"), GRADIENT, INSIDE, RANK, RATE, CHANGED)),
            // Nothing moves any more: no update, no gradient, no attention, or a loss that stayed where it diverged to.
            entry(
                    "loss_plateau",
                    join(
                            List.of("update_collapse", "grad_vanishing", "loss_divergence", "loss_spike"),
                            GRADIENT,
                            INSIDE,
                            RATE,
                            CHANGED)),
            // Numbers overflow last.
            entry("non_finite", join(LOSS, GRADIENT, INSIDE, RANK, RATE, List.of("optimizer_reset"))),
            // A saturated softmax, and a residual stream that dwarfs its layers, pass no gradient (2309.14322).
            entry(
                    "grad_vanishing",
                    join(List.of("reward_variance_vanishing", "length_cap"), INSIDE, List.of("loss_divergence"), RATE)),
            // Adam divides by what is left of the gradient, or by epsilon (2309.14322, 2407.05872).
            entry("update_collapse", join(List.of("grad_vanishing"), INSIDE, List.of("loss_divergence"), RATE)),
            entry(
                    "layer_imbalance",
                    join(
                            List.of(
                                    "update_collapse",
                                    "grad_vanishing",
                                    "attention_entropy_collapse",
                                    "attention_logit_growth",
                                    "activation_growth"),
                            RATE,
                            List.of("optimizer_reset"))),
            entry("attention_entropy_collapse", join(List.of("attention_logit_growth", "activation_growth"), RATE)),
            entry("attention_logit_growth", join(List.of("activation_growth", "optimizer_reset"), RATE)),
            entry("output_logit_drift", join(LOSS, GRADIENT, RATE, List.of("optimizer_reset"))),
            // The weights that made the logits grow go on growing when a saturated softmax no longer holds them back.
            entry(
                    "activation_growth",
                    join(
                            List.of("attention_entropy_collapse", "attention_logit_growth"),
                            RATE,
                            List.of("optimizer_reset"))),
            entry("sharpness", join(RATE, List.of("batch_size_change", "lr_step"))),
            entry("expert_collapse", join(RATE, List.of("data_change"))),
            entry("warmup_instability", List.of("lr_anomaly", "optimizer_reset", "resume")),
            // A schedule is restored wrongly at a resume, or not at all.
            entry("lr_anomaly", List.of("resume", "batch_size_change")),
            // New data, and steps that are too long on it, overwrite the old (2408.14471).
            entry("forgetting", join(LOSS, List.of("lr_anomaly", "data_change", "optimizer_reset"))),
            entry("overfitting", List.of("data_change")),
            // What memorises first may understand later (2201.02177).
            entry("delayed_generalization", List.of("overfitting")),
            // Reinforcement: a policy that runs away from its reference leaves what its reward model knows
            // (2210.10760),
            // and ends in one answer for each prompt, whose rewards do not differ (2310.20703).
            entry("kl_blowup", join(List.of("length_exploitation"), GRADIENT, RANK, RATE, CHANGED)),
            entry("length_exploitation", List.of("kl_blowup", "reward_overoptimization", "lr_anomaly")),
            entry("reward_overoptimization", List.of("length_exploitation", "kl_blowup", "lr_anomaly")),
            entry("entropy_collapse", List.of("kl_blowup", "length_exploitation", "length_cap", "lr_anomaly")),
            entry("length_cap", List.of("length_exploitation", "entropy_collapse", "kl_blowup", "data_change")),
            entry(
                    "reward_variance_vanishing",
                    List.of(
                            "length_cap",
                            "entropy_collapse",
                            "reward_overoptimization",
                            "kl_blowup",
                            "lr_anomaly",
                            "data_change")),
            // Preferences: both likelihoods fall when steps are too long (2407.10490); what no longer learns ranks no
            // better.
            entry("likelihood_displacement", join(GRADIENT, List.of("lr_anomaly"))),
            entry(
                    "ranking_stall",
                    List.of("likelihood_displacement", "update_collapse", "grad_vanishing", "lr_anomaly")),
            // The machines: a resume on other hosts, a full expert and longer responses take longer; what dies falls
            // silent.
            entry("rank_divergence", List.of("resume")),
            entry(
                    "step_time_regression",
                    List.of("expert_collapse", "length_exploitation", "batch_size_change", "data_change", "resume")),
            entry("telemetry_stalled", join(List.of("non_finite", "step_time_regression"), RANK)));

    private Causes() {}

    @SafeVarargs
    private static List<String> join(List<String>... lists) {
        List<String> joined = new ArrayList<>();
        for (List<String> list : lists) {
            joined.addAll(list);
        }
        return List.copyOf(joined);
    }

    /** Slugs of what is known to bring the signature about, the nearest first; empty where nothing is. */
    public static List<String> of(String signature) {
        return EXPLAINED_BY.getOrDefault(signature, List.of());
    }

    /** True for what somebody changed about a run, which explains and is no trouble. */
    public static boolean isContext(String signature) {
        return CONTEXT.contains(signature);
    }
}
