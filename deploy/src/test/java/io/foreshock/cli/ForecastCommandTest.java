package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of 1,000 steps under a cosine, whose loss falls by the law. */
class ForecastCommandTest {
    @TempDir
    Path logs;

    @BeforeEach
    void record() throws IOException {
        Random random = new Random(2);
        StringBuilder log = new StringBuilder();
        double s1 = 0;
        for (int i = 0; i < 1_000; i++) {
            double rate = 1e-3 * (1 + Math.cos(Math.PI * i / 1_000)) / 2;
            s1 += rate;
            double loss = 2 + Math.pow(s1, -0.4) * 0.6 - 0.15 * (1 - rate / 1e-3) + 0.01 * random.nextGaussian();
            log.append(String.format(
                    Locale.ROOT, "{\"step\":%d,\"metrics\":{\"loss\":%.5f,\"lr\":%.8f}}%n", i, loss, rate));
        }
        Files.writeString(logs.resolve("cosine.jsonl"), log);
    }

    @Test
    void comparesAForecastFromTheHalfWithWhatCame() throws IOException {
        Session session = foreshock("forecast", logs, "--from", "0.5");

        assertThat(session.code()).isZero();
        assertThat(session.out()).containsPattern("cosine +499 +999 .* yes ").contains("mean size of the error");

        JsonNode check = json(foreshock("forecast", logs, "--from", "0.5", "--json"));
        double came = check.get("came").asDouble();
        assertThat(Math.abs(check.get("loss").asDouble() - came))
                .isLessThan(Math.abs(check.get("power_law").asDouble() - came))
                .isLessThan(Math.abs(check.get("last_mean").asDouble() - came));
    }

    @Test
    void forecastsTheEndUnderASchedule() throws IOException {
        JsonNode held = json(foreshock("forecast", logs, "--steps", "1500", "--json"));

        assertThat(held.get("from_step").asLong()).isEqualTo(999);
        assertThat(held.get("step").asLong()).isEqualTo(1_500);
        assertThat(held.get("schedule").asText()).isEqualTo("constant");
        assertThat(held.get("low").asDouble()).isLessThan(held.get("loss").asDouble());
        for (String schedule : new String[] {"linear", "cosine", "wsd"}) {
            Session session = foreshock("forecast", logs, "--steps", "2000", "--schedule", schedule);
            assertThat(session.code()).as(session.err()).isZero();
            assertThat(session.out()).contains("2,000");
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertThat(foreshock("forecast", logs, "--from", "2").err()).contains("--from must be between 0 and 1, got 2");
        assertThat(foreshock("forecast", logs, "--steps", "10").err()).contains("--steps 10 is not after step 999");
        assertThat(foreshock("forecast", logs.resolve("none")).code()).isEqualTo(1);
    }

    private static JsonNode json(Session session) throws IOException {
        return new ObjectMapper().readTree(session.out()).get(0);
    }
}
