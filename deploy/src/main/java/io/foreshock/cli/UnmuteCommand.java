package io.foreshock.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock unmute}: takes a mute back. */
@Command(
        name = "unmute",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Take a mute back.",
        description = {
            "",
            "RUN and SIGNATURE as they were muted: unmuting one run of a muted pattern is not possible."
                    + " What is open is told again at once.",
            ""
        },
        footer = {"", "Examples:", "  foreshock unmute llama-7b-3 loss_spike", "  foreshock unmute 'llama-*' all"})
final class UnmuteCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run or pattern that was muted.")
    private String run = "";

    @Parameters(index = "1", paramLabel = "SIGNATURE", description = "The signature that was muted, or all.")
    private String signature = "";

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Override
    public Integer call() throws IOException {
        if (!kafka.interventions(Objects.requireNonNull(root).signatures()).unmute(run, signature)) {
            throw new IOException(signature + " of " + run + " is not muted; 'foreshock settings show' lists what is");
        }
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println("Unmuted " + signature + " of " + run + ".");
        out.flush();
        return 0;
    }
}
