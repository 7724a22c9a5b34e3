package io.foreshock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.backtest.Alarm;
import io.foreshock.backtest.Backtest;
import io.foreshock.backtest.EventScore;
import io.foreshock.backtest.LabelledEvent.Mark;
import io.foreshock.backtest.Scoreboard;
import io.foreshock.backtest.Tally;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Scores for programs. */
final class BacktestJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private BacktestJson() {}

    static void print(Scoreboard board, List<Backtest.Played> runs, PrintWriter out) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("runs", board.runs());
        root.put("rows", board.rows());
        root.put("quiet_rows", board.quietRows());
        root.put("clean_runs", board.cleanRuns());
        root.put("clean_runs_alarmed", board.cleanRunsAlarmed());
        root.put("false_alarms_per_10000_rows", board.rate(board.total().falseAlarms()));
        tally(root.putObject("total"), board.total());
        ObjectNode signatures = root.putObject("signatures");
        board.bySignature().forEach((slug, tally) -> tally(signatures.putObject(slug), tally));
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
        out.println(root);
        out.flush();
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
