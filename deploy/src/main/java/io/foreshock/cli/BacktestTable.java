package io.foreshock.cli;

import io.foreshock.backtest.Alarm;
import io.foreshock.backtest.Backtest;
import io.foreshock.backtest.Comparison;
import io.foreshock.backtest.Duel;
import io.foreshock.backtest.EventScore;
import io.foreshock.backtest.LabelledEvent;
import io.foreshock.backtest.LabelledRun;
import io.foreshock.backtest.Scoreboard;
import io.foreshock.backtest.Summary;
import io.foreshock.backtest.Tally;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Scores for people. */
final class BacktestTable {
    private BacktestTable() {}

    static void print(Summary summary, double seconds, PrintWriter out) {
        Scoreboard board = summary.all();
        Table table =
                new Table("signature", ">events", ">found", ">named", ">in time", ">median lead", ">false", ">stray");
        int silent = 0;
        for (Map.Entry<String, Tally> line : board.bySignature().entrySet()) {
            Tally tally = line.getValue();
            if (tally.events() + tally.falseAlarms() + tally.strayAlarms() == 0) {
                silent++;
            } else {
                row(table, line.getKey(), tally);
            }
        }
        table.rule();
        row(table, "all", board.total());
        table.print(out);
        if (silent > 0) {
            out.println(silent + " more: no event, and no alarm in place of one");
        }
        Tally total = board.total();
        out.printf(
                Locale.ROOT,
                "%nfound        %d of %d events, %.1f %% (mean over signatures %.1f %%)%n"
                        + "named        %.1f %%, in time %.1f %%%n"
                        + "false        %.2f alarms per 10,000 rows without an event (%d in %,d of %,d rows)%n"
                        + "clean runs   %d of %d alarmed, %.1f %%%n"
                        + "played       %d runs in %.1f s, %,.0f rows/s%n",
                total.found(),
                total.events(),
                100 * total.recall(),
                100 * board.meanRecall(),
                100 * share(total.named(), total.events()),
                100 * share(total.inTime(), total.harmful()),
                board.rate(total.falseAlarms()),
                total.falseAlarms(),
                board.quietRows(),
                board.rows(),
                board.cleanRunsAlarmed(),
                board.cleanRuns(),
                100 * board.cleanShareAlarmed(),
                board.runs(),
                seconds,
                board.rows() / seconds);
        printFamilies(summary.families(), out);
        printPeers(summary, out);
        out.flush();
    }

    private static void printFamilies(Map<String, Scoreboard> families, PrintWriter out) {
        out.println();
        Table table = new Table(
                "family", ">runs", ">events", ">found", ">named", ">in time", ">false", ">stray", ">clean alarmed");
        families.forEach((family, board) -> {
            Tally total = board.total();
            table.row(
                    family.isEmpty() ? "-" : family,
                    board.runs(),
                    total.events(),
                    total.found(),
                    total.named(),
                    total.harmful() == 0 ? "-" : total.inTime() + "/" + total.harmful(),
                    total.falseAlarms(),
                    total.strayAlarms(),
                    board.cleanRunsAlarmed() + "/" + board.cleanRuns());
        });
        table.print(out);
    }

    private static void printPeers(Summary summary, PrintWriter out) {
        out.println();
        Table table = new Table(
                "baseline",
                ">found",
                ">false a 10,000",
                ">clean alarmed",
                ">both found",
                ">only it",
                ">our lead",
                ">its lead",
                ">ours from onset",
                ">its");
        for (Summary.Peer peer : summary.peers()) {
            Scoreboard board = peer.board();
            Duel duel = peer.duel();
            table.row(
                    peer.name(),
                    board.total().found() + "/" + board.total().events(),
                    String.format(Locale.ROOT, "%.2f", board.rate(board.total().falseAlarms())),
                    board.cleanRunsAlarmed() + "/" + board.cleanRuns(),
                    duel.both(),
                    duel.onlyTheirs(),
                    steps(duel.ourMedianLead()),
                    steps(duel.theirMedianLead()),
                    steps(duel.ourMedianLeadFromOnset()),
                    steps(duel.theirMedianLeadFromOnset()));
        }
        table.print(out);
    }

    /** What the other settings change: the sums, then event by event and alarm by alarm. */
    static void printComparison(Scoreboard ours, Comparison comparison, PrintWriter out) {
        Scoreboard theirs = comparison.theirs();
        out.println();
        Table table = new Table("settings", ">found", ">named", ">false", ">stray", ">clean alarmed", ">median lead");
        settings(table, "--config", ours);
        settings(table, "--compare", theirs);
        table.print(out);
        out.println();
        comparison.changes().forEach(out::println);
        if (comparison.changes().isEmpty()) {
            out.println("No event is found otherwise, and no alarm comes or goes.");
        }
        out.flush();
    }

    private static void settings(Table table, String name, Scoreboard board) {
        Tally total = board.total();
        table.row(
                name,
                total.found() + "/" + total.events(),
                total.named(),
                total.falseAlarms(),
                total.strayAlarms(),
                board.cleanRunsAlarmed() + "/" + board.cleanRuns(),
                steps(total.medianLead()));
    }

    private static double share(int some, int all) {
        return all == 0 ? 1 : (double) some / all;
    }

    private static String steps(@Nullable Long lead) {
        return lead == null ? "-" : lead + (Math.abs(lead) == 1 ? " step" : " steps");
    }

    private static void row(Table table, String name, Tally tally) {
        table.row(
                name,
                tally.events(),
                tally.found(),
                tally.named(),
                tally.harmful() == 0 ? "-" : tally.inTime() + "/" + tally.harmful(),
                steps(tally.medianLead()),
                tally.falseAlarms(),
                tally.strayAlarms());
    }

    static void printMisses(List<Backtest.Played> runs, PrintWriter out) {
        for (Backtest.Played played : runs) {
            LabelledRun run = played.score().run();
            StringBuilder text = new StringBuilder();
            for (EventScore event : played.score().events()) {
                miss(event, played.unjudged(), text);
            }
            played.score().falseAlarms().forEach(alarm -> alarm("FALSE", alarm, text));
            played.score().strayAlarms().forEach(alarm -> alarm("STRAY", alarm, text));
            if (text.length() > 0) {
                out.println();
                out.println(run.name() + (run.clean() ? " (clean)" : "") + "   foreshock replay " + run.file());
                out.print(text);
            }
        }
        out.flush();
    }

    private static void miss(EventScore score, Set<String> unjudged, StringBuilder text) {
        LabelledEvent event = score.event();
        Alarm alarm = score.alarm();
        LabelledEvent.Mark failure = event.failure();
        LabelledEvent.Mark end = event.end();
        String where = event.signature() + "  step " + event.onset().step() + ".." + (end == null ? "" : end.step())
                + (failure == null ? "" : "  failure " + failure.step());
        if (alarm == null) {
            text.append("  MISS   ")
                    .append(where)
                    .append("  ")
                    .append(event.evidence())
                    .append('\n');
            if (unjudged.contains(event.signature())) {
                text.append("         not evaluable: an input of it was never logged\n");
            }
            Alarm standing = score.standing();
            if (standing != null) {
                text.append("         ").append(standing.signature());
                text.append(" had opened too early to count, at step ");
                text.append(standing.incident().detectedStep()).append(", and was still open\n");
            }
        } else if (score.harmful() && !score.inTime()) {
            text.append("  LATE   ").append(where).append("  found at step ");
            text.append(alarm.incident().detectedStep())
                    .append(" as ")
                    .append(alarm.signature())
                    .append('\n');
        }
    }

    private static void alarm(String kind, Alarm alarm, StringBuilder text) {
        text.append("  ").append(kind).append("  ").append(alarm.signature());
        text.append("  step ").append(alarm.incident().detectedStep());
        text.append("  ").append(alarm.incident().severity().name().toLowerCase(Locale.ROOT));
        text.append("  ").append(alarm.incident().summary()).append('\n');
    }
}
