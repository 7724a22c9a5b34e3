package io.foreshock.cli;

import io.foreshock.settings.SettingsChange.Mute;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock mute}: a signature calls nobody for a while. */
@Command(
        name = "mute",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Let a signature of a run call nobody for a while.",
        description = {
            "",
            "The running job goes on judging it and telling its incidents, marked as muted. What is open is told again at"
                    + " once. A mute ends by the time at which telemetry reaches Kafka, or at a step, whichever comes first;"
                    + " what is still open then is told again. Without --for and --until-step it lasts until unmuted.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock mute llama-7b-3 loss_spike --for 2h",
            "  foreshock mute 'llama-*' all --for 30m --note 'cluster maintenance'",
            "  foreshock mute llama-7b-3 loss_plateau --until-step 20000 --bootstrap-servers kafka:9092"
        })
final class MuteCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "RUN", description = "A run's id; * stands for any characters, ? for one.")
    private String run = "";

    @Parameters(index = "1", paramLabel = "SIGNATURE", description = "A signature or custom rule, or all.")
    private String signature = "";

    @Option(
            names = "--for",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long: 90s, 30m, 2h, 3d.")
    private @Nullable Duration length;

    @Option(names = "--until-step", paramLabel = "N", description = "Up to this step of the run.")
    private @Nullable Long untilStep;

    @Option(names = "--by", paramLabel = "NAME", description = "Who mutes it (default: you).")
    private String by = System.getProperty("user.name", "");

    @Option(names = "--note", paramLabel = "TEXT", description = "Why.")
    private String note = "";

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        if (untilStep != null && untilStep < 1) {
            throw new ParameterException(command.commandLine(), "--until-step must be >= 1, got " + untilStep);
        }
        Instant end = length == null ? null : Instant.now().plus(length).truncatedTo(ChronoUnit.SECONDS);
        Mute mute = new Mute(
                run,
                signature,
                end == null ? Long.MAX_VALUE : end.toEpochMilli(),
                untilStep == null ? Long.MAX_VALUE : untilStep,
                by,
                note);
        try {
            kafka.interventions(Objects.requireNonNull(root).signatures()).mute(mute);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()));
        }
        PrintWriter out = command.commandLine().getOut();
        List<String> until = new java.util.ArrayList<>();
        if (end != null) {
            until.add("until " + end);
        }
        if (untilStep != null) {
            until.add("up to step " + untilStep);
        }
        out.println("Muted " + signature + " of " + run + (until.isEmpty() ? " until it is unmuted" : " ")
                + String.join(", ", until) + ".");
        out.flush();
        return 0;
    }
}
