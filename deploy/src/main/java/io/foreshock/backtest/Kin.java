package io.foreshock.backtest;

import java.util.List;
import java.util.Set;

/**
 * Signatures under which people would expect the same trouble: a gradient that explodes and a loss that diverges are
 * one event told by two instruments, so an alarm of one finds the other.
 */
public final class Kin {
    private static final List<Set<String>> GROUPS = List.of(
            Set.of("loss_spike", "grad_norm_spike", "loss_divergence", "grad_explosion", "non_finite"),
            Set.of("grad_vanishing", "update_collapse", "reward_variance_vanishing"),
            Set.of("attention_logit_growth", "attention_entropy_collapse"),
            Set.of("kl_blowup", "reward_overoptimization", "entropy_collapse", "length_exploitation"));

    private Kin() {}

    /** The same signature, or one of the same group. */
    public static boolean of(String one, String other) {
        return one.equals(other) || GROUPS.stream().anyMatch(group -> group.contains(one) && group.contains(other));
    }
}
