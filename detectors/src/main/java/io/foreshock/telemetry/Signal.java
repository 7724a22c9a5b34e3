package io.foreshock.telemetry;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue of canonical signals: what the signatures read, whatever a framework calls it (ingest maps the names).
 * Losses and entropies are in nats. Metrics outside the catalogue pass through under their own names.
 */
public enum Signal {
    LOSS(
            "loss",
            Shape.SCALAR,
            "training loss of this step's batch; in RL the policy loss, in preference tuning its loss"),
    EVAL_LOSS("eval_loss", Shape.SCALAR, "held-out loss"),
    LR("lr", Shape.SCALAR, "learning rate used for this step"),
    GRAD_NORM("grad_norm", Shape.SCALAR, "L2 norm of the whole gradient, before clipping, after unscaling"),
    GRAD_NORM_LAYER("grad_norm/layer", Shape.LAYER, "L2 norm of each layer's gradient"),
    GRAD_NORM_GLOBAL("grad_norm/global", Shape.SCALAR, "L2 norm of the gradient averaged over ranks"),
    GRAD_RMS_LAYER("grad_rms/layer", Shape.LAYER, "root mean square of one gradient entry, per layer"),
    ATTENTION_LOGIT_MAX("attention_logit_max", Shape.HEAD, "largest q.k/sqrt(d_head) of the batch"),
    ATTENTION_ENTROPY("attention_entropy", Shape.LAYER, "mean entropy of the attention rows"),
    ACTIVATION_RMS("activation_rms", Shape.LAYER, "RMS of the residual stream after each layer"),
    OUTPUT_LOGIT_MEAN("output_logit_mean", Shape.SCALAR, "mean output logit"),
    OUTPUT_LOGIT_MAX("output_logit_max", Shape.SCALAR, "largest output logit of the batch"),
    LOG_Z("log_z", Shape.SCALAR, "mean logsumexp of the output logits"),
    Z_LOSS("z_loss", Shape.SCALAR, "mean of log_z squared"),
    PARAM_NORM("param_norm", Shape.SCALAR, "L2 norm of all weights"),
    UPDATE_RATIO("update_ratio", Shape.SCALAR, "norm of this step's update over the norm of the weights"),
    ADAM_SECOND_MOMENT_RMS("adam_second_moment_rms", Shape.SCALAR, "square root of the mean second moment"),
    ADAM_EPS("adam_eps", Shape.SCALAR, "Adam's epsilon"),
    TRAIN_ACC("train_acc", Shape.SCALAR, "share of right answers in training"),
    EVAL_ACC("eval_acc", Shape.SCALAR, "share of right answers on held-out data"),
    SHARPNESS("sharpness", Shape.SCALAR, "largest Hessian eigenvalue"),
    LOSS_SCALE("loss_scale", Shape.SCALAR, "scale of the loss in mixed-precision training"),
    SKIPPED_STEP("skipped_step", Shape.SCALAR, "1 when the optimizer step was skipped"),
    BATCH_SIZE("batch_size", Shape.SCALAR, "sequences in the batch"),
    DATA_STAGE(
            "data_stage", Shape.SCALAR, "number of the data mixture or curriculum stage; another number, other data"),
    REWARD_MEAN(
            "reward_mean", Shape.SCALAR, "mean of the reward that is optimised (the proxy, where a gold one exists)"),
    REWARD_STD("reward_std", Shape.SCALAR, "mean over prompts of the reward's deviation over samples of one prompt"),
    FRAC_REWARD_ZERO_STD(
            "frac_reward_zero_std", Shape.SCALAR, "share of prompts whose samples all got the same reward"),
    KL("kl", Shape.SCALAR, "KL of the policy to its reference, a response"),
    ENTROPY("entropy", Shape.SCALAR, "mean entropy of the next-token distribution"),
    RESPONSE_LENGTH_MEAN("response_length_mean", Shape.SCALAR, "tokens a response"),
    CLIPPED_RATIO("clipped_ratio", Shape.SCALAR, "share of responses cut by the length cap"),
    GOLD_REWARD_MEAN("gold_reward_mean", Shape.SCALAR, "true or held-out reward, not seen by the optimizer"),
    KL_TOKEN("kl_token", Shape.SCALAR, "KL of the policy to its reference, a token"),
    LOGPS_CHOSEN("logps_chosen", Shape.SCALAR, "summed log-probability of the chosen answers"),
    LOGPS_REJECTED("logps_rejected", Shape.SCALAR, "summed log-probability of the rejected answers"),
    REWARDS_CHOSEN("rewards_chosen", Shape.SCALAR, "implicit reward of the chosen answers"),
    REWARDS_REJECTED("rewards_rejected", Shape.SCALAR, "implicit reward of the rejected answers"),
    REWARDS_MARGIN("rewards_margin", Shape.SCALAR, "implicit reward of chosen minus rejected"),
    REWARDS_ACCURACY("rewards_accuracy", Shape.SCALAR, "share of pairs with a positive margin"),
    EXPERT_SHARE(
            "expert_share",
            Shape.LAYER,
            "share of tokens of the busiest expert, per layer; or of each, layer by layer"),
    STEP_TIME("step_time", Shape.SCALAR, "seconds this step took"),
    EVENTS_DROPPED(
            "events_dropped",
            Shape.SCALAR,
            "events that this rank's publisher gave up since it began; of several ranks the sum");

    /** How many numbers a signal has a step. */
    public enum Shape {
        SCALAR,
        /** One a layer. */
        LAYER,
        /** One a layer and head. */
        HEAD
    }

    private static final Map<String, Signal> BY_NAME = new HashMap<>();

    static {
        for (Signal signal : values()) {
            BY_NAME.put(signal.key, signal);
        }
    }

    private final String key;
    private final Shape shape;
    private final String meaning;

    Signal(String key, Shape shape, String meaning) {
        this.key = key;
        this.shape = shape;
        this.meaning = meaning;
    }

    /** The canonical name on the wire, for example {@code grad_norm/layer}. */
    public String key() {
        return key;
    }

    public Shape shape() {
        return shape;
    }

    /** What is measured, in a few words. */
    public String meaning() {
        return meaning;
    }

    /** The signal of this canonical name, or null for a metric outside the catalogue. */
    public static @Nullable Signal of(String name) {
        return BY_NAME.get(name);
    }
}
