package io.foreshock.backtest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The same runs judged with other settings.
 *
 * @param theirs the scores with the other settings
 * @param duel event by event
 * @param changes what is different, a line each, in the order of the runs
 */
public record Comparison(Scoreboard theirs, Duel duel, List<String> changes) {
    /** Compares; both lists are of the same runs in the same order. */
    public static Comparison of(
            Collection<String> signatures, List<Backtest.Played> ours, List<Backtest.Played> theirs) {
        Duel duel = new Duel();
        List<String> changes = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            RunScore mine = ours.get(i).score();
            RunScore other = theirs.get(i).score();
            duel.add(mine, other);
            events(mine, other, changes);
            alarms("false", mine.run().name(), mine.falseAlarms(), other.falseAlarms(), changes);
            alarms("stray", mine.run().name(), mine.strayAlarms(), other.strayAlarms(), changes);
        }
        Scoreboard board = new Scoreboard(
                signatures, theirs.stream().map(Backtest.Played::score).toList());
        return new Comparison(board, duel, List.copyOf(changes));
    }

    private static void events(RunScore mine, RunScore other, List<String> out) {
        for (int i = 0; i < mine.events().size(); i++) {
            EventScore one = mine.events().get(i);
            EventScore two = other.events().get(i);
            Long before = step(one.alarm());
            Long after = step(two.alarm());
            if (!Objects.equals(before, after)) {
                out.add(mine.run().name() + "  " + one.event().signature() + " at step "
                        + one.event().onset().step() + ": " + found(before) + " -> " + found(after));
            }
        }
    }

    private static void alarms(String kind, String run, List<Alarm> mine, List<Alarm> other, List<String> out) {
        for (Alarm alarm : mine) {
            if (!has(other, alarm)) {
                out.add(run + "  " + kind + " " + alarm.signature() + " at step " + step(alarm) + " is gone");
            }
        }
        for (Alarm alarm : other) {
            if (!has(mine, alarm)) {
                out.add(run + "  " + kind + " " + alarm.signature() + " at step " + step(alarm) + " is new");
            }
        }
    }

    private static boolean has(List<Alarm> alarms, Alarm wanted) {
        return alarms.stream()
                .anyMatch(alarm ->
                        alarm.signature().equals(wanted.signature()) && Objects.equals(step(alarm), step(wanted)));
    }

    private static @Nullable Long step(@Nullable Alarm alarm) {
        return alarm == null ? null : alarm.incident().detectedStep();
    }

    private static String found(@Nullable Long step) {
        return step == null ? "missed" : "found at " + step;
    }
}
