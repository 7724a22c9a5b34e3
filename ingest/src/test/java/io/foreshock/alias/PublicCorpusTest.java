package io.foreshock.alias;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.foreshock.format.JsonlFile;
import io.foreshock.format.RunName;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which signals the recorded public runs turn out to have. */
class PublicCorpusTest {
    private static final Path CORPUS = Path.of(System.getProperty("foreshock.corpus", "../../shared/corpus"))
            .resolve("public");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "algoperf|eval_acc eval_loss grad_norm loss lr train_acc",
                "bigscience_megatron|batch_size grad_norm loss loss_scale lr skipped_step step_time",
                "dpo_llamafactory|loss lr rewards_accuracy",
                "gail_ppo|entropy kl loss reward_mean",
                "lr_scheduling|eval_acc eval_loss grad_norm loss lr",
                "megatron_golden|loss step_time",
                "mlperf51|loss lr step_time",
                "modded_nanogpt|eval_loss grad_norm loss lr",
                "multipowerlaw|loss lr",
                "ppo_pytorch|reward_mean",
                "trl_grpo|clipped_ratio frac_reward_zero_std grad_norm kl loss lr response_length_mean reward_mean reward_std",
            })
    void signalsOf(String family, String expected) throws IOException {
        assumeTrue(Files.isDirectory(CORPUS), "no recorded runs at " + CORPUS + " (set -Dforeshock.corpus)");
        Set<String> signals = new TreeSet<>();
        try (Stream<Path> files = Files.list(CORPUS.resolve(family))) {
            for (Path path :
                    files.filter(file -> file.toString().endsWith(".gz")).collect(Collectors.toList())) {
                try (JsonlFile file = JsonlFile.open(path)) {
                    for (Parsed event = file.next(); event != null; event = file.next()) {
                        assertThat(event).isInstanceOf(Parsed.Sample.class);
                        StepSample sample = ((Parsed.Sample) event).sample();
                        assertThat(sample.run()).isEqualTo(RunName.of(path));
                        for (int i = 0; i < sample.count(); i++) {
                            if (Signal.of(sample.name(i)) != null) {
                                signals.add(sample.name(i));
                            }
                        }
                    }
                }
            }
        }
        assertThat(signals).containsExactlyElementsOf(Arrays.asList(expected.split(" ")));
    }
}
