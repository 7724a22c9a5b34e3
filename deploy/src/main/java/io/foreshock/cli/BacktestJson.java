package io.foreshock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.backtest.Alarm;
import io.foreshock.backtest.Backtest;
import io.foreshock.backtest.Comparison;
import io.foreshock.backtest.Duel;
import io.foreshock.backtest.EventScore;
import io.foreshock.backtest.LabelledEvent.Mark;
import io.foreshock.backtest.Scoreboard;
import io.foreshock.backtest.Summary;
import io.foreshock.backtest.Tally;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Scores for programs. */
final class BacktestJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private BacktestJson() {}

    static void print(Summary summary, List<Backtest.Played> runs, @Nullable Comparison comparison, PrintWriter out) {
        Scoreboard board = summary.all();
        ObjectNode root = MAPPER.createObjectNode();
        board(root, board);
        ObjectNode signatures = root.putObject("signatures");
        board.bySignature().forEach((slug, tally) -> tally(signatures.putObject(slug), tally));
        ObjectNode families = root.putObject("families");
        summary.families().forEach((family, theirs) -> board(families.putObject(family), theirs));
        ObjectNode baselines = root.putObject("baselines");
        for (Summary.Peer peer : summary.peers()) {
            ObjectNode scores = baselines.putObject(peer.name());
            board(scores, peer.board());
            duel(scores, peer.duel());
        }
        ArrayNode events = root.putArray("events");
        ArrayNode falseAlarms = root.putArray("false_alarms");
        ArrayNode strayAlarms = root.putArray("stray_alarms");
        for (Backtest.Played played : runs) {
            String run = played.score().run().name();
            for (EventScore event : played.score().events()) {
                event(events.addObject().put("run", run), event);
            }
            for (Alarm alarm : played.score().falseAlarms()) {
                alarm(falseAlarms.addObject().put("run", run), alarm);
            }
            for (Alarm alarm : played.score().strayAlarms()) {
                alarm(strayAlarms.addObject().put("run", run), alarm);
            }
        }
        if (comparison != null) {
            ObjectNode compared = root.putObject("compared");
            board(compared, comparison.theirs());
            duel(compared, comparison.duel());
            comparison.changes().forEach(compared.putArray("changes")::add);
        }
        out.println(root);
        out.flush();
    }

    private static void board(ObjectNode out, Scoreboard board) {
        out.put("runs", board.runs());
        out.put("rows", board.rows());
        out.put("quiet_rows", board.quietRows());
        out.put("clean_runs", board.cleanRuns());
        out.put("clean_runs_alarmed", board.cleanRunsAlarmed());
        out.put("false_alarms_per_10000_rows", board.rate(board.total().falseAlarms()));
        out.put("mean_recall", board.meanRecall());
        tally(out.putObject("total"), board.total());
    }

    private static void duel(ObjectNode out, Duel duel) {
        out.put("both_found", duel.both());
        out.put("only_ours", duel.onlyOurs());
        out.put("only_theirs", duel.onlyTheirs());
        out.put("leads_compared", duel.compared());
        out.put("our_median_lead", duel.ourMedianLead());
        out.put("their_median_lead", duel.theirMedianLead());
        out.put("our_median_lead_from_onset", duel.ourMedianLeadFromOnset());
        out.put("their_median_lead_from_onset", duel.theirMedianLeadFromOnset());
        out.put("median_advance", duel.medianAdvance());
    }

    private static void tally(ObjectNode out, Tally tally) {
        out.put("events", tally.events());
        out.put("found", tally.found());
        out.put("named", tally.named());
        out.put("harmful", tally.harmful());
        out.put("in_time", tally.inTime());
        out.put("median_lead", tally.medianLead());
        out.put("false_alarms", tally.falseAlarms());
        out.put("stray_alarms", tally.strayAlarms());
    }

    private static void event(ObjectNode out, EventScore score) {
        out.put("signature", score.event().signature());
        out.put("onset_step", score.event().onset().step());
        out.put("failure_step", step(score.event().failure()));
        out.put("end_step", step(score.event().end()));
        out.put("found", score.found());
        out.put("named", score.named());
        out.put("in_time", score.inTime());
        out.put("lead", score.lead());
        Alarm alarm = score.alarm();
        if (alarm != null) {
            alarm(out.putObject("alarm"), alarm);
        }
    }

    private static @Nullable Long step(@Nullable Mark mark) {
        return mark == null ? null : mark.step();
    }

    private static void alarm(ObjectNode out, Alarm alarm) {
        out.put("signature", alarm.signature());
        out.put("series", alarm.incident().series());
        out.put("severity", alarm.incident().severity().name().toLowerCase(Locale.ROOT));
        out.put("step", alarm.incident().detectedStep());
        out.put("onset_step", alarm.incident().onsetStep());
        out.put("row", alarm.row());
        out.put("summary", alarm.incident().summary());
    }
}
