package io.foreshock.settings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Signatures;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.settings.SettingsChange.Settled;
import io.foreshock.settings.SettingsChange.Withdrawn;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsChangeTest {
    private static SettingsChange read(String key, String value) {
        return SettingsChange.read(key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8), Signatures.all());
    }

    @Test
    void whatIsSaidIsReadBack() {
        for (SettingsChange change : List.of(
                new Mute("team/llama-*", "loss_spike", 1763870000123L, 500, "ana", "müde"),
                new Mute("r", "all", Long.MAX_VALUE, Long.MAX_VALUE, "", ""),
                new Ack("5f0c5f0c5f0c5f0c", new Acknowledgement("ana", 77, "on it")))) {
            assertThat(read(change.key(), new String(change.json(), UTF_8))).isEqualTo(change);
        }
    }

    @Test
    void whatIsTakenBack() {
        assertThat(read("mute/a/b/loss_spike", null)).isEqualTo(new Withdrawn("mute/a/b/loss_spike"));
        assertThat(read("settings", null)).isEqualTo(new Settled(null));
    }

    @Test
    void settingsAreThoseOfTheFile() {
        SettingsChange change = read("settings", "{\"defaults\":{\"loss_spike\":{\"enabled\":false}}}");

        assertThat(((Settled) change).settings().signatures("x"))
                .noneMatch(s -> s.slug().equals("loss_spike"));
        assertThat(change.key()).isEqualTo("settings");
    }

    @Test
    void aMuteCoversItsRunsAndSignaturesUpToItsEnd() {
        Mute mute = new Mute("llama-*", "loss_spike", 100, 50, "", "");

        assertThat(mute.covers("llama-7b", "loss_spike", 49, 99)).isTrue();
        assertThat(mute.covers("llama-7b", "loss_spike", 50, 99)).isFalse();
        assertThat(mute.covers("llama-7b", "loss_spike", 49, 100)).isFalse();
        assertThat(mute.covers("llama-7b", "non_finite", 49, 99)).isFalse();
        assertThat(mute.covers("gpt", "loss_spike", 49, 99)).isFalse();
        assertThat(new Mute("*", "all", 100, 50, "", "").covers("gpt", "any", 49, 99))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "other | {} | key must be settings, mute/RUN/SIGNATURE or ack/ID, got \"other\"",
                "mute/r/s | {\"run\":\"r\"} | signature must be a string, got nothing usable",
                "mute/r/s | {\"run\":\" \",\"signature\":\"s\"} | run must be 1 to 256 printable characters, got \" \"",
                "mute/r/S | {\"run\":\"r\",\"signature\":\"S\"} | signature must be a slug like loss_spike, or all, got \"S\"",
                "mute/r/s | {\"run\":\"r\",\"signature\":\"t\"} | key must be mute/r/t as the value says, got \"mute/r/s\"",
                "mute/r/s | {\"run\":\"r\",\"signature\":\"s\",\"until\":-5} | until must be > 0 epoch milliseconds, got -5",
                "mute/r/s | {\"run\":\"r\",\"signature\":\"s\",\"until\":\"x\"} | until must be an integer, got \"x\"",
                "ack/5f | {\"incident\":\"5f\"} | incident must be an id of 16 hexadecimal digits, got \"5f\"",
                "mute/r/s | [1] | mute must be a JSON object",
                "settings | [1] | settings:1: settings must hold names and values, got a list",
            })
    void whatCannotBeFollowedSaysWhy(String key, String value, String message) {
        assertThatThrownBy(() -> read(key, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
