package io.foreshock.view;

import io.foreshock.telemetry.Signal;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The chart in which a signal is drawn. Signals of one panel share their axis, so they are of one unit. A metric outside the
 * catalogue has a chart of its own.
 *
 * @param group the chart's chapter
 * @param title the chart's heading
 * @param log whether its axis is logarithmic at first
 * @param low whether of several layers or heads the lowest is the one to look at
 */
record Panel(Group group, String title, boolean log, boolean low) {

    /** Chapters, in the order in which they are shown. */
    enum Group {
        LOSS("Loss and evaluation"),
        RATE("Learning rate and batch"),
        GRADIENT("Gradient and update"),
        MODEL("Inside the model"),
        REWARD("Reinforcement and preference"),
        RUN("The run itself"),
        OTHER("Other metrics");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    private static final Map<Signal, Panel> PANELS = new EnumMap<>(Signal.class);

    static {
        linear(Group.LOSS, "Loss", Signal.LOSS, Signal.EVAL_LOSS);
        linear(Group.LOSS, "Accuracy", Signal.TRAIN_ACC, Signal.EVAL_ACC);
        linear(Group.RATE, "Learning rate", Signal.LR);
        linear(Group.RATE, "Batch size", Signal.BATCH_SIZE);
        linear(Group.RATE, "Data stage", Signal.DATA_STAGE);
        log(Group.RATE, "Loss scale", Signal.LOSS_SCALE);
        linear(Group.RATE, "Skipped steps", Signal.SKIPPED_STEP);
        log(Group.GRADIENT, "Gradient norm", Signal.GRAD_NORM, Signal.GRAD_NORM_GLOBAL);
        log(Group.GRADIENT, "Gradient norm by layer", Signal.GRAD_NORM_LAYER);
        log(Group.GRADIENT, "Gradient RMS by layer", Signal.GRAD_RMS_LAYER);
        log(Group.GRADIENT, "Update to weight ratio", Signal.UPDATE_RATIO);
        log(Group.GRADIENT, "Adam: second moment and epsilon", Signal.ADAM_SECOND_MOMENT_RMS, Signal.ADAM_EPS);
        linear(Group.GRADIENT, "Weight norm", Signal.PARAM_NORM);
        log(Group.GRADIENT, "Sharpness", Signal.SHARPNESS);
        log(Group.MODEL, "Attention logits by head", Signal.ATTENTION_LOGIT_MAX);
        put(new Panel(Group.MODEL, "Attention entropy by layer", false, true), Signal.ATTENTION_ENTROPY);
        log(Group.MODEL, "Activation RMS by layer", Signal.ACTIVATION_RMS);
        linear(Group.MODEL, "Output logits", Signal.OUTPUT_LOGIT_MEAN, Signal.OUTPUT_LOGIT_MAX, Signal.LOG_Z);
        log(Group.MODEL, "Z loss", Signal.Z_LOSS);
        linear(Group.MODEL, "Expert share by layer", Signal.EXPERT_SHARE);
        linear(Group.REWARD, "Reward", Signal.REWARD_MEAN, Signal.GOLD_REWARD_MEAN);
        linear(Group.REWARD, "Reward deviation", Signal.REWARD_STD);
        linear(
                Group.REWARD,
                "Shares: prompts without deviation, responses cut",
                Signal.FRAC_REWARD_ZERO_STD,
                Signal.CLIPPED_RATIO);
        log(Group.REWARD, "KL to the reference, a response", Signal.KL);
        log(Group.REWARD, "KL to the reference, a token", Signal.KL_TOKEN);
        linear(Group.REWARD, "Policy entropy", Signal.ENTROPY);
        linear(Group.REWARD, "Response length", Signal.RESPONSE_LENGTH_MEAN);
        linear(Group.REWARD, "Log-probability of answers", Signal.LOGPS_CHOSEN, Signal.LOGPS_REJECTED);
        linear(
                Group.REWARD,
                "Implicit reward of answers",
                Signal.REWARDS_CHOSEN,
                Signal.REWARDS_REJECTED,
                Signal.REWARDS_MARGIN);
        linear(Group.REWARD, "Preference accuracy", Signal.REWARDS_ACCURACY);
        linear(Group.RUN, "Step time", Signal.STEP_TIME);
        linear(Group.RUN, "Events dropped by the publisher", Signal.EVENTS_DROPPED);
    }

    private static void linear(Group group, String title, Signal... signals) {
        put(new Panel(group, title, false, false), signals);
    }

    private static void log(Group group, String title, Signal... signals) {
        put(new Panel(group, title, true, false), signals);
    }

    private static void put(Panel panel, Signal... signals) {
        for (Signal signal : signals) {
            PANELS.put(signal, panel);
        }
    }

    /** Where this signal is drawn. */
    static Panel of(Signal signal) {
        return Objects.requireNonNull(PANELS.get(signal), () -> "no panel draws " + signal.key());
    }
}
