package io.foreshock.cli;

import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.JudgedRun;
import io.foreshock.replay.Player;
import io.foreshock.replay.Recorded;
import io.foreshock.replay.WhatIf;
import io.foreshock.report.HtmlReport;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.view.Budget;
import io.foreshock.view.Comparison;
import io.foreshock.view.RunView;
import io.foreshock.view.SettingsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** {@code --report FILE}: the judged runs as one HTML file. What it draws is gathered while they are played. */
final class ReportFile {
    private final Path path;
    private final Settings settings;
    private final @Nullable Path others;
    private final Budget budget = new Budget(Budget.REPORT);
    private final Map<Recorded, Onlooker> onlookers = new ConcurrentHashMap<>();
    private final List<RunView> views = new ArrayList<>();

    /**
     * Looks whether the file can be written before anything is judged.
     *
     * @param others the file of settings that the runs are compared with, or null where they are not
     */
    ReportFile(Path path, Settings settings, @Nullable Path others) throws IOException {
        this.path = path;
        this.settings = settings;
        this.others = others;
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException("--report " + path + ": folder " + folder + " does not exist; create it first");
        }
        if (Files.isDirectory(path)) {
            throw new IOException("--report " + path + " is a folder; name a file in it");
        }
        if (!Files.isWritable(folder)) {
            throw new IOException("--report " + path + " cannot be written: folder " + folder
                    + " may not be written to; let whoever runs this write there, or name another");
        }
    }

    /** Whoever watches this recording being played. */
    Player.Audience onlooker(Recorded recorded) {
        return onlookers.computeIfAbsent(recorded, unseen -> new Onlooker());
    }

    /** Takes in a recording that was played to its end, in the order in which its runs are to be shown. */
    void judged(JudgedFile file) {
        Onlooker seen = onlookers.remove(file.file());
        if (seen == null) {
            return;
        }
        for (JudgedRun run : file.runs()) {
            RunView view = seen.views.get(run.run());
            if (view == null) {
                continue;
            }
            view.flush(row -> {});
            view.shrink();
            if (run.otherwise() != null && others != null) {
                view.compare(comparison(WhatIf.of(run, run.otherwise()), others));
            }
            views.add(view);
        }
    }

    private static Comparison comparison(WhatIf whatIf, Path others) {
        return new Comparison(
                "these settings",
                whatIf.ours(),
                String.valueOf(others.getFileName()),
                whatIf.theirs(),
                whatIf.pairs().stream()
                        .map(pair -> new Comparison.Pair(
                                pair.ours().id(), pair.theirs().id()))
                        .toList());
    }

    /** Writes it all; of nothing there is no report, and one of before stays as it is. */
    void write() throws IOException {
        if (views.isEmpty()) {
            return;
        }
        views.forEach(RunView::shrink);
        Map<String, String> versions = new LinkedHashMap<>();
        for (String line : new Foreshock.Version().getVersion()) {
            String[] words = line.split(" ", 2);
            versions.put(words[0], words[1]);
        }
        try {
            HtmlReport.write(path, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), versions, views);
        } catch (IOException e) {
            throw new IOException("--report " + e.getMessage(), e);
        }
    }

    /** Gathers what is shown of the runs of one recording. */
    private final class Onlooker implements Player.Audience {
        private final Map<String, RunView> views = new LinkedHashMap<>();

        @Override
        public void sample(StepSample sample) {
            views.computeIfAbsent(sample.run(), this::begin).sample(sample);
        }

        private RunView begin(String run) {
            RunView view = new RunView(run, budget);
            view.judgedBy(settings.signatures(run), SettingsText.of(settings, run));
            return view;
        }

        @Override
        public void incident(Incident incident) {
            of(incident.run()).incident(incident);
        }

        @Override
        public void signals(StepSignals row) {
            of(row.run()).signals(row);
        }

        @Override
        public void rejected(Rejected rejected) {}

        private RunView of(String run) {
            return Objects.requireNonNull(views.get(run), "nothing is said of a run before its first sample");
        }
    }
}
