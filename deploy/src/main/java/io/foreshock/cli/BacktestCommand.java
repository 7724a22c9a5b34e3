package io.foreshock.cli;

import io.foreshock.backtest.Backtest;
import io.foreshock.backtest.Comparison;
import io.foreshock.backtest.CorpusException;
import io.foreshock.backtest.LabelledEvent;
import io.foreshock.backtest.LabelledRun;
import io.foreshock.backtest.Labels;
import io.foreshock.backtest.Scorer;
import io.foreshock.backtest.Summary;
import io.foreshock.backtest.baseline.Baseline;
import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock backtest}: how well a labelled corpus is judged. */
@Command(
        name = "backtest",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Judge a labelled corpus: recall, false alarms and lead, per signature.",
        description = {
            "",
            "Plays every run that DIR/labels.json names, with the judge that the job uses, and compares the warning and"
                    + " critical incidents with the labels.",
            "",
            "  found     an alarm of the event's signature or its kin opened during the event (with slack)",
            "  named     an alarm of the very signature did",
            "  in time   found before the run was harmed, of the events that did harm",
            "  false     alarms where nothing happened, per 10,000 logged rows without an event",
            "  stray     alarms during an event of quite another kind",
            "",
            "The same rows are judged by the rules of other tools with their defaults (the notes on prior art say whose).",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock backtest corpus/lab",
            "  foreshock backtest corpus/lab --signatures loss_spike,grad_norm_spike --misses",
            "  foreshock backtest corpus/lab --config foreshock.yaml     the same with other settings",
            "  foreshock backtest corpus/public --json > scores.json",
            "  foreshock backtest corpus/lab --config foreshock.yaml --compare stricter.yaml",
            "",
            "Labels: {\"run-7\": {\"lines\": 900, \"events\": [{\"signature\": \"loss_spike\", \"onset_step\": 300,",
            "        \"failure_step\": 310, \"end_step\": 340}]}} beside run-7.jsonl.gz"
        })
final class BacktestCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "Folder with labels.json and the logs it names.")
    private Path folder = Path.of("");

    @Option(
            names = "--signatures",
            split = ",",
            paramLabel = "SLUG",
            description = "Demand only events of these signatures and count only their alarms; default: all known.")
    private List<String> signatures = List.of();

    @Option(names = "--runs", paramLabel = "REGEX", description = "Score only the runs whose name contains a match.")
    private @Nullable String runs;

    @Option(
            names = "--unlabelled-start",
            paramLabel = "SHARE",
            description = "Share of each run, from its start, in which alarms are not counted as false; default: 0.1"
                    + " where labels come without a count of lines, else 0.")
    private @Nullable Double unlabelledStart;

    @Option(
            names = "--slack-share",
            paramLabel = "SHARE",
            description = "How far from an event its alarm may be, as a share of the run, if that is more than 20 rows;"
                    + " default: ${DEFAULT-VALUE}. With 0 one alarm hardly ever finds two events.")
    private double slackShare = Scorer.SLACK_SHARE;

    @Mixin
    private ConfigFile config = new ConfigFile();

    @Mixin
    private CompareFile compare = new CompareFile();

    @Option(names = "--misses", description = "List each miss, late find, false and stray alarm.")
    private boolean misses;

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    private boolean json;

    @Override
    public Integer call() throws CorpusException, InterruptedException, IOException, SettingsException {
        List<Signature> known = Objects.requireNonNull(root).signatures();
        Settings settings = config.read(known);
        Settings others = compare.read(known);
        List<LabelledRun> labelled = labelled();
        Set<String> demanded = demanded(labelled, settings);
        List<Baseline> baselines = Baseline.all();
        Scorer scorer = new Scorer(demanded, slackShare);
        long started = System.nanoTime();
        List<Backtest.Played> played = play(new Backtest(settings::signatures, baselines, scorer), labelled);
        double seconds = (System.nanoTime() - started) / 1e9;
        Summary summary = Summary.of(demanded, played, baselines);
        Comparison comparison = others == null
                ? null
                : Comparison.of(demanded, played, play(new Backtest(others::signatures, List.of(), scorer), labelled));
        PrintWriter out = spec().commandLine().getOut();
        if (json) {
            BacktestJson.print(summary, played, comparison, out);
            return 0;
        }
        BacktestTable.print(summary, seconds, out);
        if (misses) {
            BacktestTable.printMisses(played, out);
        }
        if (comparison != null) {
            BacktestTable.printComparison(summary.all(), comparison, out);
        }
        return 0;
    }

    private static List<Backtest.Played> play(Backtest backtest, List<LabelledRun> labelled)
            throws CorpusException, InterruptedException {
        try (Progress progress = Progress.of("Playing", "runs", labelled.size())) {
            return backtest.run(labelled, () -> progress.step(1));
        }
    }

    private Set<String> demanded(List<LabelledRun> labelled, Settings settings) {
        List<String> slugs = settings.all().stream().map(Signature::slug).toList();
        if (signatures.isEmpty()) {
            return new LinkedHashSet<>(slugs);
        }
        Set<String> labels = labelled.stream()
                .flatMap(run -> run.events().stream())
                .map(LabelledEvent::signature)
                .collect(Collectors.toSet());
        for (String slug : signatures) {
            if (!slugs.contains(slug) && !labels.contains(slug)) {
                throw new ParameterException(
                        spec().commandLine(),
                        "--signatures: neither a detector nor a label is called '" + slug
                                + "'; 'foreshock signatures' lists the detectors");
            }
            if (!slugs.contains(slug)) {
                // Demanded nonetheless: events of a signature that is not there yet are misses.
                spec().commandLine()
                        .getErr()
                        .println("note: no detector is called " + slug + "; its events are missed");
            }
        }
        return new LinkedHashSet<>(signatures);
    }

    private List<LabelledRun> labelled() throws CorpusException {
        Double start = unlabelledStart;
        if (start != null && !(start >= 0 && start < 1)) {
            throw new ParameterException(
                    spec().commandLine(), "--unlabelled-start must be a share from 0 to below 1, got " + start);
        }
        if (!(slackShare >= 0 && slackShare <= 1)) {
            throw new ParameterException(
                    spec().commandLine(), "--slack-share must be a share from 0 to 1, got " + slackShare);
        }
        String pattern = runs;
        List<LabelledRun> labelled = Labels.read(folder).stream()
                .filter(run -> pattern == null
                        || Patterns.of(spec(), "--runs", pattern)
                                .matcher(run.name())
                                .find())
                .map(run -> start == null
                        ? run
                        : new LabelledRun(run.name(), run.family(), run.file(), start, run.events()))
                .toList();
        if (labelled.isEmpty()) {
            throw new CorpusException(folder.resolve(Labels.FILE) + " names no run"
                    + (pattern == null ? "" : " that matches --runs " + pattern));
        }
        return labelled;
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }
}
