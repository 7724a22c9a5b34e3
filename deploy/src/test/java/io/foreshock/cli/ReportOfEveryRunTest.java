package io.foreshock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Each recorded run has a report that says what the replay says; the lab's where they are (system property foreshock.corpus). */
class ReportOfEveryRunTest {
    private static final Path DEMO = Path.of("runs");
    private static final Path LAB = Path.of(System.getProperty("foreshock.corpus", "corpus"), "lab");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path folder;

    static Stream<Path> demoRuns() throws IOException {
        return runs(DEMO);
    }

    @ParameterizedTest
    @MethodSource("demoRuns")
    void ofADemoRun(Path run) throws Exception {
        assertReported(run);
    }

    @Test
    void ofEachLabRun() throws Exception {
        assumeTrue(Files.isDirectory(LAB), "needs recorded runs in " + LAB + ", see -Dforeshock.corpus");
        for (Path run : runs(LAB).toList()) {
            assertReported(run);
        }
    }

    private void assertReported(Path run) throws Exception {
        Path file = folder.resolve("report.html");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Foreshock.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

        int code = line.execute("replay", run.toString(), "--json", "--report", file.toString());

        assertThat(code).as("%s: %s", run, err).isZero();
        JsonNode said = MAPPER.readTree(out.toString()).path("runs");
        JsonNode shown = embedded(file).path("runs");
        assertThat(shown).as(run.toString()).hasSameSizeAs(said);
        for (int i = 0; i < said.size(); i++) {
            assertThat(shown.path(i).path("run")).isEqualTo(said.path(i).path("run"));
            assertThat(shown.path(i).path("rows")).isEqualTo(said.path(i).path("rows"));
            assertThat(shown.path(i).path("end")).isEqualTo(said.path(i).path("end"));
            assertThat(ids(shown.path(i))).isEqualTo(ids(said.path(i)));
            assertThat(shown.path(i).path("not_evaluable"))
                    .as("signatures of %s that cannot see", run)
                    .hasSameSizeAs(said.path(i).path("not_evaluable"));
        }
    }

    private static List<String> ids(JsonNode run) {
        return run.path("incidents").findValuesAsText("id").stream()
                .distinct()
                .sorted()
                .toList();
    }

    /** What a report draws. */
    static JsonNode embedded(Path report) throws IOException {
        String html = Files.readString(report);
        String start = "<script type=\"application/json\" id=\"runs\">";
        int from = html.indexOf(start) + start.length();
        return MAPPER.readTree(html.substring(from, html.indexOf("</script>", from)));
    }

    private static Stream<Path> runs(Path corpus) throws IOException {
        try (Stream<Path> files = Files.list(corpus)) {
            return files.filter(file -> file.toString().endsWith(".jsonl.gz")).sorted().toList().stream();
        }
    }
}
