package io.foreshock.cli;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.JudgedRun;
import io.foreshock.replay.Pace;
import io.foreshock.replay.Recorded;
import io.foreshock.replay.RecordedFile;
import io.foreshock.replay.Recordings;
import io.foreshock.replay.Replay;
import io.foreshock.replay.WhatIf;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import io.foreshock.terminal.AlertPrinter;
import io.foreshock.terminal.Colour;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code foreshock replay}: what would have been said about recorded runs. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Judge recorded runs, from files or out of Kafka, as fast as they can be read.",
        description = {
            "",
            "Reads what was logged and says what the live job would have said: the same judge, the same alerts. A file"
                    + " may hold several runs; what names no run belongs to one named after the file. A file that merely"
                    + " ends is no stall: what is open stays open.",
            "",
            "The form is told by what is in the file, not by its name; .gz is unpacked. docs/formats.md says what becomes"
                    + " of each of them:",
            "",
            "  JSONL                one event a line (docs/wire-format.md)",
            "  JSON objects         one a line with a step and numbers: verl, MaxText metrics_file, own loops",
            "  CSV                  with a column step, global_step, iteration, ...: Lightning metrics.csv, exports",
            "  trainer_state.json   of Hugging Face; of a run's checkpoints the one that got furthest",
            "  event files          of TensorBoard; all those of a folder are one run",
            "  run-*.wandb          of W&B",
            "  printed lines        of Megatron-LM, torchtitan, nanoGPT, modded-nanogpt, llm.c, NeMo and MaxText",
            "",
            "A run out of Kafka (--run) is judged by the settings in force, so that it gives the incidents that the job gave;"
                    + " --config judges it by a file. More in docs/replay.md.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            " 0:everything was judged",
            " 1:something could not be read, judged or written",
            " 2:wrong usage",
            " 3:an incident of --fail-on severity was found"
        },
        footer = {
            "",
            "Examples:",
            "  foreshock replay runs/llama-7b-3.jsonl.gz",
            "  cat train.log | foreshock replay -               standard input, in any form",
            "  foreshock replay runs/ --alerts alerts.jsonl",
            "  foreshock replay runs/ --report runs.html        look at them in a browser",
            "  foreshock replay --run llama-7b-3                out of Kafka, beside the running job",
            "  foreshock replay runs/ --config foreshock.yaml   what it would say with these settings",
            "  foreshock replay runs/ --compare stricter.yaml   and what it would say with others",
            "  foreshock replay runs/ --openmetrics gauges.om   for promtool tsdb create-blocks-from openmetrics",
            "  foreshock replay runs/ --json | jq '.runs[] | select(.first_trouble) | .run'",
            "  foreshock replay nightly.jsonl --fail-on critical || echo look at it"
        })
final class ReplayCommand implements Callable<Integer> {
    /** What can make a replay fail. */
    enum FailOn {
        WARNING(Severity.WARNING),
        CRITICAL(Severity.CRITICAL);

        private final Severity severity;

        FailOn(Severity severity) {
            this.severity = severity;
        }

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Reads it in any case; what it may be is said as the help says it. */
        static final class Typed implements ITypeConverter<FailOn> {
            @Override
            public FailOn convert(String text) {
                for (FailOn one : values()) {
                    if (one.toString().equalsIgnoreCase(text)) {
                        return one;
                    }
                }
                throw new TypeConversionException("must be warning or critical, got '" + text + "'");
            }
        }
    }

    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE|DIR|-",
            description = "What to judge; a folder stands for all recordings in it and below, - for standard input, of"
                    + " which nothing is judged before its first 256 KiB, or its end, are there to tell the form by.")
    private List<Path> paths = List.of();

    @Option(
            names = "--alerts",
            paramLabel = "FILE",
            description = "Write each change of each incident, one JSON object a line, as in topic foreshock.alerts.")
    private @Nullable Path alerts;

    @Option(
            names = "--signals",
            paramLabel = "FILE",
            description = "Write each judged step, one JSON object a line, as in topic foreshock.signals.")
    private @Nullable Path signals;

    @Option(
            names = "--openmetrics",
            paramLabel = "FILE",
            description = "Write signals and incidents as gauges with their original times, for"
                    + " 'promtool tsdb create-blocks-from openmetrics FILE'.")
    private @Nullable Path openMetrics;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write one HTML file that shows the runs: verdict, story, charts. It needs no network"
                    + " (docs/report.md).")
    private @Nullable Path report;

    @Mixin
    private RunsInKafka runs = new RunsInKafka();

    @Mixin
    private ConfigFile config = new ConfigFile();

    @Mixin
    private CompareFile compare = new CompareFile();

    @Option(
            names = "--speed",
            paramLabel = "N|max",
            defaultValue = "max",
            description =
                    "Steps a second that each run takes; alerts come as they would live (default: ${DEFAULT-VALUE}).")
    private String speed = "max";

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Option(
            names = "--fail-on",
            paramLabel = "SEVERITY",
            converter = FailOn.Typed.class,
            description = "Exit with 3 if an incident got this bad: ${COMPLETION-CANDIDATES}. With --compare, by the"
                    + " settings of --config.")
    private @Nullable FailOn failOn;

    @Override
    public Integer call() throws IOException, InterruptedException, SettingsException {
        if (paths.isEmpty() != runs.areGiven()) {
            throw wrong(
                    runs.areGiven()
                            ? "--run judges a run out of Kafka, FILE a recording: give one of them"
                            : "nothing to judge: give FILE|DIR, - for standard input, or --run ID for a run in Kafka");
        }
        double pace = Speed.of(spec(), speed);
        List<Signature> known = Objects.requireNonNull(root).signatures();
        Settings others = compare.read(known);
        Settings settings = config.readIfGiven(known);
        if (settings == null) {
            settings = runs.areGiven()
                    ? runs.settingsInForce(known, spec().commandLine().getErr())
                    : Settings.none(known);
        }
        Outputs outputs = outputs();
        ReportFile html =
                report == null ? null : new ReportFile(report, settings, others == null ? null : compare.file());
        List<? extends Recorded> recorded = runs.areGiven() ? List.of(runs.open()) : inputs(outputs);
        List<JudgedFile> judged = new ArrayList<>();
        PrintWriter out = spec().commandLine().getOut();
        PrintWriter err = spec().commandLine().getErr();
        boolean complete = true;
        try (LineFile alertLines = alerts == null ? null : new LineFile("--alerts", alerts);
                LineFile signalLines = signals == null ? null : new LineFile("--signals", signals);
                OpenMetricsFile gauges = openMetrics == null ? null : new OpenMetricsFile(openMetrics);
                Progress progress = Progress.of(
                        "Judging",
                        runs.areGiven() ? "records" : "bytes",
                        recorded.stream().mapToLong(Recorded::size).sum())) {
            Replay replay = new Replay(settings, rows(signalLines, gauges), progress::step);
            if (others != null) {
                replay.comparedWith(others);
            }
            if (html != null) {
                replay.watchedBy(html::onlooker);
            }
            boolean paced = !Double.isInfinite(pace);
            if (paced) {
                replay.paced(new Pace(pace), told(alertLines, out));
            }
            replay.run(recorded, file -> {
                judged.add(file);
                if (html != null) {
                    html.judged(file);
                }
                for (JudgedRun run : file.runs()) {
                    if (alertLines != null && !paced) {
                        run.changes().forEach(change -> alertLines.line(IncidentJson.write(change)));
                    }
                }
                if (gauges != null) {
                    gauges.judged(file);
                }
            });
            complete = gauges == null || gauges.write(err);
            if (html != null) {
                html.write();
            }
        }
        print(judged, settings, others != null, out);
        boolean failed = ReplayText.printTrouble(judged, err);
        return failed || !complete ? Foreshock.FAILED : found(judged) ? Foreshock.FOUND : 0;
    }

    private static @Nullable Consumer<StepSignals> rows(@Nullable LineFile lines, @Nullable OpenMetricsFile gauges) {
        if (lines == null && gauges == null) {
            return null;
        }
        return row -> {
            if (lines != null) {
                lines.line(SignalsJson.write(row));
            }
            if (gauges != null) {
                gauges.row(row);
            }
        };
    }

    /** Says each change when it happens, to whoever looks and to whoever follows the file. */
    private Consumer<Incident> told(@Nullable LineFile lines, PrintWriter out) {
        AlertPrinter printer = new AlertPrinter(Colour.detect());
        return change -> {
            if (lines != null) {
                lines.line(IncidentJson.write(change));
                lines.flush();
            }
            if (!json && change.severity() != Severity.INFO) {
                out.println(printer.print(change));
                out.println();
                out.flush();
            }
        };
    }

    private void print(List<JudgedFile> judged, Settings settings, boolean compared, PrintWriter out) {
        List<WhatIf> whatIf = new ArrayList<>();
        if (compared) {
            for (JudgedFile file : judged) {
                for (JudgedRun run : file.runs()) {
                    whatIf.add(WhatIf.of(run, Objects.requireNonNull(run.otherwise())));
                }
            }
        }
        if (json) {
            out.println(ReplayJson.of(judged, whatIf));
        } else {
            ReplayText.print(judged, settings.all(), !speed.equals("max"), out);
            if (compared) {
                WhatIfText.print(whatIf, out);
            }
        }
        out.flush();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec().commandLine(), message);
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }

    private Outputs outputs() {
        try {
            return new Outputs()
                    .and("--alerts", alerts)
                    .and("--signals", signals)
                    .and("--openmetrics", openMetrics)
                    .and("--report", report)
                    .spares("--config", config.file())
                    .spares("--compare", compare.file());
        } catch (Outputs.OverwriteException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    /** The files to judge, without what an earlier call wrote into the same folder. */
    private List<RecordedFile> inputs(Outputs outputs) throws IOException {
        Recordings found = Recordings.find(paths);
        if (found.leftOut() > 0) {
            PrintWriter err = spec().commandLine().getErr();
            err.println(found.leftOut() + (found.leftOut() == 1 ? " file" : " files") + " of other kinds left out");
            err.flush();
        }
        try {
            return outputs.spare(found.files(), paths);
        } catch (Outputs.OverwriteException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private boolean found(List<JudgedFile> judged) {
        FailOn limit = failOn;
        return limit != null
                && judged.stream().flatMap(file -> file.runs().stream()).anyMatch(run -> run.reached(limit.severity));
    }
}
