package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import io.foreshock.settings.SettingsException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code foreshock}: the root of the command line. */
@Command(
        name = "foreshock",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Recognises the signatures of instability in training runs while they are still worth saving.",
        synopsisSubcommandLabel = "COMMAND",
        description = "",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            GatewayCommand.class,
            PageCommand.class,
            ExporterCommand.class,
            PublishCommand.class,
            ReplayCommand.class,
            ExportCommand.class,
            BacktestCommand.class,
            ForecastCommand.class,
            SignaturesCommand.class,
            CheckCommand.class,
            SettingsCommand.class,
            MuteCommand.class,
            UnmuteCommand.class,
            AckCommand.class,
            TopicsCommand.class,
            BenchCommand.class,
            HelpCommand.class,
        },
        footer = {
            "",
            "Examples:",
            "  foreshock demo                                   recorded runs judged live, nothing to install",
            "  foreshock replay runs/llama-7b-3.jsonl.gz        what would have been said about a recorded run",
            "  foreshock page                                   all runs in the browser, live",
            "  foreshock signatures                             what is recognised, and from which metrics",
            "  foreshock check foreshock.yaml                   are these settings valid",
            "  foreshock help replay                            all about one command",
            "",
            "Exit codes: 0 success, 1 failed, 2 wrong usage, 3 incidents found (replay --fail-on)."
        })
public final class Foreshock implements Callable<Integer> {
    /** Exit code of a command that could not do its work. */
    static final int FAILED = 1;

    /** Exit code of a replay that found what {@code --fail-on} names. */
    static final int FOUND = 3;

    @Option(
            names = "--stacktrace",
            scope = ScopeType.INHERIT,
            description = "Show where in the program an error comes from.")
    private boolean stacktrace;

    @Spec
    private @Nullable CommandSpec spec;

    private final List<Signature> signatures;

    /** @param signatures what the commands look for */
    Foreshock(List<Signature> signatures) {
        this.signatures = List.copyOf(signatures);
    }

    /** What the commands look for. */
    List<Signature> signatures() {
        return signatures;
    }

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The whole command line, ready to execute; tests give it their own writers. */
    public static CommandLine commandLine() {
        return commandLine(Signatures.all());
    }

    static CommandLine commandLine(List<Signature> signatures) {
        Foreshock root = new Foreshock(signatures);
        return new CommandLine(root)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(110)
                .setParameterExceptionHandler(Foreshock::misused)
                .setExecutionExceptionHandler((error, command, parsed) -> root.report(error, command.getErr()));
    }

    /** One line that says what is wrong, one that says where help is. */
    private static int misused(ParameterException error, String[] args) {
        CommandLine command = error.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("foreshock: " + error.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(error, err)) {
            err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'");
        }
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** One line that says what is wrong; where in the program only on request. */
    private int report(Exception error, PrintWriter err) {
        if (error instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        String message = error.getMessage();
        if (error instanceof SettingsException) {
            // A line for each problem, with the file and its line in front, as editors like it.
            err.println(message);
        } else {
            err.println("foreshock: " + (message == null ? error.toString() : message));
        }
        if (stacktrace) {
            error.printStackTrace(err);
        }
        err.flush();
        return FAILED;
    }

    /** Without a command there is nothing to do but help. */
    @Override
    public Integer call() {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        command.usage(command.getErr());
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** The version that the build wrote into the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Foreshock.class.getPackage().getImplementationVersion();
            return new String[] {
                "foreshock " + (version == null ? "(unpackaged build)" : version),
                "Java " + System.getProperty("java.version") + " on " + System.getProperty("os.name")
            };
        }
    }
}
