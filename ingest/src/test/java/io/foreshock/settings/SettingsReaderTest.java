package io.foreshock.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.foreshock.detect.Observing;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {
    private static Settings read(String yaml) throws SettingsException {
        return SettingsReader.read("foreshock.yaml", yaml, Signatures.all());
    }

    private static String refusal(String yaml) {
        SettingsException refused = catchThrowableOfType(SettingsException.class, () -> read(yaml));
        assertThat(refused).as(yaml).isNotNull();
        return String.valueOf(refused.getMessage());
    }

    private static Map<String, Object> of(Settings settings, String run, String slug) {
        return Setting.of(find(settings, run, slug).settings());
    }

    private static Signature find(Settings settings, String run, String slug) {
        return settings.signatures(run).stream()
                .filter(signature -> signature.slug().equals(slug))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n# nothing\n", "---\n", "{}", "null", "defaults:\nmatch:\nrun:\nrules:\n"})
    void nothingSetLeavesEverythingAsItIs(String yaml) throws SettingsException {
        assertThat(read(yaml).signatures("any")).isEqualTo(Signatures.all());
    }

    @Test
    void aRunGoesBeforeAPatternAndAPatternBeforeTheDefaults() throws SettingsException {
        Settings settings = read("""
                defaults:
                  loss_spike: {sigmas: 7, excess: 0.3}
                match:
                  "llama-*":
                    loss_spike: {sigmas: 8}
                  "*-7b-?":
                    loss_spike: {sigmas: 9}
                run:
                  llama-7b-3:
                    loss_spike:
                      sigmas: 1e1
                """);

        assertThat(of(settings, "gpt", "loss_spike"))
                .containsEntry("sigmas", 7.0)
                .containsEntry("excess", 0.3);
        assertThat(of(settings, "llama-1b", "loss_spike")).containsEntry("sigmas", 8.0);
        assertThat(of(settings, "llama-7b-2", "loss_spike"))
                .containsEntry("sigmas", 9.0)
                .containsEntry("excess", 0.3);
        assertThat(of(settings, "llama-7b-3", "loss_spike")).containsEntry("sigmas", 10.0);
        assertThat(of(settings, "llama-7b-3", "loss_spike")).containsEntry("obvious", 1.2);
    }

    @Test
    void switchesAndCalm() throws SettingsException {
        Settings settings = read("""
                defaults:
                  all: {calm: 30}
                  loss_spike: {enabled: false}
                  non_finite: {observe: true, calm: 5}
                match:
                  "debug-*":
                    all: {enabled: false}
                    loss_spike: {enabled: true}
                """);

        assertThat(settings.signatures("x")).extracting(Signature::slug).doesNotContain("loss_spike");
        assertThat(find(settings, "x", "non_finite").detector()).isInstanceOf(Observing.class);
        assertThat(find(settings, "x", "non_finite").calm()).isEqualTo(5);
        assertThat(find(settings, "x", "grad_explosion").calm()).isEqualTo(30);
        assertThat(find(settings, "x", "grad_explosion").detector()).isNotInstanceOf(Observing.class);
        assertThat(settings.signatures("debug-1")).extracting(Signature::slug).containsExactly("loss_spike");
    }

    @Test
    void everyProblemIsToldWithItsLineRangeAndWhatWasGiven() {
        assertThat(refusal("""
                defaults:
                  loss_spike:
                    sigmas: -3
                    excess: lots
                    sigma: 4
                  loss_spyke: {sigmas: 3}
                default: {}
                match:
                  "a*":
                    non_finite:
                      gradient_rows: 2.5
                      enabled: maybe
                      calm: 0
                    all: {sigmas: 1}
                run:
                  b: 7
                  "": {}
                """)).isEqualTo("""
                        foreshock.yaml:3: loss_spike.sigmas must be > 0 standard deviations, got -3
                        foreshock.yaml:4: loss_spike.excess must be a number, got "lots"
                        foreshock.yaml:5: loss_spike has no setting sigma; did you mean sigmas? Known are sigmas, excess,\
                         obvious, enabled, observe, calm
                        foreshock.yaml:6: defaults: no signature or rule is called loss_spyke; did you mean loss_spike?
                        foreshock.yaml:7: there is no section default; did you mean defaults? Known are defaults, match,\
                         run, rules, labels
                        foreshock.yaml:11: non_finite.gradient_rows must be a whole number, got 2.5
                        foreshock.yaml:12: non_finite.enabled must be true or false, got "maybe"
                        foreshock.yaml:13: non_finite.calm must be a whole number > 0 rows, got 0
                        foreshock.yaml:14: all has no setting sigmas; known are enabled, observe, calm
                        foreshock.yaml:16: run.b must hold names and values, got 7
                        foreshock.yaml:17: run. must name runs""");
    }

    @Test
    void theLaterPatternHasTheLastWordOnEachLabel() throws SettingsException {
        Settings settings = read("""
                labels:
                  "*": {team: research, tier: 2}
                  "llama-*": {team: pretraining, model: llama}
                """);

        assertThat(settings.labels("llama-7b-3"))
                .containsExactly(Map.entry("model", "llama"), Map.entry("team", "pretraining"), Map.entry("tier", "2"));
        assertThat(settings.labels("mistral")).containsExactly(Map.entry("team", "research"), Map.entry("tier", "2"));
        assertThat(Settings.none(Signatures.all()).labels("llama-7b-3")).isEmpty();
    }

    @Test
    void whatIsWrongWithLabelsIsSaidWithItsLine() {
        assertThat(refusal("""
                labels:
                  "llama-*":
                    severity: low
                    "my team": a
                    __meta: b
                    tier:
                    model: ""
                  "mistral": pretraining
                """)).isEqualTo("""
                        foreshock.yaml:3: labels.llama-*: every alert has a label severity already; call this one\
                         something else
                        foreshock.yaml:4: labels.llama-*: a label's name must have letters, digits and underscores, no\
                         digit first, got "my team"
                        foreshock.yaml:5: labels.llama-*: a label's name must have letters, digits and underscores, no\
                         digit first, got "__meta"
                        foreshock.yaml:6: labels.llama-*.tier has no value
                        foreshock.yaml:7: labels.llama-*.model must have 1 to 256 characters, got none
                        foreshock.yaml:8: labels.mistral must hold names and values, got "pretraining\"""");
    }

    @Test
    void aSettingThatWasNotGivenCanContradictTheOneThatWas() {
        assertThat(refusal("defaults:\n  loss_spike:\n    excess: 3\n"))
                .isEqualTo("foreshock.yaml:2: loss_spike.obvious must be > excess (3.0), got 1.2");
    }

    @Test
    void settingsThatFitOnlyTogetherAreTakenTogether() throws SettingsException {
        assertThat(of(read("defaults: {loss_spike: {excess: 3, obvious: 4}}"), "x", "loss_spike"))
                .containsEntry("excess", 3.0)
                .containsEntry("obvious", 4.0);
    }

    @Test
    void ofTwoPatternsThatContradictEachOtherTheEarlierStands() throws SettingsException {
        Settings settings = read("""
                match:
                  "a*": {loss_spike: {obvious: 0.5}}
                  "*z": {loss_spike: {excess: 0.7}}
                """);

        assertThat(of(settings, "z", "loss_spike")).containsEntry("excess", 0.7);
        assertThat(of(settings, "az", "loss_spike"))
                .containsEntry("excess", 0.25)
                .containsEntry("obvious", 0.5);
    }

    @Test
    void whatIsNotYamlIsSaidWithItsLine() {
        assertThat(refusal("defaults:\n  a: [1,\n  b: 2\n")).startsWith("foreshock.yaml:4: not YAML: ");
        assertThat(refusal("defaults: {loss_spike: *a}"))
                .isEqualTo("foreshock.yaml:1: aliases are not supported: write out what *a stands for");
        assertThat(refusal("match: {}\nmatch: {}"))
                .isEqualTo("foreshock.yaml:2: match is given twice, first in line 1");
        assertThat(refusal("a: 1\n---\nb: 2"))
                .isEqualTo("foreshock.yaml:2: settings must be one YAML document; a second one begins here");
        assertThat(refusal("[".repeat(200))).contains("levels deep");
        assertThat(refusal("[1, 2]")).isEqualTo("foreshock.yaml:1: settings must hold names and values, got a list");
        assertThat(refusal("x".repeat(Yaml.MAX_CHARS + 1))).contains("at most 1048576 characters");
        assertThat(refusal("run: \u0007")).startsWith("foreshock.yaml:1: not YAML: ");
        assertThat(refusal("? [1]\n: 2")).isEqualTo("foreshock.yaml:1: a key must be a name");
    }

    @Test
    void whatIsNotUtf8IsSaid() {
        assertThatThrownBy(() -> SettingsReader.read("x.yaml", new byte[] {(byte) 0xff, 1}, Signatures.all()))
                .isInstanceOf(SettingsException.class)
                .hasMessage("x.yaml:1: not UTF-8");
    }

    @Test
    void rulesOfAllKinds() throws SettingsException {
        Settings settings = read("""
                defaults:
                  slow_tokens: {above: 10, calm: 7}
                run:
                  quiet: {slow_tokens: {enabled: false}}
                rules:
                  - name: slow_tokens
                    metric: tokens_per_second
                    threshold: {below: 1_000, rows: 20}
                    severity: critical
                    summary: Throughput fell.
                    advice: [Look at the data loader, Look at the network]
                  - name: odd_temperature
                    metric: gpu_temperature[3]
                    robust_z: {sigmas: 5, window: 128, below: false}
                    observe: true
                  - name: creeping_memory
                    metric: memory_bytes
                    trend: {change: 0.05, rows: 500}
                    calm: 40
                  - name: no_eval
                    metric: eval_loss
                    absence: {steps: 2000}
                    enabled: false
                """.replace("slow_tokens: {above: 10", "slow_tokens: {above: .inf"));

        assertThat(settings.signatures("x"))
                .extracting(Signature::slug)
                .endsWith("telemetry_stalled", "slow_tokens", "odd_temperature", "creeping_memory");
        assertThat(settings.signatures("quiet")).extracting(Signature::slug).doesNotContain("slow_tokens");
        assertThat(of(settings, "x", "slow_tokens"))
                .containsEntry("below", 1000.0)
                .containsEntry("rows", 20);
        assertThat(find(settings, "x", "slow_tokens").calm()).isEqualTo(7);
        assertThat(find(settings, "x", "slow_tokens").title()).isEqualTo("Throughput fell");
        assertThat(find(settings, "x", "slow_tokens").advice()).hasSize(2);
        assertThat(find(settings, "x", "odd_temperature").detector()).isInstanceOf(Observing.class);
        assertThat(find(settings, "x", "creeping_memory").calm()).isEqualTo(40);
        assertThat(settings.rules()).hasSize(4);
        assertThat(settings.summary()).isEqualTo("0 signatures changed, 0 patterns, 1 run, 4 custom rules");
    }

    @Test
    void whatIsWrongWithARule() {
        assertThat(refusal("""
                rules:
                  - name: loss_spike
                    metric: my loss
                    threshold: {above: 1}
                  - name: Bad Name
                    metric: a
                    threshold: {above: 1, row: 3}
                  - metric: b
                    threshold: {}
                  - name: c
                    metric: lm loss
                    trend: {change: 0, rows: 4}
                  - name: d
                    metric: d
                    severity: fatal
                    trnd: {}
                  - name: e
                    metric: e
                    absence: {rows: 0}
                  - name: f
                    metric: f
                    threshold: {above: 1, below: 2}
                    trend: {}
                  - just a text
                """)).isEqualTo("""
                        foreshock.yaml:2: name loss_spike is taken; choose another
                        foreshock.yaml:5: name must be at most 63 lower-case letters, digits and underscores, a letter\
                         first, got "Bad Name"
                        foreshock.yaml:7: rule.threshold has no setting row; did you mean rows? Known are above, below, rows
                        foreshock.yaml:8: a rule needs a name
                        foreshock.yaml:9: rule.threshold needs above, or below, or both
                        foreshock.yaml:11: c.metric: lm loss is read as loss; write loss
                        foreshock.yaml:13: d needs one of threshold, robust_z, trend, absence
                        foreshock.yaml:15: d.severity must be info, warning or critical, got "fatal"
                        foreshock.yaml:16: a rule has no trnd; did you mean trend? Known are name, metric, severity,\
                         summary, advice, enabled, observe, calm, threshold, robust_z, trend, absence
                        foreshock.yaml:19: e.absence needs rows > 0, or steps > 0, or both
                        foreshock.yaml:22: f.above must be >= below (2), got 1
                        foreshock.yaml:23: f has threshold already; write a second rule for trend
                        foreshock.yaml:24: a rule must hold names and values, got "just a text\"""");
    }

    @Test
    void asJsonItIsTheSame() throws SettingsException {
        String yaml = """
                defaults:
                  loss_spike: {sigmas: 7_0.5, observe: yes, calm: 3}
                match: {"a: *": {all: {enabled: true}}}
                rules:
                  - {name: r1, metric: "7", threshold: {above: .inf, below: -1e-5}, summary: "a \\"b\\"\\n c ✓", advice: "x"}
                """.replace("yes", "true");
        Settings settings = read(yaml);
        Settings again = SettingsReader.read("topic", settings.json(), Signatures.all());

        assertThat(again.json()).isEqualTo(settings.json());
        for (String run : List.of("x", "a: 7")) {
            assertThat(again.effective(run))
                    .usingRecursiveComparison()
                    .ignoringFields("signature.rule", "tuned.rule")
                    .isEqualTo(settings.effective(run));
            for (int i = 0; i < settings.effective(run).size(); i++) {
                assertThat(again.effective(run).get(i).tuned().settings())
                        .isEqualTo(settings.effective(run).get(i).tuned().settings());
            }
        }
    }

    @Test
    void noSignatureHasASettingThatHidesASwitch() {
        for (Signature signature : Signatures.all()) {
            assertThat(Setting.of(signature.settings())).doesNotContainKeys("enabled", "observe", "calm");
            assertThat(signature.slug()).isNotEqualTo(Settings.ALL);
            // What can be said of a setting can be said in a file.
            assertThat(signature.tuned(Map.of()).settings()).isEqualTo(signature.settings());
        }
    }
}
