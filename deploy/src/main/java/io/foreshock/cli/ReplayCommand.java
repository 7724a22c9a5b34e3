package io.foreshock.cli;

import io.foreshock.detect.Severity;
import io.foreshock.judge.StepSignals;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.JudgedRun;
import io.foreshock.replay.RecordedFile;
import io.foreshock.replay.Recordings;
import io.foreshock.replay.Replay;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock replay}: what would have been said about recorded runs. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Judge recorded runs, as fast as they can be read.",
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
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            " 0:all files were judged",
            " 1:a file could not be read or written",
            " 2:wrong usage",
            " 3:an incident of --fail-on severity was found"
        },
        footer = {
            "",
            "Examples:",
            "  foreshock replay runs/llama-7b-3.jsonl.gz",
            "  cat train.log | foreshock replay -               standard input, in any form",
            "  foreshock replay runs/ --alerts alerts.jsonl",
            "  foreshock replay runs/ --config foreshock.yaml   what it would say with these settings",
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
    }

    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|DIR|-",
            description = "What to judge; a folder stands for all recordings in it and below, - for standard input.")
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

    @Mixin
    private ConfigFile config = new ConfigFile();

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Option(
            names = "--fail-on",
            paramLabel = "SEVERITY",
            description = "Exit with 3 if an incident got this bad: ${COMPLETION-CANDIDATES}.")
    private @Nullable FailOn failOn;

    @Override
    public Integer call() throws IOException, InterruptedException, SettingsException {
        Settings settings = config.read(Objects.requireNonNull(root).signatures());
        List<RecordedFile> files = inputs();
        List<JudgedFile> judged = new ArrayList<>();
        try (LineFile alertLines = alerts == null ? null : new LineFile("--alerts", alerts);
                LineFile signalLines = signals == null ? null : new LineFile("--signals", signals);
                Progress progress = Progress.of(
                        "Judging",
                        "bytes",
                        files.stream().mapToLong(RecordedFile::bytes).sum())) {
            Consumer<StepSignals> rows = signalLines == null ? null : row -> signalLines.line(SignalsJson.write(row));
            new Replay(settings, rows, progress::step).run(files, file -> {
                judged.add(file);
                if (alertLines != null) {
                    for (JudgedRun run : file.runs()) {
                        run.changes().forEach(change -> alertLines.line(IncidentJson.write(change)));
                    }
                }
            });
        }
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        if (json) {
            out.println(ReplayJson.of(judged));
        } else {
            ReplayText.print(judged, settings.all(), out);
        }
        out.flush();
        boolean failed = ReplayText.printTrouble(judged, command.commandLine().getErr());
        return failed ? Foreshock.FAILED : found(judged) ? Foreshock.FOUND : 0;
    }

    /** The files to judge, without what an earlier call wrote into the same folder. */
    private List<RecordedFile> inputs() throws IOException {
        Recordings found = Recordings.find(paths);
        if (found.leftOut() > 0) {
            PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
            err.println(found.leftOut() + (found.leftOut() == 1 ? " file" : " files") + " of other kinds left out");
            err.flush();
        }
        List<RecordedFile> files = found.files();
        for (Path output : new Path[] {alerts, signals}) {
            if (output == null || !Files.exists(output)) {
                continue;
            }
            for (Path path : paths) {
                if (!path.equals(RecordedFile.STANDARD_INPUT) && Files.isSameFile(path, output)) {
                    throw new ParameterException(
                            Objects.requireNonNull(spec).commandLine(),
                            output + " is to be judged and would be overwritten; write to another file");
                }
            }
            Path written = output.toRealPath();
            List<RecordedFile> others = new ArrayList<>();
            for (RecordedFile file : files) {
                if (file.files().isEmpty() || !file.path().toRealPath().equals(written)) {
                    others.add(file);
                }
            }
            files = others;
        }
        return files;
    }

    private boolean found(List<JudgedFile> judged) {
        FailOn limit = failOn;
        return limit != null
                && judged.stream().flatMap(file -> file.runs().stream()).anyMatch(run -> run.reached(limit.severity));
    }
}
