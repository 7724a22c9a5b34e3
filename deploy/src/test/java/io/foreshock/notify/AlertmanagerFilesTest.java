package io.foreshock.notify;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.board.Standing;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.live.Judged;
import io.foreshock.live.Program;
import io.foreshock.live.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration and the message that come with Foreshock, by Alertmanager's own tool. */
class AlertmanagerFilesTest {
    private static final Path HERE = Path.of(".");
    private static final Path CONFIGURATION = Path.of("alertmanager/alertmanager.yml");
    private static final Path TEMPLATE = Path.of("alertmanager/foreshock.tmpl");
    private static final Path PAGE = Path.of("../docs/notifications.md");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @BeforeAll
    static void amtool() {
        Program.require("amtool", "prometheus-alertmanager");
    }

    @Test
    void theConfigurationIsValid() throws Exception {
        assertThat(Program.run(HERE, List.of("amtool", "check-config", CONFIGURATION.toString())))
                .contains("SUCCESS", "1 inhibit rules", "1 templates")
                .doesNotContain("FAILED");
    }

    @Test
    void incidentsAndFailuresOfForeshockGoTheirOwnWays() throws Exception {
        String file = CONFIGURATION.toString();
        assertThat(receivers(file, "run=a", "signature=loss_spike", "severity=critical", "team=pretraining"))
                .isEqualTo("foreshock");
        assertThat(receivers(file, "alertname=ForeshockJobDown", "severity=critical"))
                .isEqualTo("operations");
    }

    /** As its comment says. */
    @Test
    void aPagerAndATeamGetTheirsAndTheRestGoesOn() throws Exception {
        String routed = Files.readString(CONFIGURATION)
                .replace("# routes:", "routes:")
                .replace("#   - {receiver", "  - {receiver")
                .replaceFirst("(?m)^receivers:$", "receivers:\n  - name: pager\n  - name: pretraining");
        String file = Files.writeString(folder.resolve("routed.yml"), routed).toString();
        assertThat(receivers(file, "run=a", "signature=loss_spike", "severity=critical", "team=pretraining"))
                .isEqualTo("pager,pretraining");
        assertThat(receivers(file, "run=a", "signature=loss_spike", "severity=critical"))
                .isEqualTo("pager,foreshock");
        assertThat(receivers(file, "run=a", "signature=loss_spike", "severity=warning"))
                .isEqualTo("foreshock");
    }

    @Test
    void thePageShowsTheMessageOfAWarning() throws Exception {
        Incident opened = changes("ramp_0.3_s3", "attention_logit_growth").get(0);

        assertThat(Files.readString(PAGE)).contains(asSlackShowsIt(firing(opened)));
    }

    @Test
    void thePageShowsTheMessageOfOneThatGrewGraver() throws Exception {
        List<Incident> changes = changes("ramp_0.3_s3", "attention_logit_growth");
        int graver = 0;
        while (changes.get(graver).severity() != Severity.CRITICAL) {
            graver++;
        }

        assertThat(Files.readString(PAGE))
                .contains(asSlackShowsIt(firing(changes.get(graver)), resolved(changes.get(graver - 1))));
    }

    @Test
    void thePageShowsTheMessageOfAStoryThatIsOver() throws Exception {
        String run = "spike_random1_s20";

        assertThat(Files.readString(PAGE))
                .contains(asSlackShowsIt(resolved(end(run, "grad_norm_spike")), resolved(end(run, "loss_spike"))));
    }

    @Test
    void theGravestGivesTitleAndColourWhateverItsName() throws Exception {
        Incident warning = changes("ramp_0.3_s3", "attention_logit_growth").get(0);
        Incident critical = changes("nf_attn_fp16_s40", "non_finite").get(0);
        Object data = data(firing(warning), firing(critical));

        assertThat(render("foreshock.colour", data)).isEqualTo("danger");
        assertThat(render("foreshock.title", data))
                .startsWith("CRITICAL: ")
                .endsWith(": attention_logit_growth, non_finite");
        assertThat(render("foreshock.colour", data(firing(warning)))).isEqualTo("warning");
        assertThat(render("foreshock.colour", data(resolved(critical)))).isEqualTo("good");
    }

    @Test
    void aNameIsNeitherACallNorALink() throws Exception {
        Map<String, String> labels =
                Map.of("run", "<!channel>", "signature", "s", "severity", "warning", "incident", "i");
        Map<String, String> annotations = Map.of(
                "summary", "<!here> & <http://evil.example|look>",
                "description", "<!everyone>[0] is 1",
                "advice", "Look at <@U1>\nStop <!channel>");
        Object data = data(Map.of("status", "firing", "labels", labels, "annotations", annotations));

        assertThat(render("foreshock.title", data)).isEqualTo("WARNING: &lt;!channel&gt;: s");
        assertThat(render("foreshock.text", data)).isEqualTo("""
                *&lt;!here&gt; &amp; &lt;http://evil.example|look&gt;*
                &lt;!everyone&gt;[0] is 1
                • Look at &lt;@U1&gt;
                • Stop &lt;!channel&gt;
                incident i""");
    }

    private static List<Incident> changes(String run, String signature) throws IOException {
        Recording recording = Recording.read(Path.of("runs")).stream()
                .filter(one -> one.run().equals(run))
                .findFirst()
                .orElseThrow();
        return Judged.changes(recording.samples()).stream()
                .filter(change -> change.signature().equals(signature))
                .toList();
    }

    private static Incident end(String run, String signature) throws IOException {
        return changes(run, signature).stream()
                .filter(change -> change.status() == Status.RESOLVED)
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, Object> firing(Incident incident) {
        return alert("firing", incident);
    }

    private static Map<String, Object> resolved(Incident incident) {
        return alert("resolved", incident);
    }

    private static Map<String, Object> alert(String status, Incident incident) {
        String page = "http://localhost:8080/runs/" + incident.run() + "?incident=" + incident.id();
        Alert alert = Alert.of(new Concern(incident, Standing.RUNNING, true, false, incident.ts(), Map.of(), page));
        return Map.of("status", status, "labels", alert.labels(), "annotations", alert.annotations());
    }

    /** As Alertmanager hands a group to its templates. */
    @SafeVarargs
    private static Map<String, Object> data(Map<String, Object>... alerts) {
        Map<?, ?> labels = (Map<?, ?>) alerts[0].get("labels");
        return Map.of("alerts", alerts, "commonLabels", Map.of("run", labels.get("run")));
    }

    /** In Markdown: what is bold and what is a link. */
    @SafeVarargs
    private String asSlackShowsIt(Map<String, Object>... alerts) throws Exception {
        List<String> lines = new ArrayList<>();
        lines.add("**" + render("foreshock.title", data(alerts)) + "**");
        render("foreshock.text", data(alerts))
                .lines()
                .map(line -> line.replaceAll("^\\*(.*)\\*$", "**$1**").replaceAll("<([^|>]*)\\|([^>]*)>", "[$2]($1)"))
                .forEach(lines::add);
        return lines.stream().map(line -> "> " + line).collect(joining("\\\n")) + "\n";
    }

    private String render(String template, Object data) throws Exception {
        Path file = Files.write(folder.resolve("data.json"), JSON.writeValueAsBytes(data));
        return Program.run(
                        HERE,
                        List.of(
                                "amtool",
                                "template",
                                "render",
                                "--template.glob=" + TEMPLATE,
                                "--template.text={{ template \"" + template + "\" . }}",
                                "--template.data=" + file))
                .strip();
    }

    private static String receivers(String file, String... labels) throws Exception {
        List<String> command = new ArrayList<>(List.of("amtool", "config", "routes", "test", "--config.file=" + file));
        command.addAll(List.of(labels));
        // It warns of a flag of its own, if somebody has set up amtool on this machine.
        List<String> printed = Program.run(HERE, command).lines().toList();
        return printed.get(printed.size() - 1);
    }
}
