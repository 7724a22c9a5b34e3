package io.foreshock.alias;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All that real runs of the Hugging Face Trainer and of TRL's logged, as the Python client's tests wrote it down. */
class KeysOfRealRunsTest {
    private static final Path KEYS = Path.of("python", "tests", "keys");

    private static final Set<String> SIGNALS =
            Stream.of(Signal.values()).map(Signal::key).collect(Collectors.toSet());

    /** What no signature reads, and why that is right. A new key of a new version is in none of these and fails the test. */
    private static final Map<Pattern, String> LEFT_AS_THEY_ARE = Map.of(
            Pattern.compile("epoch|total_flos|train_.*|(eval_)?(runtime|num_tokens|\\w+_per_second)"), "bookkeeping",
            Pattern.compile("eval_.*"), "the evaluation's copy of what is judged in training",
            Pattern.compile("clip_ratio/\\w+"), "how often the ratio was clipped",
            Pattern.compile("completions/((min|max)_length|\\w+_terminated_length)"), "extremes of the length",
            Pattern.compile("rewards/\\w+/(mean|std)"), "one of several reward functions",
            Pattern.compile("logits/(chosen|rejected)"), "mean logits, which any shift changes",
            Pattern.compile("(mean|min|max)_reward"), "a reward model's scores, free up to a constant",
            Pattern.compile("mean_token_accuracy"), "of the batch: says what the loss says");

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            trainer | eval_loss=eval_loss grad_norm=grad_norm learning_rate=lr loss=loss
            sft     | entropy=entropy eval_loss=eval_loss grad_norm=grad_norm learning_rate=lr loss=loss
            dpo     | entropy=entropy eval_loss=eval_loss grad_norm=grad_norm learning_rate=lr logps/chosen=logps_chosen logps/rejected=logps_rejected loss=loss rewards/accuracies=rewards_accuracy rewards/chosen=rewards_chosen rewards/margins=rewards_margin rewards/rejected=rewards_rejected
            grpo    | completions/clipped_ratio=clipped_ratio completions/mean_length=response_length_mean entropy=entropy eval_loss=eval_loss eval_reward=gold_reward_mean frac_reward_zero_std=frac_reward_zero_std grad_norm=grad_norm kl=kl learning_rate=lr loss=loss reward=reward_mean reward_std=reward_std step_time=step_time
            reward  | accuracy=rewards_accuracy eval_accuracy=eval_acc eval_loss=eval_loss grad_norm=grad_norm learning_rate=lr loss=loss margin=rewards_margin
            """)
    void areSignalsOrKnownToBeNone(String trainer, String expected) throws IOException {
        List<String> keys = Files.readAllLines(KEYS.resolve(trainer + ".txt")).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        MetricCollector collector = new MetricCollector(Aliases.standard());
        collector.clear();
        keys.forEach(key -> collector.scalar(key, 1));
        StepSample sample = collector.sample("r", 0, 0, 1, StepSample.NONE, null, 0, 0);

        Map<String, String> signals = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i);
            if (SIGNALS.contains(sample.name(i))) {
                signals.put(key, sample.name(i));
            } else if (LEFT_AS_THEY_ARE.keySet().stream()
                    .noneMatch(pattern -> pattern.matcher(key).matches())) {
                unknown.add(key);
            }
        }
        assertThat(signals)
                .containsExactly(Stream.of(expected.split(" "))
                        .map(pair -> pair.split("="))
                        .map(pair -> entry(pair[0], pair[1]))
                        .<Map.Entry<String, String>>toArray(Map.Entry[]::new));
        assertThat(unknown).as("keys that nobody has thought about").isEmpty();
    }
}
