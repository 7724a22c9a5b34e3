package io.foreshock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.backtest.LabelledEvent;
import io.foreshock.backtest.LabelledRun;
import io.foreshock.backtest.Labels;
import io.foreshock.browser.Chromium;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.Pdf;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.print.PrintOptions;
import picocli.CommandLine;

/** The report of recorded runs in a real browser. */
class ReportITCase {
    private static final Path RUNS = Path.of("runs");
    private static final Path RAMP = RUNS.resolve("ramp_0.3_s3.jsonl.gz");

    @TempDir
    static Path folder;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static Chromium browser;

    @BeforeAll
    static void start() {
        browser = Chromium.start();
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void theBandLiesWhereTheLabelsSay() throws Exception {
        open(report(RAMP));

        LabelledRun labelled = Labels.read(RUNS).stream()
                .filter(run -> run.name().equals("ramp_0.3_s3"))
                .findFirst()
                .orElseThrow();
        LabelledEvent event = labelled.events().stream()
                .filter(one -> one.signature().equals("attention_logit_growth"))
                .findFirst()
                .orElseThrow();
        JsonNode lanes = chart("Incidents", "lanes");
        JsonNode band = first(lanes.path("bands"), "attention_logit_growth");
        double slack = Math.max(20, 0.02 * 1000);
        assertThat(stepAt(lanes, band.path("onsetPx").asDouble()))
                .isCloseTo((double) event.onset().step(), within(slack));
        assertThat(stepAt(lanes, band.path("onsetPx").asDouble())).isCloseTo(117, within(1.0));
        assertThat(stepAt(lanes, band.path("detectedPx").asDouble())).isCloseTo(121, within(1.0));
        assertThat(browser.driver().findElement(By.cssSelector(".fs-sentence")).getText())
                .isEqualTo(
                        "Warned 218 steps before the loss suffered: attention logits grow towards saturation, found at step 121.");
        assertThat(browser.driver()
                        .findElement(By.cssSelector("figure.fs-lanes"))
                        .getAttribute("aria-label"))
                .contains("attention_logit_growth, critical from step 117, found at 121, open");
        browser.assertNoErrors();
    }

    @Test
    void nothingIsAskedOfTheNetwork() throws Exception {
        Path file = report(RAMP);
        browser.requests();
        open(file);
        browser.eval("foreshock.all()");
        browser.await("foreshock.inspect().charts.every(c => c.drawn)");

        assertThat(browser.requests())
                .isNotEmpty()
                .allMatch(url -> url.startsWith("file:///") || url.startsWith("data:"));
        browser.driver()
                .executeScript("window.asked = fetch('https://example.org').then(() => 'sent', () => 'refused')"
                        + ".then(said => window.said = said)");
        browser.await("window.said");
        assertThat(browser.eval("window.said").asText()).isEqualTo("refused");
        assertThat(browser.errors()).allMatch(error -> error.contains("Content Security Policy"));
    }

    @Test
    void anIncidentOfTheStoryZoomsAllChartsToItsSteps() throws Exception {
        open(report(RAMP));

        browser.driver()
                .findElement(By.cssSelector(".fs-incident[data-severity='critical'] .fs-go"))
                .click();

        JsonNode view = browser.eval("foreshock.inspect()");
        assertThat(view.path("range").path(0).asDouble()).isBetween(50.0, 117.0);
        assertThat(view.path("range").path(1).asDouble()).isBetween(121.0, 600.0);
        int drawn = 0;
        for (JsonNode chart : view.path("charts")) {
            if (chart.path("drawn").asBoolean()) {
                assertThat(chart.path("range")).as(chart.path("panel").asText()).isEqualTo(view.path("range"));
                drawn++;
            }
        }
        assertThat(drawn).isGreaterThan(3);
        browser.assertNoErrors();
    }

    @Test
    void aChartIsZoomedByKeyboardMouseAndWheel() throws Exception {
        open(report(RAMP));
        WebElement loss = browser.driver().findElement(By.cssSelector("figure[data-panel='Loss']"));
        new Actions(browser.driver()).scrollToElement(loss).perform();
        browser.driver().executeScript("arguments[0].focus()", loss);

        loss.sendKeys("+");
        assertThat(range()).containsExactly(249.75, 749.25);
        loss.sendKeys(Keys.ARROW_RIGHT);
        assertThat(range()).containsExactly(new double[] {299.7, 799.2}, within(1e-9));
        loss.sendKeys("0");
        assertThat(range()).containsExactly(0, 999);

        WebElement over = loss.findElement(By.cssSelector(".u-over"));
        int width = over.getSize().getWidth();
        new Actions(browser.driver())
                .moveToElement(over, -width / 4, 0)
                .clickAndHold()
                .moveByOffset(width / 2, 0)
                .release()
                .perform();
        assertThat(range()[0]).isCloseTo(250, within(4.0));
        assertThat(range()[1]).isCloseTo(749, within(4.0));

        new Actions(browser.driver()).moveToElement(over).doubleClick().perform();
        assertThat(range()).containsExactly(0, 999);

        browser.driver().executeScript("arguments[0].focus()", loss);
        browser.driver()
                .executeScript(
                        "const box = arguments[0].getBoundingClientRect();"
                                + "arguments[0].dispatchEvent(new WheelEvent('wheel', {deltaY: -100, cancelable: true,"
                                + " clientX: box.left + box.width / 2, clientY: box.top + 5}))",
                        over);
        assertThat(range()[1] - range()[0]).isCloseTo(999 * 0.8, within(2.0));
        browser.assertNoErrors();
    }

    @Test
    void everythingIsReachedByTabulator() throws Exception {
        open(report(RAMP));
        browser.driver().executeScript("document.activeElement.blur()");
        List<String> reached = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            new Actions(browser.driver()).sendKeys(Keys.TAB).perform();
            reached.add(browser.eval("document.activeElement.className || document.activeElement.tagName")
                    .asText());
        }

        assertThat(reached).contains("fs-button", "fs-go", "SUMMARY").anyMatch(name -> name.contains("fs-chart"));
        assertThat(browser.eval("getComputedStyle(document.activeElement).outlineStyle")
                        .asText())
                .isEqualTo("solid");
    }

    @Test
    void coloursFollowTheSystemAndTheSwitch() throws Exception {
        Path file = report(RAMP);
        try {
            browser.prefers("dark");
            open(file);
            assertThat(browser.eval("foreshock.inspect().theme").asText()).isEqualTo("dark");
            assertThat(background()).isEqualTo("rgb(14, 16, 20)");

            browser.driver().findElement(By.cssSelector(".fs-head button")).click();
            assertThat(browser.eval("foreshock.inspect().theme").asText()).isEqualTo("light");
            assertThat(background()).isEqualTo("rgb(245, 246, 248)");
        } finally {
            browser.prefers("light");
        }
        browser.assertNoErrors();
    }

    @Test
    void textStandsOutFromItsGroundInBothThemes() throws Exception {
        open(report(RAMP));
        for (String theme : List.of("light", "dark")) {
            browser.driver().executeScript("foreshock.theme(arguments[0])", theme);
            for (String text :
                    List.of("--text", "--soft", "--accent", "--info", "--warning", "--critical", "--healthy")) {
                for (String ground : List.of("--paper", "--ground")) {
                    assertThat(contrast(colour(text), colour(ground)))
                            .as("%s on %s, %s", text, ground, theme)
                            .isGreaterThan(4.5);
                }
            }
            for (String grade : List.of("info", "warning", "critical", "healthy")) {
                assertThat(contrast(colour("--" + grade), colour("--" + grade + "-ground")))
                        .as("%s on its ground, %s", grade, theme)
                        .isGreaterThan(4.5);
            }
        }
    }

    @Test
    void allChartsAreOnPaper() throws Exception {
        open(report(RAMP));
        browser.await("foreshock.inspect().charts.every(c => c.unpacked)");
        assertThat(browser.eval("foreshock.inspect().charts.every(c => c.drawn)")
                        .asBoolean())
                .as("some charts are out of sight")
                .isFalse();

        Pdf paper = browser.driver().print(new PrintOptions());

        assertThat(Base64.getDecoder().decode(paper.getContent()))
                .startsWith("%PDF".getBytes(StandardCharsets.US_ASCII));
        assertThat(browser.eval("foreshock.inspect().charts.every(c => c.drawn)")
                        .asBoolean())
                .isTrue();
        browser.assertNoErrors();
    }

    @Test
    void severalRunsAreComparedOnOneAxis() throws Exception {
        open(report(RAMP, RUNS.resolve("lr_0.001_s0.jsonl.gz"), RUNS.resolve("resume_clean_s60.jsonl.gz")));
        assertThat(browser.eval("foreshock.inspect().run").asText())
                .as("what needs attention first")
                .isEqualTo("ramp_0.3_s3");
        assertThat(browser.driver().findElements(By.cssSelector(".fs-pick"))).hasSize(3);

        browser.driver()
                .findElement(By.cssSelector("input[aria-label='draw lr_0.001_s0 over the shown run']"))
                .click();
        browser.await("foreshock.inspect().charts.find(c => c.panel === 'Loss' && c.drawn && c.lines === 4)");
        assertThat(browser.driver()
                        .findElement(By.cssSelector("figure[data-panel='Loss'] .fs-readout"))
                        .getText())
                .contains("ramp_0.3_s3", "lr_0.001_s0");

        pick("resume_clean_s60");
        browser.await("foreshock.inspect().run === 'resume_clean_s60'");
        browser.await("foreshock.inspect().charts.find(c => c.panel === 'Loss' && c.drawn)");
        assertThat(chart("Loss", "lines").path("lines").asInt())
                .as("loss and eval loss of two attempts, and of the run drawn over them")
                .isEqualTo(6);
        browser.assertNoErrors();
    }

    @Test
    void whatAnotherConfigurationSaysIsDrawnInTwoLanes() throws Exception {
        Path settings = Files.writeString(
                folder.resolve("other.yaml"),
                "defaults: {attention_logit_growth: {enabled: false}, loss_spike: {sigmas: 9}}");
        Path file = folder.resolve("compared.html");
        replay(RAMP, "--compare", settings, "--report", file);
        open(file);

        WebElement row = browser.driver().findElement(By.cssSelector(".fs-comparison tr[data-change='vanishes']"));
        assertThat(row.getText()).contains("Attention logits grow towards saturation", "121", "vanishes");
        JsonNode lanes = chart("What another configuration would have said", "lanes");
        assertThat(first(lanes.path("bands"), "attention_logit_growth")
                        .path("onset")
                        .asInt())
                .isEqualTo(117);
        browser.assertNoErrors();
    }

    @Test
    void hostileNamesAreShownAsText() throws Exception {
        String hostile = "</script><img src=x onerror=\"window.pwned=1\">\u202e<b>gnol</b> " + "x".repeat(150);
        StringBuilder log = new StringBuilder();
        for (int step = 0; step < 40; step++) {
            ObjectNode event = MAPPER.createObjectNode().put("run", hostile).put("step", step);
            event.putObject("metrics")
                    .put("loss", 2.0)
                    .put("<!-- <script>window.pwned=2</script>", step)
                    .put("損失 ключ", "NaN");
            log.append(event).append('\n');
        }
        Path file = report(Files.writeString(folder.resolve("hostile.jsonl"), log));
        open(file);
        browser.eval("foreshock.all()");
        browser.await("foreshock.inspect().charts.every(c => c.drawn)");

        assertThat(browser.driver().findElement(By.tagName("h1")).getText())
                .contains("</script><img src=x onerror=\"window.pwned=1\">\\u202e<b>gnol</b>");
        List<String> titles = browser.driver().findElements(By.cssSelector(".fs-chart-title")).stream()
                .map(WebElement::getText)
                .toList();
        assertThat(titles).contains("<!-- <script>window.pwned=2</script>", "損失 ключ");
        assertThat(browser.driver().findElements(By.cssSelector("#view img, #view b b, #view script")))
                .isEmpty();
        assertThat(browser.eval("window.pwned ?? 'no'").asText()).isEqualTo("no");
        assertThat(browser.eval("document.documentElement.scrollWidth <= innerWidth")
                        .asBoolean())
                .as("a long name does not widen the page")
                .isTrue();
        browser.assertNoErrors();
    }

    @Test
    void aRunThatGoesOnGrowsAndItsMemoryIsBounded() throws Exception {
        open(report(RAMP));

        browser.driver().executeScript("""
                        for (let step = 1000; step < 21000; step++) {
                          foreshock.append({attempt: 0, step, metrics: {loss: step === 15000 ? "NaN" : step === 16000 ? 99 : 2}});
                        }
                        foreshock.incident({id: "new", signature: "loss_spike", series: "loss", series_count: 1, severity: "warning",
                          status: "open", onset_step: 16000, detected_step: 16000, step: 16000, value: 99, threshold: 5, unit: "1",
                          forecast: null, summary: "<b>up</b>", advice: [], cause: null, story: "new", pages: true, consequences: [],
                          reference: "", muted: false, acknowledged: null});
                        """);
        browser.await("foreshock.inspect().range[1] === 20999");
        browser.await("foreshock.inspect().charts.find(c => c.panel === 'Loss').bands.some(b => b.id === 'new')");

        JsonNode loss = chart("Loss", "lines");
        assertThat(loss.path("points").asInt()).isBetween(2_000, 20_000);
        assertThat(browser.driver()
                        .findElement(By.cssSelector("figure[data-panel='Loss']"))
                        .getAttribute("aria-label"))
                .contains("and 99", "not finite at");
        assertThat(browser.driver()
                        .findElement(By.cssSelector("[data-incident='new'] .fs-summary"))
                        .getText())
                .isEqualTo("<b>up</b>");
        browser.eval("foreshock.destroy()");
        assertThat(browser.eval("document.getElementById('view').childElementCount")
                        .asInt())
                .isZero();
        browser.assertNoErrors();
    }

    private static Path report(Path... runs) throws Exception {
        StringBuilder name = new StringBuilder();
        for (Path run : runs) {
            name.append(run.getFileName()).append('-');
        }
        Path file = folder.resolve(name + ".html");
        if (!Files.exists(file)) {
            List<Object> arguments = new ArrayList<>(List.of(runs));
            arguments.add("--report");
            arguments.add(file);
            replay(arguments.toArray());
        }
        return file;
    }

    private static void replay(Object... arguments) {
        List<String> words = new ArrayList<>(List.of("replay"));
        for (Object argument : arguments) {
            words.add(String.valueOf(argument));
        }
        StringWriter err = new StringWriter();
        CommandLine line = Foreshock.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err));
        assertThat(line.execute(words.toArray(new String[0])))
                .as(err.toString())
                .isZero();
    }

    private static void open(Path file) {
        browser.driver().get(file.toUri().toString());
        browser.driver().executeScript("window.drawn = false; foreshock.ready.then(() => { window.drawn = true; })");
        browser.await("window.drawn");
    }

    private static JsonNode chart(String panel, String kind) {
        for (JsonNode chart : browser.eval("foreshock.inspect().charts")) {
            if (chart.path("panel").asText().equals(panel)
                    && chart.path("kind").asText().equals(kind)) {
                return chart;
            }
        }
        throw new AssertionError("no chart " + panel);
    }

    private static JsonNode first(JsonNode bands, String signature) {
        for (JsonNode band : bands) {
            if (band.path("signature").asText().equals(signature)) {
                return band;
            }
        }
        throw new AssertionError("no band of " + signature + " in " + bands);
    }

    /** The step that is drawn this many pixels from the left of a plot. */
    private static double stepAt(JsonNode chart, double px) {
        double first = chart.path("range").path(0).asDouble();
        double last = chart.path("range").path(1).asDouble();
        return first + (last - first) * px / chart.path("width").asDouble();
    }

    private static double[] range() {
        JsonNode range = browser.eval("foreshock.inspect().range");
        return new double[] {range.path(0).asDouble(), range.path(1).asDouble()};
    }

    private static void pick(String run) {
        browser.driver().findElements(By.cssSelector(".fs-pick")).stream()
                .filter(button -> button.getText().contains(run))
                .findFirst()
                .orElseThrow()
                .click();
    }

    /** A colour of the style, red, green and blue from 0 to 1. */
    private static double[] colour(String name) {
        String hex = browser.eval(
                        "getComputedStyle(document.getElementById('view')).getPropertyValue('" + name + "').trim()")
                .asText();
        double[] parts = new double[3];
        for (int i = 0; i < 3; i++) {
            parts[i] = Integer.parseInt(hex.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
        }
        return parts;
    }

    /** The contrast ratio of WCAG 2: 1 for the same colour, 21 for black on white. */
    private static double contrast(double[] one, double[] other) {
        double brighter = Math.max(luminance(one), luminance(other));
        double darker = Math.min(luminance(one), luminance(other));
        return (brighter + 0.05) / (darker + 0.05);
    }

    private static double luminance(double[] colour) {
        double[] linear = new double[3];
        for (int i = 0; i < 3; i++) {
            linear[i] = colour[i] <= 0.04045 ? colour[i] / 12.92 : Math.pow((colour[i] + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }

    private static String background() {
        return browser.eval("getComputedStyle(document.getElementById('view')).backgroundColor")
                .asText();
    }
}
