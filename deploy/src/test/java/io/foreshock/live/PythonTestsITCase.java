package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The Python client's own tests, with everything that trains. */
class PythonTestsITCase {
    @Test
    void pass() throws Exception {
        try (Python tests = Python.start(
                Python.forTraining(),
                Python.client(),
                // Nothing is downloaded: models, tokenizers and data are made by the tests.
                Map.of("HF_HUB_OFFLINE", "1", "WANDB_MODE", "offline"),
                List.of("-m", "pytest", "-q", "-p", "no:cacheprovider"))) {
            List<String> printed = tests.awaitEnd(Duration.ofMinutes(10));

            assertThat(printed.get(printed.size() - 1))
                    .as("%s", printed)
                    .contains(" passed")
                    .doesNotContain("failed")
                    .doesNotContain("skipped");
        }
    }
}
