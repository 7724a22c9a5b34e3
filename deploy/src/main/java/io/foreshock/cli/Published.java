package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.job.SettingsTopic;
import io.foreshock.settings.SettingsChange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Sends changes to the job; what the job would reject is wrong usage here. */
final class Published {
    private Published() {}

    static void publish(CommandSpec command, SettingsTopic topic, SettingsChange change, List<Signature> known) {
        try {
            SettingsChange.read(change.key().getBytes(StandardCharsets.UTF_8), change.json(), known);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()));
        }
        topic.publish(change);
    }
}
