package io.foreshock.detect.forgetting;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the name of a metric says: whether it evaluates a task, and which way is worse. A name is cut into words at
 * anything but letters and digits, and before capitals; the first must be {@code eval}, and one must be left that names
 * the task. A word may name the measure: {@code eval_loss/A}, {@code eval/mmlu/acc_norm}, {@code eval_squad_f1},
 * {@code eval/c4/CrossEntropyLoss}. Where none does, {@code eval/books}, the values have to tell.
 */
enum TaskMetric {
    LOWER_IS_BETTER,
    HIGHER_IS_BETTER,

    /** {@code eval/<task>}: the name tells no measure. */
    UNSAID;

    /** How the names of all evaluations begin. */
    static final String PREFIX = "eval";

    /** How names begin that need no measure. */
    private static final String BARE = "eval/";

    private static final Set<String> LOSSES = Set.of(
            "loss",
            "losses",
            "xent",
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
            "reward",
            "f1",
            "em",
            "match",
            "bleu",
            "chrf",
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
            "win",
            "elo");

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

    /** Words that tell of the evaluation itself, or of a policy, not of how well a task is done. */
    private static final Set<String> CIRCUMSTANCES = Set.of(
            "batch",
            "chosen",
            "clip",
            "clipped",
            "compilation",
            "completion",
            "completions",
            "count",
            "elapsed",
            "epoch",
            "examples",
            "flops",
            "gpu",
            "grad",
            "iteration",
            "iterations",
            "kl",
            "len",
            "length",
            "logits",
            "logps",
            "lr",
            "margin",
            "margins",
            "max",
            "memory",
            "min",
            "ms",
            "num",
            "per",
            "rejected",
            "response",
            "rewards",
            "runtime",
            "samples",
            "sec",
            "second",
            "seconds",
            "size",
            "speed",
            "std",
            "step",
            "steps",
            "throughput",
            "time",
            "total");

    /** What is known of a task's metric, or null where the name is of none. */
    static @Nullable TaskMetric of(String name) {
        List<String> words = words(name);
        if (words.size() < 2 || !words.get(0).equals(PREFIX)) {
            return null;
        }
        TaskMetric found = null;
        boolean task = false;
        boolean circumstance = false;
        for (String word : words.subList(1, words.size())) {
            if (LOSSES.contains(word)) {
                found = LOWER_IS_BETTER;
            } else if (SCORES.contains(word)) {
                found = found == null ? HIGHER_IS_BETTER : found;
            } else if (CIRCUMSTANCES.contains(word)) {
                circumstance = true;
            } else if (!MANNERS.contains(word)) {
                task = true;
            }
        }
        if (!task) {
            return null;
        }
        return found == null && !circumstance && name.startsWith(BARE) ? UNSAID : found;
    }

    private static List<String> words(String name) {
        String parted = name.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
        return List.of(parted.split("[^a-z0-9]+"));
    }
}
