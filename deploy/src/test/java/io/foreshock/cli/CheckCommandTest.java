package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signatures;
import io.foreshock.settings.SettingsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
    @TempDir
    Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void validSettings() throws IOException {
        Path file = file("foreshock.yaml", "defaults: {loss_spike: {limit: 20}}\n");

        Session session = foreshock("check", file);

        assertThat(session.code()).isZero();
        assertThat(session.out())
                .isEqualToNormalizingNewlines(
                        file + ": valid settings: 1 signature changed, 0 patterns, 0 runs, 0 custom rules\n");
    }

    @Test
    void everyProblemOfEveryFileWithItsLine() throws IOException {
        Path first = file("a.yaml", "defaults:\n  loss_spike: {limit: high}\n  loss_spikes: {}\n");
        Path second = file("b.jsonl", "{\"step\":1,\"metrics\":{\"loss\":2}}\n{\"step\":1.5}\n");

        Session session = foreshock("check", first, second, folder.resolve("gone.yaml"));

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.out())
                .contains(
                        first + ":2: loss_spike.limit must be a number, got \"high\"",
                        first + ":3: defaults: no signature or rule is called loss_spikes; did you mean loss_spike?",
                        second + ":2: bad_step: step must be an integer >= 0, got 1.5",
                        second + ": 1 of 2 events are not valid",
                        "gone.yaml: there is no such file; name settings or telemetry that is there");
    }

    @Test
    void aFolderIsNoFile() throws IOException {
        Path file = file("foreshock.yaml", "");

        Session session = foreshock("check", folder, file);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.out()).contains(folder + ": is a folder; name the files in it", file + ": valid settings");
    }

    @Test
    void whatAppliesToARun() throws IOException {
        Path file = file("foreshock.yaml", """
                match:
                  "llama-*": {loss_spike: {limit: 20, calm: 9}, reward_variance_vanishing: {enabled: false}}
                run:
                  llama-7b: {loss_spike: {observe: true}}
                """);

        assertThat(foreshock("check", file, "--run", "llama-7b").out())
                .containsPattern("loss_spike +observed +9\\* +limit=20.0\\* +match.llama-\\*, run.llama-7b")
                .containsPattern("reward_variance_vanishing +disabled");
        assertThat(foreshock("check", file, "--run", "gpt").out())
                .containsPattern("loss_spike +judged +3 +limit=10.0\n");
    }

    @Test
    void telemetryIsToldWithItsSignals() throws IOException {
        Path lines = file("llama.jsonl", "{\"step\":1,\"metrics\":{\"lm loss\":2,\"tokens\":3}}\n");
        Path one = file("event.json", "{\n \"step\": 1,\n \"metrics\": {\"loss\": 2}\n}\n");

        Session session = foreshock("check", lines, one);

        assertThat(session.code()).isZero();
        assertThat(session.out())
                .contains(
                        "valid: 1 event of run llama",
                        "signals: loss",
                        "other metrics (for custom rules): tokens",
                        "valid: 1 event of run event");
    }

    @Test
    void whatOtherToolsWroteIsCheckedToo() throws IOException {
        Path csv = file("metrics.csv", "step,train_loss,epoch\n1,2.5,0\n2,oops\n");
        Path log = file("train.log", "compiling...\niter 10: loss 2.3000, time 120.00ms, mfu 12.30%\n");
        Path state = file("trainer_state.json", "{\n \"log_history\": [\n  {\"step\": 1, \"loss\": 2}\n ]\n}\n");
        Path notes = file("notes.txt", "Dear diary,\n");

        Session session = foreshock("check", csv, log, state, notes);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.out())
                .contains(
                        csv + ":3: not_json: line 3 has 2 cells, the header has 3 columns",
                        csv + ": 1 of 2 events are not valid",
                        log + ": valid: 1 event of run train.log",
                        "signals: loss, step_time",
                        "other metrics (for custom rules): mfu (%)",
                        state + ": valid: 1 event of run ",
                        notes + ": cannot be read: it has none of the forms that are read:");
    }

    @Test
    void runIsForSettings() throws IOException {
        assertThat(foreshock("check", file("a.jsonl", "{}"), "--run", "x").code())
                .isEqualTo(2);
    }

    @Test
    void theExampleThatComesWithForeshockIsValid() throws Exception {
        assertThat(SettingsReader.read(Path.of("foreshock.yaml"), Signatures.all())
                        .rules())
                .hasSize(4);
    }

    /** Every YAML block of the page is a settings file of its own. */
    @Test
    void whatTheDocumentationShowsIsValid() throws Exception {
        Matcher block = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../docs/settings.md")));
        int blocks = 0;
        while (block.find()) {
            SettingsReader.read("docs/settings.md, block " + ++blocks, block.group(1), Signatures.all());
        }
        assertThat(blocks).isGreaterThan(1);
    }

    @Test
    void replayTakesTheSettings() throws IOException {
        Path log = file("run.jsonl", "{\"step\":1,\"metrics\":{\"loss\":15,\"x\":7}}\n");
        Path settings = file("s.yaml", """
                defaults: {loss_spike: {limit: 20}}
                rules: [{name: high_x, metric: x, threshold: {above: 5}, severity: critical}]
                """);

        assertThat(foreshock("replay", log).out()).contains("OPEN      WARNING   loss_spike");
        assertThat(foreshock("replay", log, "--config", settings).out())
                .contains("OPEN      CRITICAL  high_x")
                .doesNotContain("OPEN      WARNING   loss_spike");
    }

    @Test
    void replayWithWrongSettingsSaysAllThatIsWrongAndJudgesNothing() throws IOException {
        Path log = file("run.jsonl", "{\"step\":1,\"metrics\":{\"loss\":15}}\n");
        Path settings = file("s.yaml", "default: {}\nruns: {}\n");

        Session session = foreshock("replay", log, "--config", settings);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.out()).isEmpty();
        assertThat(session.err()).contains(settings + ":1: there is no section default", settings + ":2: there is");
    }
}
