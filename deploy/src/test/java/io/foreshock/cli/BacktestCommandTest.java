package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three runs: one whose spike is found and one missed, one false alarm, one clean. */
class BacktestCommandTest {
    @TempDir
    Path corpus;

    @BeforeEach
    void record() throws IOException {
        log("found", 120);
        log("missed", 600);
        log("clean");
        Files.writeString(corpus.resolve("labels.json"), """
                {"found": {"lines": 1000, "family": "lm", "events": [{"signature": "loss_spike", "onset_step": 120,
                                                      "failure_step": 125, "end_step": 130}]},
                 "missed": {"lines": 1000, "events": [{"signature": "loss_spike", "onset_step": 300,
                                                       "failure_step": 310, "end_step": 320, "evidence": "in a plot"}]},
                 "clean": {"lines": 1000, "events": []}}
                """);
    }

    @Test
    void printsATablePerSignature() {
        Session session = foreshock("backtest", corpus);

        assertThat(session.code()).isZero();
        assertThat(session.out())
                .containsPattern("loss_spike +2 +1 +1 +1/2 +5 steps +1 +0")
                .contains("found        1 of 2 events, 50.0 % (mean over signatures 50.0 %)")
                .contains("named        50.0 %, in time 50.0 %")
                .contains("clean runs   0 of 1 alarmed");
        assertThat(session.err()).isEmpty();
    }

    @Test
    void splitsByFamily() {
        assertThat(foreshock("backtest", corpus).out())
                .containsPattern("lm +1 +1 +1 +1 +1/1 +0 +0 +0/0")
                .containsPattern("(?m)^- +2 +1 +0 +0 +0/1 +1 +0 +0/1");
    }

    @Test
    void playsTheRulesOfOtherToolsOnTheSameRows() {
        // Both spikes are single rows of 25 times the loss: the one that is labelled is found, the other is false.
        assertThat(foreshock("backtest", corpus).out())
                .containsPattern("Lightning spike +1/2 +[0-9.]+ +0/1 +1 +0 +5 steps +5 steps")
                .containsPattern("llm-foundry spike +0/2 +0.00 +0/1 +0 +0 +- +-");
    }

    @Test
    void listsMissesWithTheReplayThatShowsThem() {
        assertThat(foreshock("backtest", corpus, "--misses").out())
                .contains("foreshock replay " + corpus.resolve("missed.jsonl"))
                .contains("MISS   loss_spike  step 300..320  failure 310  in a plot")
                .contains("FALSE  loss_spike  step 600  warning  Loss is 50")
                .doesNotContain("foreshock replay " + corpus.resolve("found.jsonl"));
    }

    @Test
    void comparesSettings() throws IOException {
        Path deaf = Files.writeString(corpus.resolve("deaf.yaml"), "defaults:\n  loss_spike:\n    limit: 100\n");

        assertThat(foreshock("backtest", corpus, "--compare", deaf).out())
                .containsPattern("--config +1/2 +1 +1 +0 +0/1 +5 steps")
                .containsPattern("--compare +0/2 +0 +0 +0 +0/1 +-")
                .contains("found  loss_spike at step 120: found at 120 -> missed")
                .contains("missed  false loss_spike at step 600 is gone");
        assertThat(foreshock("backtest", corpus, "--config", deaf, "--compare", deaf)
                        .out())
                .contains("No event is found otherwise, and no alarm comes or goes.");
    }

    @Test
    void jsonIsWhatTheTableShows() throws IOException {
        JsonNode scores = new ObjectMapper()
                .readTree(foreshock("backtest", corpus, "--json").out());

        assertThat(scores.at("/runs").asInt()).isEqualTo(3);
        assertThat(scores.at("/total/found").asInt()).isEqualTo(1);
        assertThat(scores.at("/signatures/loss_spike/median_lead").asInt()).isEqualTo(5);
        assertThat(scores.at("/events/0/alarm/step").asInt()).isEqualTo(120);
        assertThat(scores.at("/families/lm/total/found").asInt()).isEqualTo(1);
        assertThat(scores.at("/baselines/Lightning spike/their_median_lead").asInt())
                .isEqualTo(5);
        assertThat(scores.at("/baselines/Lightning spike/their_median_lead_from_onset")
                        .asInt())
                .isEqualTo(5);
        assertThat(scores.at("/false_alarms/0/run").asText()).isEqualTo("missed");
    }

    @Test
    void runsCanBeChosen() {
        assertThat(foreshock("backtest", corpus, "--runs", "^found$").out()).contains("1 of 1 events, 100.0 %");
        assertThat(foreshock("backtest", corpus, "--runs", "none")).satisfies(session -> {
            assertThat(session.code()).isEqualTo(1);
            assertThat(session.err()).contains("names no run that matches --runs none");
        });
        assertThat(foreshock("backtest", corpus, "--runs", "(").code()).isEqualTo(2);
    }

    @Test
    void unlabelledStartExcusesEarlyAlarms() {
        assertThat(foreshock("backtest", corpus, "--unlabelled-start", "0.7").out())
                .contains("0.00 alarms per 10,000 rows");
        assertThat(foreshock("backtest", corpus, "--unlabelled-start", "1").code())
                .isEqualTo(2);
    }

    @Test
    void signatureNobodyKnowsIsRefused() {
        Session session = foreshock("backtest", corpus, "--signatures", "loss_spyke");

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err()).contains("'loss_spyke'");
    }

    @Test
    void folderWithoutLabelsIsRefused() throws IOException {
        Files.delete(corpus.resolve("labels.json"));

        Session session = foreshock("backtest", corpus);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err().lines()).singleElement().asString().contains("has no labels.json");
    }

    @Test
    void labelledRunWithoutLogIsNamed() throws IOException {
        Files.delete(corpus.resolve("clean.jsonl"));

        Session session = foreshock("backtest", corpus);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err()).contains("run clean is labelled but its log");
    }

    private void log(String name, Integer... spikes) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = 0; step < 1000; step++) {
            int loss = List.of(spikes).contains(step) ? 50 : 2;
            lines.append("{\"step\":" + step + ",\"metrics\":{\"loss\":" + loss + "}}\n");
        }
        Files.writeString(corpus.resolve(name + ".jsonl"), lines);
    }
}
