package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.job.SettingsRecord;
import io.foreshock.job.SettingsTopic;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsChange.Settled;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Names of signatures and of the rules that the running job has. */
final class SignatureNames {
    private SignatureNames() {}

    /** Refuses a name that is none, with all that are. */
    static void check(CommandSpec command, List<Signature> known, SettingsTopic topic, String name) {
        List<String> names = new ArrayList<>();
        names.add(Settings.ALL);
        current(known, topic).all().forEach(signature -> names.add(signature.slug()));
        if (!names.contains(name)) {
            throw new ParameterException(
                    command.commandLine(),
                    "SIGNATURE: nothing is called '" + name + "'; known are " + String.join(", ", names));
        }
    }

    /** The settings of the running job. */
    static Settings current(List<Signature> known, SettingsTopic topic) {
        Settings settings = Settings.none(known);
        for (SettingsRecord record : topic.get()) {
            try {
                SettingsChange change = SettingsChange.read(record.key(), record.value(), known);
                if (change instanceof Settled settled) {
                    settings = settled.settings() == null ? Settings.none(known) : settled.settings();
                }
            } catch (IllegalArgumentException e) {
                // The job rejects it, too.
                continue;
            }
        }
        return settings;
    }
}
