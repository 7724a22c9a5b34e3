package io.foreshock.detect.forgetting;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the name of a metric says: whether it evaluates a task, and which way is worse. A name is cut into words at
 * anything but letters and digits, and before capitals; the first must be {@code eval}, one must name the measure, and one
 * must be left that names the task: {@code eval_loss/A}, {@code eval/mmlu/acc_norm}, {@code eval_squad_f1},
 * {@code eval/c4/CrossEntropyLoss}. Of a bare {@code eval/<task>} the first value must tell what it is.
 */
enum TaskMetric {
    LOWER_IS_BETTER,
    HIGHER_IS_BETTER,
    /** A bare {@code eval/<task>}: its first value tells. */
    UNTOLD;

    /** Losses above it are none of a language model, whose text would be surprising beyond e to this power; a percentage is. */
    private static final double HIGHEST_LOSS = 15;

    /** How the names of all evaluations begin. */
    static final String PREFIX = "eval";

    private static final Set<String> LOSSES = Set.of(
            "loss",
            "losses",
            "ce",
            "nll",
            "ppl",
            "perplexity",
            "bpb",
            "bpc",
            "error",
            "err",
            "wer",
            "cer",
            "mse",
            "mae",
            "rmse");

    private static final Set<String> SCORES = Set.of(
            "acc",
            "accuracy",
            "score",
            "f1",
            "em",
            "match",
            "bleu",
            "rouge",
            "mcc",
            "auc",
            "auroc",
            "map",
            "ap",
            "precision",
            "recall",
            "iou",
            "ssim",
            "pass",
            "success",
            "win");

    /** Words that tell how it was measured, not on what. */
    private static final Set<String> MANNERS = Set.of(
            "mean",
            "avg",
            "average",
            "norm",
            "normalized",
            "macro",
            "micro",
            "weighted",
            "token",
            "tokens",
            "exact",
            "rate",
            "top",
            "at",
            "cross",
            "entropy",
            "best",
            "ema");

    /** What else trainers evaluate: names of no task. */
    private static final Set<String> NO_TASKS = Set.of(
            "runtime",
            "time",
            "seconds",
            "second",
            "sec",
            "per",
            "samples",
            "sample",
            "steps",
            "step",
            "epoch",
            "speed",
            "throughput",
            "memory",
            "lr",
            "size",
            "num",
            "count",
            "examples",
            "length",
            "lengths",
            "len",
            "kl",
            "entropy",
            "reward",
            "rewards",
            "margin",
            "margins",
            "logps",
            "logits",
            "ratio",
            "clip",
            "frac",
            "std",
            "var",
            "min",
            "max",
            "grad",
            "iteration",
            "batch");

    /** The direction of a task's metric, or null where the name tells of no task. */
    static @Nullable TaskMetric of(String name) {
        List<String> words = words(name);
        if (!words.get(0).equals(PREFIX)) {
            return null;
        }
        TaskMetric found = UNTOLD;
        boolean task = false;
        boolean other = false;
        for (String word : words.subList(1, words.size())) {
            if (LOSSES.contains(word)) {
                found = LOWER_IS_BETTER;
            } else if (SCORES.contains(word)) {
                found = found == UNTOLD ? HIGHER_IS_BETTER : found;
            } else if (!MANNERS.contains(word)) {
                task = true;
                other |= NO_TASKS.contains(word);
            }
        }
        boolean told = found != UNTOLD || (!other && name.lastIndexOf('/') == PREFIX.length());
        return task && told ? found : null;
    }

    /** A share of right answers, or a percentage, is better high; a loss in nats is in between. */
    static TaskMetric byItsFirst(double value) {
        return value > 1 && value <= HIGHEST_LOSS ? LOWER_IS_BETTER : HIGHER_IS_BETTER;
    }

    private static List<String> words(String name) {
        String parted = name.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
        return List.of(parted.split("[^a-z0-9]+"));
    }
}
