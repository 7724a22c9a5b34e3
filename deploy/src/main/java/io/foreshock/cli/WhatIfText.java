package io.foreshock.cli;

import io.foreshock.incident.Incident;
import io.foreshock.replay.WhatIf;
import io.foreshock.terminal.Words;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What other settings would have said, for people: a line an incident that is otherwise, a line a run, a sentence. */
final class WhatIfText {
    /** More lines than this are a matter for {@code --json}. */
    private static final int LISTED = 60;

    private WhatIfText() {}

    static void print(List<WhatIf> runs, PrintWriter out) {
        List<Object[]> rows = new ArrayList<>();
        runs.forEach(run -> incidents(run, rows));
        out.println();
        out.println("With the settings of --compare:");
        if (!rows.isEmpty()) {
            out.println();
            Table table = new Table("run", "incident", "signature", "severity", ">onset", ">found at", "that is");
            rows.subList(0, Math.min(LISTED, rows.size())).forEach(table::row);
            table.print(out);
            if (rows.size() > LISTED) {
                out.printf(Locale.ROOT, "… and %,d more; --json has all of them%n", rows.size() - LISTED);
            }
            leads(runs, out);
        }
        out.println();
        out.println(summary(runs));
        out.flush();
    }

    private static void incidents(WhatIf run, List<Object[]> rows) {
        for (Incident incident : run.vanished()) {
            rows.add(row(run, "vanishes", incident));
        }
        for (Incident incident : run.appeared()) {
            rows.add(row(run, "appears", incident));
        }
        for (WhatIf.Pair pair : run.moved()) {
            rows.add(new Object[] {
                Words.safe(run.run()),
                "moves",
                Words.safe(pair.ours().signature()),
                both(severity(pair.ours()), severity(pair.theirs())),
                both(
                        Words.step(pair.ours().onsetStep()),
                        Words.step(pair.theirs().onsetStep())),
                both(
                        Words.step(pair.ours().detectedStep()),
                        Words.step(pair.theirs().detectedStep())),
                pair.sooner() == 0 ? "" : apart(pair.sooner())
            });
        }
    }

    private static Object[] row(WhatIf run, String what, Incident incident) {
        return new Object[] {
            Words.safe(run.run()),
            what,
            Words.safe(incident.signature()),
            severity(incident),
            Words.step(incident.onsetStep()),
            Words.step(incident.detectedStep()),
            ""
        };
    }

    private static void leads(List<WhatIf> runs, PrintWriter out) {
        Table table = new Table("run", ">first warning", ">with --compare", "that is");
        int rows = 0;
        for (WhatIf run : runs) {
            if (!Objects.equals(run.ourFirst(), run.theirFirst())) {
                Long gained = run.gainedLead();
                table.row(
                        Words.safe(run.run()),
                        step(run.ourFirst()),
                        step(run.theirFirst()),
                        gained != null ? apart(gained) : run.ourFirst() == null ? "a warning now" : "no warning now");
                rows++;
            }
        }
        if (rows > 0) {
            out.println();
            table.print(out);
        }
    }

    static String summary(List<WhatIf> runs) {
        long changed = runs.stream()
                .filter(run -> !run.vanished().isEmpty()
                        || !run.appeared().isEmpty()
                        || !run.moved().isEmpty())
                .count();
        long unmoved = runs.stream()
                .flatMap(run -> run.pairs().stream())
                .filter(pair -> !pair.moved())
                .count();
        if (changed == 0) {
            return "No incident appears, vanishes or moves; " + Words.count(unmoved, "incident")
                    + (unmoved == 1 ? " stays as it is." : " stay as they are.");
        }
        List<WhatIf.Pair> moved =
                runs.stream().flatMap(run -> run.moved().stream()).toList();
        return String.format(
                Locale.ROOT,
                "Of %s %,d changed: %,d appeared, %,d vanished, %,d moved (%,d sooner, %,d later), %,d as before.",
                Words.count(runs.size(), "run"),
                changed,
                runs.stream().mapToLong(run -> run.appeared().size()).sum(),
                runs.stream().mapToLong(run -> run.vanished().size()).sum(),
                moved.size(),
                moved.stream().filter(pair -> pair.sooner() > 0).count(),
                moved.stream().filter(pair -> pair.sooner() < 0).count(),
                unmoved);
    }

    private static String both(String ours, String theirs) {
        return ours.equals(theirs) ? ours : ours + " -> " + theirs;
    }

    private static String apart(long sooner) {
        return Words.count(Math.abs(sooner), "step") + (sooner > 0 ? " sooner" : " later");
    }

    private static String step(@Nullable Long step) {
        return step == null ? "-" : Words.step(step);
    }

    private static String severity(Incident incident) {
        return incident.severity().name().toLowerCase(Locale.ROOT);
    }
}
