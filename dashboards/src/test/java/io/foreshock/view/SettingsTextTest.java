package io.foreshock.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Setting;
import io.foreshock.detect.Signatures;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTextTest {
    @TempDir
    Path folder;

    @Test
    void readBackItJudgesAsTheRunWasJudged() throws Exception {
        Settings settings = SettingsReader.read(file("""
                        defaults:
                          loss_spike: {sigmas: 7, calm: 30}
                          kl_blowup: {enabled: false}
                        match:
                          "*-rl-*":
                            entropy_collapse: {observe: true}
                        rules:
                          - name: slow_tokens
                            metric: tokens_per_second
                            threshold: {below: 1000, rows: 20}
                        """), Signatures.all());

        String text = SettingsText.of(settings, "my-rl-run");

        assertThat(text)
                .contains("sigmas: 7.0", "  kl_blowup: {enabled: false,", "  entropy_collapse: {observe: true,");
        Settings again = SettingsReader.read(file(text), Signatures.all());
        assertThat(again.signatures("any"))
                .usingElementComparator((one, other) -> one.slug().equals(other.slug())
                                && one.calm() == other.calm()
                                && Setting.of(one.settings()).equals(Setting.of(other.settings()))
                        ? 0
                        : 1)
                .containsExactlyElementsOf(settings.signatures("my-rl-run"));
    }

    private Path file(String text) throws Exception {
        return Files.writeString(folder.resolve("settings.yaml"), text);
    }
}
