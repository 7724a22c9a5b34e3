package io.foreshock.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.telemetry.StepSample;
import io.foreshock.view.Budget;
import io.foreshock.view.RunView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
    @TempDir
    Path folder;

    @Test
    void namesStandInTheTitleAsText() throws Exception {
        String html = report(new RunView("</title><script>alert(1)</script>&", new Budget(1000)));

        assertThat(html).contains("<title>Foreshock: &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;</title>");
    }

    @Test
    void thePolicyAllowsTheScriptsAndStylesInTheFileAndNothingElse() throws Exception {
        String html = report(new RunView("r", new Budget(1000)));

        Matcher policy = Pattern.compile("Content-Security-Policy\" content=\"([^\"]*)\"")
                .matcher(html);
        assertThat(policy.find()).isTrue();
        assertThat(policy.group(1))
                .startsWith("default-src 'none'; script-src 'sha256-")
                .doesNotContain("unsafe", "http");
        int scripts = 0;
        Matcher script =
                Pattern.compile("<(script|style)>(.*?)</\\1>", Pattern.DOTALL).matcher(html);
        while (script.find()) {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(script.group(2).getBytes(StandardCharsets.UTF_8));
            assertThat(policy.group(1))
                    .contains("'sha256-" + Base64.getEncoder().encodeToString(digest) + "'");
            scripts++;
        }
        assertThat(scripts).isEqualTo(6);
    }

    @Test
    void theLicenceOfTheChartLibraryIsInTheFile() throws Exception {
        assertThat(report(new RunView("r", new Budget(1000)))).contains("The MIT License (MIT)", "Leon Sorokin");
    }

    @Test
    void aReportThatFailsLeavesTheOldOneAsItWas() throws Exception {
        Path file = Files.writeString(folder.resolve("run.html"), "the old one");
        RunView view = new RunView("r", new Budget(1000));
        Map<String, String> broken = new TreeMap<>() {
            @Override
            public Set<Map.Entry<String, String>> entrySet() {
                throw new IllegalStateException("broken");
            }
        };

        assertThatThrownBy(() -> HtmlReport.write(file, "today", broken, List.of(view)))
                .hasMessage("broken");

        assertThat(file).hasContent("the old one");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void aFolderThatDoesNotExistIsNamed() {
        Path file = folder.resolve("no/run.html");

        assertThatThrownBy(() -> HtmlReport.write(file, "today", Map.of(), List.of()))
                .hasMessage(
                        file + " cannot be written: folder " + file.getParent() + " does not exist; create it first");
    }

    /** Noise, which is what compresses worst. */
    @Test
    void aHundredThousandStepsOfTwoHundredSeriesStayBelow15Megabytes() throws Exception {
        RunView view = new RunView("long", new Budget(Budget.REPORT));
        Random noise = new Random(1);
        for (int step = 0; step < 100_000; step++) {
            StepSample.Builder sample = StepSample.builder("long", step);
            for (int i = 0; i < 8; i++) {
                sample.metric("scalar_" + i, noise.nextGaussian());
            }
            double[][] heads = new double[12][16];
            for (double[] layer : heads) {
                for (int head = 0; head < layer.length; head++) {
                    layer[head] = noise.nextGaussian();
                }
            }
            view.sample(sample.metric("attention_logit_max", heads).build());
        }
        view.flush(row -> {});
        Path file = folder.resolve("long.html");

        HtmlReport.write(file, "today", Map.of(), List.of(view));

        assertThat(Files.size(file)).isLessThan(15_000_000);
    }

    private String report(RunView view) throws Exception {
        Path file = folder.resolve("run.html");
        HtmlReport.write(file, "today", Map.of("foreshock", "1"), List.of(view));
        return Files.readString(file);
    }
}
