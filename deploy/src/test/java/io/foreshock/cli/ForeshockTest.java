package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForeshockTest {
    @TempDir
    Path folder;

    static Stream<String> commands() {
        return Foreshock.commandLine().getSubcommands().keySet().stream().filter(name -> !name.equals("help"));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpOfEachCommandTeachesByExample(String command) {
        Session session = foreshock(command, "--help");

        assertThat(session.code()).isZero();
        assertThat(session.out()).contains("Examples:", "  foreshock " + command);
    }

    @Test
    void helpNamesTheCommandsAndShowsExamples() {
        Session session = foreshock("--help");

        assertThat(session.code()).isZero();
        assertThat(session.out()).contains("replay", "export", "backtest", "signatures", "Examples:", "Exit codes:");
    }

    @Test
    void versionIsSaid() {
        assertThat(foreshock("--version").out()).startsWith("foreshock ");
    }

    @Test
    void noCommandIsWrongUsage() {
        Session session = foreshock();

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err()).contains("Usage: foreshock");
    }

    @Test
    void misspeltCommandIsRecognised() {
        Session session = foreshock("reply");

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err()).contains("replay");
    }

    @Test
    void wrongUsageSaysWhereHelpIs() {
        Session session = foreshock("replay");

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err()).contains("FILE|DIR", "Try 'foreshock replay --help'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "settings show",
                "settings reset",
                "mute llama loss_spike",
                "unmute llama loss_spike",
                "ack 5f0c",
                "export --run llama",
                "replay --run llama",
                "page --port 0"
            })
    void propertiesOfKafkaThatAreNotThereAreToldWithTheirOption(String command) {
        Path gone = folder.resolve("gone.properties");

        Session session = foreshock(words(command, "--kafka-config", gone));

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .isEqualToIgnoringNewLines("foreshock: --kafka-config " + gone
                        + " does not exist; name a file of client properties, or leave --kafka-config out");
        assertThat(foreshock(words(command, "--kafka-config", folder)).err())
                .isEqualToIgnoringNewLines(
                        "foreshock: --kafka-config " + folder + " is a folder; name a file of client properties in it");
    }

    @Test
    void propertiesOfKafkaThatCannotBeReadAreToldWithTheirOption() throws IOException {
        Path file = Files.writeString(folder.resolve("kafka.properties"), "ssl.keystore.location=C:\\user\\ana\n");

        assertThat(foreshock("settings", "show", "--kafka-config", file).err())
                .isEqualToIgnoringNewLines("foreshock: --kafka-config " + file
                        + ": Malformed \\uxxxx encoding.; write a backslash that is meant as one twice");
        Files.write(file, new byte[] {'a', '=', (byte) 0xff});
        assertThat(foreshock("settings", "show", "--kafka-config", file).err())
                .isEqualToIgnoringNewLines("foreshock: --kafka-config " + file
                        + " cannot be read: it is not UTF-8; name a file of client properties");
    }

    @Test
    void anAcknowledgementReadsTheAlertsWithThePropertiesThatItWritesWith() throws IOException {
        Path file = Files.writeString(folder.resolve("kafka.properties"), "isolation.level=of readers alone\n");

        Session session = foreshock("ack", "5f0c", "--kafka-config", file);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .startsWith("foreshock: topic foreshock.alerts at localhost:9092 cannot be read: Invalid value"
                        + " of readers alone for configuration isolation.level");
    }

    @Test
    void settingsToApplyThatAreNotThereAreToldSo() {
        Path gone = folder.resolve("gone.yaml");

        Session session = foreshock("settings", "apply", gone);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .isEqualToIgnoringNewLines("foreshock: FILE " + gone + " does not exist; name a file of settings");
        assertThat(foreshock("settings", "apply", folder).err())
                .isEqualToIgnoringNewLines("foreshock: FILE " + folder + " is a folder; name a file of settings in it");
    }

    @Test
    void aFileIsNoDirectoryOfData() throws IOException {
        Path file = Files.writeString(folder.resolve("data"), "");

        assertThat(foreshock("up", "--data", file, "--port", "0").err())
                .contains("foreshock: --data " + file + " is a file, or lies in one; name a folder");
    }

    private static Object[] words(String command, Object... more) {
        return Stream.concat(Stream.of(command.split(" ")), Stream.of(more)).toArray();
    }

    @Test
    void stackTraceOnlyOnRequest() {
        assertThat(foreshock("replay", "gone.jsonl").err()).doesNotContain("\tat ");
        assertThat(foreshock("replay", "gone.jsonl", "--stacktrace").err()).contains("\tat ");
    }

    @Test
    void signaturesAreListed() {
        assertThat(foreshock("signatures").out())
                .containsPattern("loss_spike +Loss above a limit +loss +grad_norm +arXiv:0000.00000")
                .doesNotContain("limit=10");
        assertThat(foreshock("signatures", "--wide").out()).contains("limit=10.0");
    }

    @Test
    void signatureInDetailSaysHowItsInputsAreLogged() {
        assertThat(foreshock("signatures", "loss_spike").out())
                .contains(
                        "Needs loss:",
                        "'lm loss'",
                        "Helped by grad_norm:",
                        "limit = 10.0",
                        "- Lower the learning rate.");
    }

    @Test
    void signaturesInJson() throws IOException {
        JsonNode signatures =
                new ObjectMapper().readTree(foreshock("signatures", "--json").out());

        assertThat(signatures).hasSize(2);
        assertThat(signatures.at("/0/slug").asText()).isEqualTo("loss_spike");
        assertThat(signatures.at("/0/inputs/0/name").asText()).isEqualTo("loss");
        assertThat(signatures.at("/0/defaults/limit").asDouble()).isEqualTo(10);
    }

    @Test
    void unknownSignatureIsRefusedWithTheKnownOnes() {
        Session session = foreshock("signatures", "loss_spyke");

        assertThat(session.code()).isEqualTo(2);
        assertThat(session.err()).contains("'loss_spyke'", "loss_spike");
    }
}
