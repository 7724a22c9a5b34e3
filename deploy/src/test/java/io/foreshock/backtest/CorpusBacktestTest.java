package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The floors of detection quality on recorded runs, where they are present (system property foreshock.corpus). */
class CorpusBacktestTest {
    /**
     * @param found share of the events
     * @param mean share of the events of a signature, averaged over the signatures that have any
     * @param named share of the events
     * @param inTime share of the events that did harm
     * @param falseAlarms per 10,000 rows without an event
     * @param clean clean runs that may be alarmed
     */
    @ParameterizedTest
    @CsvSource({"lab, 0.98, 0.97, 0.95, 0.90, 0.2, 1", "public, 0.97, 0.97, 0.93, 0, 0.1, 1"})
    void findsWhatHappenedAndLeavesCleanRunsAlone(
            String corpus, double found, double mean, double named, double inTime, double falseAlarms, int clean)
            throws Exception {
        Path folder = Path.of(System.getProperty("foreshock.corpus", "corpus"), corpus);
        assumeTrue(Files.exists(folder.resolve(Labels.FILE)), () -> folder + " is not here");
        Set<String> slugs = Signatures.all().stream().map(Signature::slug).collect(Collectors.toSet());

        List<Backtest.Played> played = new Backtest(
                        run -> Signatures.all(), List.of(), new Scorer(slugs, Scorer.SLACK_SHARE))
                .run(Labels.read(folder), () -> {});

        Scoreboard board = new Scoreboard(
                slugs, played.stream().map(Backtest.Played::score).toList());
        Tally all = board.total();
        assertThat(all.recall()).as("share of events found").isGreaterThanOrEqualTo(found);
        assertThat(board.meanRecall()).as("mean over signatures").isGreaterThanOrEqualTo(mean);
        assertThat(all.named()).as("events named").isGreaterThanOrEqualTo((int) Math.ceil(named * all.events()));
        assertThat(all.inTime()).as("found in time").isGreaterThanOrEqualTo((int) Math.ceil(inTime * all.harmful()));
        assertThat(board.rate(all.falseAlarms())).as("false alarms").isLessThanOrEqualTo(falseAlarms);
        assertThat(board.cleanRunsAlarmed()).as("clean runs alarmed").isLessThanOrEqualTo(clean);
    }
}
