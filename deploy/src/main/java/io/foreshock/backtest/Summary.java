package io.foreshock.backtest;

import io.foreshock.backtest.baseline.Baseline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All that a backtest found out.
 *
 * @param all the scores of all runs
 * @param families the same by family
 * @param peers the baselines, side by side with ours
 */
public record Summary(Scoreboard all, Map<String, Scoreboard> families, List<Peer> peers) {
    /**
     * A baseline.
     *
     * @param name tool and rule
     * @param board its scores
     * @param duel event by event against ours
     */
    public record Peer(String name, Scoreboard board, Duel duel) {}

    /**
     * Adds up.
     *
     * @param signatures slugs in the order of the table
     * @param played the runs, played with these baselines
     */
    public static Summary of(Collection<String> signatures, List<Backtest.Played> played, List<Baseline> baselines) {
        List<RunScore> scores = played.stream().map(Backtest.Played::score).toList();
        Map<String, Scoreboard> families = scores.stream()
                .collect(Collectors.groupingBy(
                        score -> score.run().family(),
                        TreeMap::new,
                        Collectors.collectingAndThen(
                                Collectors.toList(), family -> new Scoreboard(signatures, family))));
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < baselines.size(); i++) {
            int index = i;
            List<RunScore> theirs =
                    played.stream().map(run -> run.baselines().get(index)).toList();
            Duel duel = new Duel();
            for (int run = 0; run < scores.size(); run++) {
                duel.add(scores.get(run), theirs.get(run));
            }
            peers.add(new Peer(baselines.get(i).name(), new Scoreboard(signatures, theirs), duel));
        }
        return new Summary(new Scoreboard(signatures, scores), families, peers);
    }
}
