package io.foreshock.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.foreshock.http.Problem;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {
    private static final String SECRET = "0123456789abcdef-secret";
    private static final String OTHER = "fedcba9876543210-secret";

    @TempDir
    Path directory;

    private static String sha256(String text) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    }

    private static List<String> faults(String text) {
        SettingsException e = catchThrowableOfType(SettingsException.class, () -> Tokens.read("tokens.yaml", text));
        assertThat(e).as(text).isNotNull();
        assertThat(e.getMessage()).doesNotContain("secret");
        return e.problems().stream()
                .map(problem -> problem.line() + ": " + problem.message())
                .toList();
    }

    @Test
    void aTokenIsKnownAsItselfAndAsItsDigest() throws Exception {
        Tokens tokens =
                Tokens.read("tokens.yaml", """
                tokens:
                  team-a: {token: %s, runs: ["llama-*", "a/?"]}
                  ci: {token_sha256: %s, runs: ["*"]}
                """.formatted(SECRET, sha256(OTHER).toUpperCase(java.util.Locale.ROOT)));

        assertThat(tokens.count()).isEqualTo(2);
        assertThat(tokens.of("Bearer " + SECRET)).isEqualTo(new Grant("team-a", List.of("llama-*", "a/?")));
        assertThat(tokens.of("bearer  " + OTHER + " ").name()).isEqualTo("ci");
        assertThat(tokens.toString()).doesNotContain("secret");
    }

    @Test
    void whoBringsNoneOrAnotherIsToldSoAndNotWhich() throws Exception {
        Tokens tokens = Tokens.read("tokens.yaml", "tokens: {a: {token: " + SECRET + ", runs: ['*']}}");
        String[] wrong = {
            "Bearer",
            "Bearer ",
            "Bearer " + OTHER,
            "Basic " + SECRET,
            SECRET,
            "",
            "Bearer " + sha256(SECRET),
            "Bearer " + SECRET + "x",
            "Bearer " + SECRET.substring(1),
            "Bearer " + SECRET + ", Bearer " + SECRET
        };
        for (String header : wrong) {
            assertThatThrownBy(() -> tokens.of(header))
                    .as(header)
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.status()).isEqualTo(401))
                    .hasMessage(
                            "this gateway wants a token as 'Authorization: Bearer TOKEN', and the one that came is not"
                                    + " known");
        }
        assertThatThrownBy(() -> tokens.of(null)).hasMessageEndingWith("and none came");
    }

    @Test
    void patternsSayForWhichRuns() {
        Grant grant = new Grant("team-a", List.of("llama-*", "a/?"));
        for (String run : List.of("llama-", "llama-7b-3", "a/1")) {
            assertThatCode(() -> grant.require(run)).doesNotThrowAnyException();
        }
        for (String run : List.of("llama", "LLAMA-7b", "a/", "a/12", "x-llama-7b", "", "*")) {
            assertThatThrownBy(() -> grant.require(run))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.status()).isEqualTo(403))
                    .hasMessage("the token of team-a is not for run \"" + run
                            + "\", only for llama-*, a/?; nothing of the body was written");
        }
        assertThatCode(() -> Grant.ANYBODY.require("any run")).doesNotThrowAnyException();
    }

    @Test
    void everyFaultIsNamedWithItsLine() throws Exception {
        assertThat(faults("tokens:\n"
                        + "  short: {token: secret, runs: ['*']}\n"
                        + "  both: {token: " + SECRET + ", token_sha256: " + sha256(OTHER) + ", runs: ['*']}\n"
                        + "  neither: {runs: ['*']}\n"
                        + "  digest: {token_sha256: secret, runs: ['*']}\n"
                        + "  no-runs: {token: " + OTHER + "}\n"
                        + "  empty: {token: " + OTHER + "1, runs: []}\n"
                        + "  blank: {token: " + OTHER + "2, runs: ['a', ' ']}\n"
                        + "  text: {token: " + OTHER + "3, runs: 'a*'}\n"
                        + "  list: [" + SECRET + "]\n"
                        + "  extra: {token: " + OTHER + "4, runs: ['*'], tokn: " + SECRET + "}\n"
                        + "  first: {token: " + SECRET + ", runs: ['a']}\n"
                        + "  again: {token_sha256: " + sha256(SECRET) + ", runs: ['b']}\n"))
                .containsExactly(
                        "2: tokens.short: token must be at least 16 printable ASCII characters without spaces, for example the"
                                + " output of: openssl rand -hex 32",
                        "3: tokens.both must have either token or token_sha256",
                        "4: tokens.neither must have either token or token_sha256",
                        "5: tokens.digest.token_sha256 must be 64 hexadecimal digits, the output of: printf %s TOKEN |"
                                + " sha256sum",
                        "6: tokens.no-runs.runs must be a list of patterns, [\"*\"] for all runs",
                        "7: tokens.empty.runs must be a list of patterns, [\"*\"] for all runs",
                        "8: tokens.blank.runs must hold patterns of run names, * for any characters",
                        "9: tokens.text.runs must be a list of patterns, [\"*\"] for all runs",
                        "10: tokens.list must have token or token_sha256, and runs",
                        "11: tokens.extra has no field tokn; its fields are token, token_sha256, runs",
                        "13: tokens.again has the token of another; give each its own");
    }

    @Test
    void aFileWithoutTokensLetsNobodyIn() {
        String rule = "tokens must have a name for each token, with token or token_sha256, and runs";
        for (String text : List.of("", "tokens:", "tokens: {}", "tokens: []", "[]", "x", "other: 1")) {
            assertThat(faults(text)).containsExactly("1: " + rule);
        }
    }

    @Test
    void whatIsNoYamlIsSaidWithoutAToken() {
        assertThat(faults("tokens:\n  a: {token: " + SECRET + ", runs: ['*'}\n"))
                .singleElement()
                .asString()
                .startsWith("2: not YAML: ");
        assertThat(faults("tokens: {a: {token: " + SECRET + ", token: " + OTHER + ", runs: ['*']}}"))
                .singleElement()
                .asString()
                .contains("token is given twice");
        assertThat(faults("a: &x " + SECRET + "\ntokens: {a: {token: *x, runs: ['*']}}"))
                .singleElement()
                .asString()
                .contains("aliases are not supported");
        assertThat(faults("tokens: !!" + SECRET + " [\n")).hasSize(1);
    }

    @Test
    void aFileThatChangesIsReadAgainAndABrokenOneChangesNothing() throws Exception {
        Path file = directory.resolve("tokens.yaml");
        write(file, "tokens: {a: {token: " + SECRET + ", runs: ['*']}}", 1);
        TokensFile tokens = new TokensFile(file);
        assertThat(tokens.tokens().of("Bearer " + SECRET).name()).isEqualTo("a");

        write(file, "tokens: {b: {token: " + OTHER + ", runs: ['*']}}", 2);
        tokens.look();
        assertThat(tokens.tokens().of("Bearer " + OTHER).name()).isEqualTo("b");
        assertThatThrownBy(() -> tokens.tokens().of("Bearer " + SECRET)).isInstanceOf(Problem.class);

        for (String broken : List.of("", "tokens: {b: {token: x, runs: ['*']}}", "\u0000", "tokens: [")) {
            write(file, broken, 3 + broken.length());
            tokens.look();
            assertThat(tokens.tokens().of("Bearer " + OTHER).name()).isEqualTo("b");
        }
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, (byte) 0xff});
        tokens.look();
        Files.delete(file);
        tokens.look();
        assertThat(tokens.tokens().of("Bearer " + OTHER).name()).isEqualTo("b");

        write(file, "tokens: {c: {token: " + SECRET + ", runs: ['*']}}", 100);
        tokens.look();
        assertThat(tokens.tokens().of("Bearer " + SECRET).name()).isEqualTo("c");
    }

    @Test
    void aFileThatIsNotThereOrBrokenIsNoStart() throws Exception {
        Path missing = directory.resolve("none.yaml");
        assertThatThrownBy(() -> new TokensFile(missing)).isInstanceOf(NoSuchFileException.class);
        Path broken = directory.resolve("broken.yaml");
        Files.writeString(broken, "tokens: {a: {token: secret, runs: ['*']}}");
        assertThatThrownBy(() -> new TokensFile(broken))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("broken.yaml")
                .hasMessageNotContaining("secret,");
    }

    /** With a time of its own: a file system may not tell two writes of one moment apart. */
    private static void write(Path file, String text, int second) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + 1_000L * second));
    }
}
