package io.foreshock.cli;

import io.foreshock.job.SettingsTopic;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.settings.SettingsChange.Withdrawn;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
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
        SettingsTopic topic = new SettingsTopic(kafka.settings());
        String key = Mute.key(run, signature);
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        boolean muted = topic.get().stream()
                .filter(record -> Arrays.equals(record.key(), bytes))
                .reduce((earlier, later) -> later)
                .filter(record -> record.value() != null)
                .isPresent();
        if (!muted) {
            throw new IOException(signature + " of " + run + " is not muted; 'foreshock settings show' lists what is");
        }
        topic.publish(new Withdrawn(key));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println("Unmuted " + signature + " of " + run + ".");
        out.flush();
        return 0;
    }
}
