package io.foreshock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.foreshock.browser.Chromium;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Story;
import io.foreshock.report.HtmlReport;
import io.foreshock.telemetry.StepSample;
import io.foreshock.view.Budget;
import io.foreshock.view.RunView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

/**
 * A report of 100,000 steps of 200 series in a browser: it shows a spike of one step, sharply where an incident was. Prints what
 * docs/report.md says of its size and speed, from {@code mvn -pl deploy -am test -Dtest=LongReportITCase
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class LongReportITCase {
    private static final int STEPS = 100_000;
    private static final int SPIKE = 61_803;

    @TempDir
    Path folder;

    @Test
    void aSpikeOfOneStepIsSeenAndSharpWhenZoomed() throws Exception {
        try (Chromium browser = Chromium.start()) {
            Path file = folder.resolve("long.html");
            HtmlReport.write(file, "today", Map.of("foreshock", "test"), List.of(view()));

            browser.driver().get(file.toUri().toString());
            browser.driver().executeScript("foreshock.ready.then(() => { window.drawn = performance.now(); })");
            browser.await("window.drawn");

            assertThat(browser.driver()
                            .findElement(By.cssSelector("figure[data-panel='Loss']"))
                            .getAttribute("aria-label"))
                    .contains("and 50");
            browser.driver().executeScript("foreshock.choose('spike')");
            JsonNode around = browser.eval("foreshock.inspect().charts.find(c => c.panel === 'Loss')");
            double first = around.path("range").path(0).asDouble();
            double last = around.path("range").path(1).asDouble();
            assertThat(last - first).isLessThan(100);
            int steps = (int) (Math.floor(last) - Math.ceil(first) + 1);
            assertThat(around.path("pointsInRange").asInt())
                    .as("every step in sight is a point")
                    .isEqualTo(steps);
            browser.assertNoErrors();

            browser.driver().executeScript("""
                            const frame = () => new Promise(requestAnimationFrame);
                            (async () => {
                              const frames = [];
                              for (let i = 1; i <= 20; i++) {
                                await frame();
                                const before = performance.now();
                                foreshock.zoomTo(i * 1000, 100000 - i * 1000);
                                // uPlot draws in a microtask; a message comes after it.
                                await new Promise(done => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); });
                                frames.push(performance.now() - before);
                              }
                              window.zoom = frames.sort((a, b) => a - b)[10];
                            })();
                            """);
            browser.await("window.zoom");
            JsonNode times = browser.eval("{load: performance.getEntriesByType('navigation')[0].loadEventEnd,"
                    + " drawn: window.drawn, zoom: window.zoom}");
            System.out.printf(
                    Locale.ROOT,
                    "report of %,d steps, 200 series: %.1f MB; loaded after %.0f ms, drawn after %.0f ms;"
                            + " a zoom of all charts in sight takes %.0f ms (median of 20)%n",
                    STEPS,
                    Files.size(file) / 1e6,
                    times.path("load").asDouble(),
                    times.path("drawn").asDouble(),
                    times.path("zoom").asDouble());
        }
    }

    private static RunView view() {
        RunView view = new RunView("long", new Budget(Budget.REPORT));
        Random noise = new Random(7);
        for (int step = 0; step < STEPS; step++) {
            StepSample.Builder sample = StepSample.builder("long", step)
                    .metric("loss", step == SPIKE ? 50 : 2 + 8 * Math.exp(-step / 9000.0) + 0.1 * noise.nextGaussian())
                    .metric("grad_norm", Math.exp(0.3 * noise.nextGaussian()))
                    .metric("lr", 3e-4 * (1 - step / 120_000.0));
            for (int i = 0; i < 5; i++) {
                sample.metric("custom/" + i, noise.nextGaussian());
            }
            double[][] heads = new double[8][16];
            for (double[] layer : heads) {
                for (int head = 0; head < layer.length; head++) {
                    layer[head] = 5 + 4 * noise.nextDouble();
                }
            }
            sample.metric("attention_logit_max", heads);
            for (String perLayer :
                    List.of("grad_norm/layer", "activation_rms", "attention_entropy", "grad_rms/layer")) {
                double[] layers = new double[16];
                for (int layer = 0; layer < layers.length; layer++) {
                    layers[layer] = Math.exp(0.2 * noise.nextGaussian());
                }
                sample.metric(perLayer, layers);
            }
            view.sample(sample.build());
            if (step == SPIKE) {
                view.incident(spike());
            }
        }
        view.flush(row -> {});
        return view;
    }

    private static Incident spike() {
        return new Incident(
                "spike",
                "long",
                0,
                "loss_spike",
                "loss",
                1,
                Severity.WARNING,
                Incident.Status.OPEN,
                SPIKE,
                SPIKE,
                SPIKE,
                -1,
                50,
                3,
                "1",
                null,
                "Loss is 50",
                List.of(),
                Story.begunBy("spike", Severity.WARNING),
                "",
                Incident.Window.EMPTY);
    }
}
