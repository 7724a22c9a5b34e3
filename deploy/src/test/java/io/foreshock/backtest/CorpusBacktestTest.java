package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.foreshock.detect.Signatures;
import io.foreshock.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The floors of detection quality on recorded runs, where they are present (system property foreshock.corpus). */
class CorpusBacktestTest {
    private static final Set<String> SIGNATURES = Set.of(
            "non_finite",
            "loss_spike",
            "loss_divergence",
            "grad_norm_spike",
            "grad_explosion",
            "attention_logit_growth",
            "reward_variance_vanishing",
            "telemetry_stalled");
    private static final double MOST_CLEAN_RUNS_ALARMED = 0.03;

    @ParameterizedTest
    @CsvSource({"lab, 0.95", "public, 0.90"})
    void findsWhatHappenedAndLeavesCleanRunsAlone(String corpus, double floor) throws Exception {
        Path folder = Path.of(System.getProperty("foreshock.corpus", "corpus"), corpus);
        assumeTrue(Files.exists(folder.resolve(Labels.FILE)), () -> folder + " is not here");
        assumeFalse(Signatures.all().isEmpty(), "no detectors yet");

        List<Backtest.Played> played = new Backtest(
                        Settings.none(Signatures.all()), new Scorer(SIGNATURES, Scorer.SLACK_SHARE))
                .run(Labels.read(folder), () -> {});

        Scoreboard board = new Scoreboard(
                SIGNATURES, played.stream().map(Backtest.Played::score).toList());
        assertThat(board.total().recall()).as("share of events found").isGreaterThanOrEqualTo(floor);
        assertThat(board.cleanShareAlarmed())
                .as("share of clean runs alarmed")
                .isLessThanOrEqualTo(MOST_CLEAN_RUNS_ALARMED);
    }
}
