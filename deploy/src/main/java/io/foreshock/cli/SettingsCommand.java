package io.foreshock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.settings.SettingsChange.Settled;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock settings}: the settings of the running job. */
@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Show or change the settings of the running job, without a restart.",
        synopsisSubcommandLabel = "apply FILE|show|reset",
        description = "",
        footer = {
            "",
            "Examples:",
            "  foreshock settings apply foreshock.yaml",
            "  foreshock settings show --bootstrap-servers kafka:9092",
            "  foreshock settings reset"
        })
final class SettingsCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        command.usage(command.getErr());
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private List<Signature> known() {
        return Objects.requireNonNull(root).signatures();
    }

    private void say(String line) {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println(line);
        out.flush();
    }

    @Command(
            mixinStandardHelpOptions = true,
            header = "Make these the settings of the running job, instead of those it has.",
            description = {"", "A file that is not valid is refused, and nothing changes.", ""},
            footer = {"", "Examples:", "  foreshock settings apply foreshock.yaml --bootstrap-servers kafka:9092"})
    int apply(
            @Parameters(paramLabel = "FILE", description = "Settings, as 'foreshock check' takes them.") Path file,
            @Mixin KafkaOptions kafka)
            throws IOException, SettingsException {
        Settings settings = SettingsFile.read("FILE", file, known());
        kafka.interventions(known()).settle(new Settled(settings));
        say("Applied " + file + ": " + settings.summary() + ".");
        return 0;
    }

    @Command(
            mixinStandardHelpOptions = true,
            header = "Take all settings back: everything as it comes. Mutes and acknowledgements stay.",
            footer = {"", "Examples:", "  foreshock settings reset"})
    int reset(@Mixin KafkaOptions kafka) throws IOException {
        kafka.interventions(known()).settle(new Settled(null));
        say("Reset: everything is as it comes.");
        return 0;
    }

    @Command(
            mixinStandardHelpOptions = true,
            header = "Show what is set, muted and acknowledged.",
            footer = {"", "Examples:", "  foreshock settings show"})
    int show(@Mixin KafkaOptions kafka) throws IOException {
        Map<String, SettingsChange> last = kafka.interventions(known()).inForce();
        say(
                last.get(SettingsChange.SETTINGS) instanceof Settled settled && settled.settings() != null
                        ? new ObjectMapper().readTree(settled.settings().json()).toPrettyString()
                        : "Everything is as it comes.");
        for (SettingsChange change : last.values()) {
            if (change instanceof Mute mute) {
                say("muted " + mute.signature() + " of " + mute.run() + until(mute) + said(mute.by(), mute.note()));
            } else if (change instanceof Ack ack) {
                say("acknowledged " + ack.incident()
                        + said(ack.acknowledgement().by(), ack.acknowledgement().note()));
            }
        }
        return 0;
    }

    private static String until(Mute mute) {
        String time = mute.until() == Long.MAX_VALUE ? "" : " until " + Instant.ofEpochMilli(mute.until());
        boolean over = mute.until() < System.currentTimeMillis();
        return time
                + (mute.untilStep() == Long.MAX_VALUE ? "" : " up to step " + mute.untilStep())
                + (over ? " (over)" : "");
    }

    private static String said(String by, String note) {
        return (by.isEmpty() ? "" : " by " + by) + (note.isEmpty() ? "" : ": " + note);
    }
}
