package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForeshockTest {

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
