package io.foreshock.cli;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.incident.Incident;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.JudgedRun;
import io.foreshock.replay.Replay;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.terminal.AlertPrinter;
import io.foreshock.terminal.Colour;
import io.foreshock.terminal.RunSummary;
import io.foreshock.terminal.RunTable;
import io.foreshock.terminal.StoryText;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** A replay for people: the incidents in the order of steps, a line a run, what followed from what, what
 * could not be judged, what went wrong. */
final class ReplayText {
    /** More changes than this are a matter for a file. */
    private static final int LISTED = 60;

    private ReplayText() {}

    /** @param listed whether the incidents were printed when they happened */
    static void print(List<JudgedFile> files, List<Signature> known, boolean listed, PrintWriter out) {
        List<JudgedRun> runs =
                files.stream().flatMap(file -> file.runs().stream()).toList();
        Colour colour = Colour.detect();
        if (!listed) {
            printChanges(runs, colour, out);
        }
        if (!runs.isEmpty()) {
            out.println(new RunTable(colour)
                    .print(runs.stream().map(ReplayText::summary).toList()));
        }
        printStories(runs, out);
        printUnjudged(runs, known, out);
    }

    private static void printStories(List<JudgedRun> runs, PrintWriter out) {
        boolean any = false;
        for (JudgedRun run : runs) {
            for (String story : StoryText.of(run.incidents())) {
                if (!any) {
                    out.println();
                    out.println("What followed from what:");
                    any = true;
                }
                out.println("  " + story);
            }
        }
    }

    private static void printChanges(List<JudgedRun> runs, Colour colour, PrintWriter out) {
        AlertPrinter printer = new AlertPrinter(colour);
        List<Incident> serious = runs.stream()
                .flatMap(run -> run.changes().stream())
                .filter(change -> change.severity() != Severity.INFO)
                .toList();
        for (Incident change : serious.subList(0, Math.min(LISTED, serious.size()))) {
            out.println(printer.print(change));
            out.println();
        }
        if (serious.size() > LISTED) {
            out.printf(
                    Locale.ROOT,
                    "… and %,d more changes; --alerts FILE writes all of them%n%n",
                    serious.size() - LISTED);
        }
    }

    private static RunSummary summary(JudgedRun run) {
        RunEnd end = run.end();
        String state = end == null ? "log ends" : end.name().toLowerCase(Locale.ROOT);
        return new RunSummary(run.run(), run.rows(), run.lastStep(), state, run.incidents(), null);
    }

    /** A signature that cannot see is not a signature that sees nothing. */
    private static void printUnjudged(List<JudgedRun> runs, List<Signature> known, PrintWriter out) {
        Table table = new Table("not evaluable", ">runs", "because this was never logged", "which others log as");
        int rows = 0;
        for (Signature signature : known) {
            List<List<String>> lacking = runs.stream()
                    .map(run -> run.unjudged().get(signature.slug()))
                    .filter(Objects::nonNull)
                    .toList();
            if (!lacking.isEmpty()) {
                List<String> missing = lacking.get(0);
                table.row(signature.slug(), lacking.size(), Needs.listed(signature, missing), Needs.logged(missing));
                rows++;
            }
        }
        if (rows > 0) {
            out.println();
            table.print(out);
        }
    }

    /** Rejected lines and files that failed; true if any failed. */
    static boolean printTrouble(List<JudgedFile> files, PrintWriter err) {
        long rejected = files.stream().mapToLong(JudgedFile::rejected).sum();
        int shown = 0;
        for (JudgedFile file : files) {
            for (Rejected reject : file.firstRejected()) {
                if (shown++ < Replay.SHOWN_REJECTIONS) {
                    err.println(file.file().shown() + where(reject) + ": "
                            + reject.reason().name().toLowerCase(Locale.ROOT) + ": " + reject.detail());
                }
            }
        }
        if (rejected > 0) {
            err.printf(
                    Locale.ROOT,
                    "%,d rejected%s%n",
                    rejected,
                    rejected > Replay.SHOWN_REJECTIONS ? ", the first " + Replay.SHOWN_REJECTIONS + " are above" : "");
        }
        Map<String, String> fileOf = new LinkedHashMap<>();
        boolean failed = false;
        for (JudgedFile file : files) {
            for (JudgedRun run : file.runs()) {
                String path = file.file().shown();
                String other = fileOf.putIfAbsent(run.run(), path);
                if (other != null) {
                    err.println("note: run " + run.run() + " is in " + other + " and in " + path
                            + "; each part was judged on its own");
                }
            }
            file.file().notes().forEach(note -> err.println("note: " + note));
            if (file.failure() != null) {
                failed = true;
                err.println("foreshock: " + file.failure());
            }
        }
        err.flush();
        return failed;
    }

    private static String where(Rejected reject) {
        return reject.partition() < 0
                ? " line " + reject.offset()
                : " partition " + reject.partition() + " offset " + reject.offset();
    }
}
