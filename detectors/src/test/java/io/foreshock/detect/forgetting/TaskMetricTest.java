package io.foreshock.detect.forgetting;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskMetricTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "eval_loss/A",
                "eval/wikitext/loss",
                "eval_squad_loss",
                "eval/c4-validation/CrossEntropyLoss",
                "eval/pile/Perplexity",
                "eval/mt/error_rate"
            })
    void lossesOfTasks(String name) {
        assertThat(TaskMetric.of(name)).isEqualTo(TaskMetric.LOWER_IS_BETTER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eval_acc/A",
                "eval/hellaswag_acc_norm",
                "eval/mmlu/accuracy",
                "eval_squad_f1",
                "eval/downstream/gsm8k_exact_match",
                "eval/winogrande/0-shot/Accuracy"
            })
    void scoresOfTasks(String name) {
        assertThat(TaskMetric.of(name)).isEqualTo(TaskMetric.HIGHER_IS_BETTER);
    }

    @Test
    void bareTasksAreToldByTheirFirstValue() {
        assertThat(TaskMetric.of("eval/books")).isEqualTo(TaskMetric.UNTOLD);
        assertThat(TaskMetric.byItsFirst(2.3)).isEqualTo(TaskMetric.LOWER_IS_BETTER);
        assertThat(TaskMetric.byItsFirst(0.6)).isEqualTo(TaskMetric.HIGHER_IS_BETTER);
        assertThat(TaskMetric.byItsFirst(60)).isEqualTo(TaskMetric.HIGHER_IS_BETTER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eval_loss",
                "eval/loss",
                "eval_accuracy",
                "eval_mean_token_accuracy",
                "eval_runtime",
                "eval/samples_per_second",
                "eval/kl_ref",
                "eval/epoch",
                "eval_rewards/accuracies",
                "train/acc/A",
                "evaluation",
                "eval",
                "loss/A"
            })
    void namesThatTellNoTaskOrNoDirection(String name) {
        assertThat(TaskMetric.of(name)).isNull();
    }
}
