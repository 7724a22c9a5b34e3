package io.foreshock.detect;

import io.foreshock.detect.attentionlogitgrowth.AttentionLogitGrowth;
import io.foreshock.detect.gradexplosion.GradExplosion;
import io.foreshock.detect.gradnormspike.GradNormSpike;
import io.foreshock.detect.lossdivergence.LossDivergence;
import io.foreshock.detect.lossspike.LossSpike;
import io.foreshock.detect.nonfinite.NonFinite;
import io.foreshock.detect.rewardvariancevanishing.RewardVarianceVanishing;
import io.foreshock.detect.telemetrystalled.TelemetryStalled;
import io.foreshock.telemetry.Signal;
import java.util.List;

/** The only place that knows every signature: a new one is a package below this one and a line here. */
public final class Signatures {
    private static final List<Signature> ALL = List.of(
            new Signature(
                    "attention_logit_growth",
                    "Attention logits grow towards saturation",
                    List.of(Signal.ATTENTION_LOGIT_MAX),
                    List.of(),
                    50,
                    "arXiv:2309.14322",
                    List.of(
                            "Lower the peak learning rate or warm up longer; resume from a checkpoint before the growth began",
                            "Normalise queries and keys (QK-layernorm), or clip them (QK-clip at 100)",
                            "Keep weight decay on the query and key weights"),
                    AttentionLogitGrowth.Config.DEFAULT,
                    () -> new AttentionLogitGrowth(AttentionLogitGrowth.Config.DEFAULT)),
            new Signature(
                    "reward_variance_vanishing",
                    "Reward variance vanishes before the task is solved",
                    List.of(Signal.REWARD_MEAN),
                    List.of(Signal.REWARD_STD, Signal.FRAC_REWARD_ZERO_STD),
                    List.of(Signal.GOLD_REWARD_MEAN),
                    250,
                    "arXiv:2310.20703",
                    List.of(
                            "Return to a checkpoint with spread; lower the learning rate, raise temperature or entropy bonus",
                            "Give the policy a short supervised phase on the prompts that it never solves",
                            "Filter prompts whose samples all get the same reward, or draw more samples a prompt"),
                    RewardVarianceVanishing.Config.DEFAULT,
                    () -> new RewardVarianceVanishing(RewardVarianceVanishing.Config.DEFAULT)),
            new Signature(
                    "grad_norm_spike",
                    "Gradient norm spike",
                    List.of(Signal.GRAD_NORM),
                    List.of(Signal.LOSS, Signal.LR),
                    12,
                    "",
                    List.of(
                            "Clip the gradient norm at a few times its course; look whether the loss follows within ten rows",
                            "Keep the batches of these steps: spikes that recur on the same data are a matter of data",
                            "Skip the update of such a step (OLMo, ZClip), or lower beta2 so that Adam forgets it sooner"),
                    GradNormSpike.Config.DEFAULT,
                    () -> new GradNormSpike(GradNormSpike.Config.DEFAULT)),
            new Signature(
                    "grad_explosion",
                    "Gradient norm explodes",
                    List.of(Signal.GRAD_NORM),
                    List.of(Signal.LOSS, Signal.LR),
                    12,
                    "",
                    List.of(
                            "Stop and resume from a checkpoint before the onset, at half the learning rate or with a longer warm-up",
                            "Clip the gradient norm; if it is clipped already, the direction is noise: do not just go on",
                            "Look for the layer that grows first: normalisation, initialisation, the output logits"),
                    GradExplosion.Config.DEFAULT,
                    () -> new GradExplosion(GradExplosion.Config.DEFAULT)),
            new Signature(
                    "loss_spike",
                    "Loss spike",
                    List.of(Signal.LOSS),
                    List.of(Signal.GRAD_NORM, Signal.LR),
                    12,
                    "arXiv:2110.04369",
                    List.of(
                            "Wait some tens of rows: most spikes come back by themselves, the chart says whether this one does",
                            "If it does not, or if they recur: resume from a checkpoint before the onset and skip its batches",
                            "Lower the peak learning rate, warm up longer, clip the gradient norm, lower beta2"),
                    LossSpike.Config.DEFAULT,
                    () -> new LossSpike(LossSpike.Config.DEFAULT)),
            new Signature(
                    "loss_divergence",
                    "Loss diverges",
                    List.of(Signal.LOSS),
                    List.of(Signal.GRAD_NORM, Signal.LR),
                    12,
                    "arXiv:2309.14322",
                    List.of(
                            "Stop and resume from a checkpoint before the onset, at half the learning rate",
                            "See what came first: attention logits, output logits, gradient norm, a change of rate or data",
                            "After a resume: check that optimizer state, schedule and data position were restored"),
                    LossDivergence.Config.DEFAULT,
                    () -> new LossDivergence(LossDivergence.Config.DEFAULT)),
            new Signature(
                    "non_finite",
                    "A metric is NaN or infinite",
                    List.of(),
                    List.of(Signal.LOSS, Signal.GRAD_NORM, Signal.LOSS_SCALE, Signal.SKIPPED_STEP),
                    10,
                    "",
                    List.of(
                            "Stop: weights that took a NaN do not recover; resume from the last checkpoint before the onset",
                            "Look for the first metric and layer that left the numbers: an overflow in half precision, a log or"
                                    + " division of 0, a bad batch",
                            "Skip steps with a gradient that is not finite; compute the overflowing part in bfloat16 or float32"),
                    NonFinite.Config.DEFAULT,
                    () -> new NonFinite(NonFinite.Config.DEFAULT)),
            new Signature(
                    "telemetry_stalled",
                    "No step for far longer than usual",
                    List.of(),
                    List.of(),
                    1,
                    "",
                    List.of(
                            "See whether the processes live and what they wait for (py-spy dump on each rank, GPU load, NCCL log)",
                            "Look for the rank that reports last: a node, its network or its data loader",
                            "Restart from the last checkpoint if nothing moves"),
                    TelemetryStalled.Config.DEFAULT,
                    () -> new TelemetryStalled(TelemetryStalled.Config.DEFAULT)));

    private Signatures() {}

    /** All signatures, causes before their usual consequences. */
    public static List<Signature> all() {
        return ALL;
    }
}
