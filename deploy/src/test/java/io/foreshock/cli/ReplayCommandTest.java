package io.foreshock.cli;

import static io.foreshock.cli.Session.foreshock;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.wire.IncidentJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {
    @TempDir
    Path folder;

    @Test
    void healthyRunHasNothingToReport() throws IOException {
        Session session = foreshock("replay", log("calm.jsonl", 50));

        assertThat(session.code()).isZero();
        assertThat(session.out()).contains("calm", "50", "nothing to report").doesNotContain("OPEN");
        assertThat(session.err()).isEmpty();
    }

    @Test
    void troubleIsToldInTheOrderOfStepsAndSummedUp() throws IOException {
        Session session = foreshock("replay", log("wild.jsonl", 50, 20, 40));

        assertThat(session.code()).isZero();
        assertThat(session.out())
                .containsSubsequence(
                        "OPEN",
                        "loss_spike",
                        "step 20",
                        "RESOLVED",
                        "step 23",
                        "OPEN",
                        "step 40",
                        "RUN",
                        "wild",
                        "loss_spike at step 20");
    }

    @Test
    void signatureThatCannotBeJudgedIsSaid() throws IOException {
        assertThat(foreshock("replay", log("calm.jsonl", 5)).out())
                .containsPattern("not evaluable +runs +because this was never logged +which others log as")
                .containsPattern("reward_variance_vanishing +1 +reward_mean and reward_std or frac_reward_zero_std"
                        + " +critic/score/mean \\(verl\\), ");
    }

    @Test
    void alertsAreWrittenAsTheContractSays() throws IOException {
        Path alerts = folder.resolve("alerts.jsonl");

        foreshock("replay", log("wild.jsonl", 50, 20), log("wilder.jsonl", 50, 30, 49), "--alerts", alerts);

        List<Incident> changes = new ArrayList<>();
        for (String line : Files.readAllLines(alerts)) {
            changes.add(IncidentJson.read(line.getBytes(StandardCharsets.UTF_8)));
        }
        assertThat(changes).extracting(Incident::run).containsExactly("wild", "wild", "wilder", "wilder", "wilder");
        assertThat(changes)
                .extracting(Incident::status)
                .containsExactly(Status.OPEN, Status.RESOLVED, Status.OPEN, Status.RESOLVED, Status.OPEN);
    }

    @Test
    void signalsAreOneRowAStepAndCompressedOnRequest() throws IOException {
        Path signals = folder.resolve("signals.jsonl.gz");

        foreshock("replay", log("calm.jsonl", 50), "--signals", signals);

        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(signals))) {
            String rows = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(rows.lines()).hasSize(50).allMatch(row -> row.contains("\"run\":\"calm\""));
        }
    }

    @Test
    void compressedFilesAndFoldersAreRead() throws IOException {
        log("a.jsonl", 10);
        gzip(folder.resolve("deep/b.jsonl.gz"), Files.readString(log("deep/c.jsonl", 10, 5)));

        JsonNode runs = json(foreshock("replay", folder, "--json")).get("runs");

        assertThat(runs.findValuesAsText("run")).contains("a", "b", "c");
        assertThat(runs).hasSize(3);
    }

    @Test
    void jsonHoldsEachRunWithItsIncidents() throws IOException {
        JsonNode run = json(foreshock("replay", log("wild.jsonl", 50, 20), "--json"))
                .get("runs")
                .get(0);

        assertThat(run.get("run").asText()).isEqualTo("wild");
        assertThat(run.get("rows").asInt()).isEqualTo(50);
        assertThat(run.get("last_step").asInt()).isEqualTo(49);
        assertThat(run.get("end").isNull()).isTrue();
        assertThat(run.get("warning").asInt()).isEqualTo(1);
        assertThat(run.at("/first_trouble/step").asInt()).isEqualTo(20);
        assertThat(run.at("/first_trouble/summary").asText()).startsWith("Loss is 50");
        assertThat(run.at("/incidents/0/status").asText()).isEqualTo("resolved");
        assertThat(run.at("/not_evaluable/reward_variance_vanishing/0").asText())
                .isEqualTo("reward_mean");
    }

    @Test
    void interleavedRunsOfAFileAreJudgedApart() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = 0; step < 20; step++) {
            lines.append("{\"run\":\"a\",\"step\":" + step + ",\"metrics\":{\"loss\":2}}\n");
            lines.append("{\"run\":\"b\",\"step\":" + step + ",\"metrics\":{\"loss\":" + (step == 9 ? 50 : 2) + "}}\n");
        }
        lines.append("{\"run\":\"a\",\"end\":\"finished\"}\n");
        Path file = Files.writeString(folder.resolve("mixed.jsonl"), lines);

        JsonNode runs = json(foreshock("replay", file, "--json")).get("runs");

        assertThat(runs.findValuesAsText("run")).startsWith("a");
        assertThat(runs.get(0).get("end").asText()).isEqualTo("finished");
        assertThat(runs.get(0).get("warning").asInt()).isZero();
        assertThat(runs.get(1).get("rows").asInt()).isEqualTo(20);
        assertThat(runs.get(1).get("warning").asInt()).isEqualTo(1);
    }

    @Test
    void incidentStaysOpenWhereALogMerelyEnds() throws IOException {
        JsonNode run = json(foreshock("replay", log("cut.jsonl", 50, 49), "--json"))
                .get("runs")
                .get(0);

        assertThat(run.at("/incidents/0/status").asText()).isEqualTo("open");
    }

    @Test
    void rejectedLinesAreCountedAndTheFirstFiveShown() throws IOException {
        Path file = Files.writeString(
                folder.resolve("bad.jsonl"),
                "{\"step\":1,\"metrics\":{\"loss\":2}}\n" + "nonsense\n".repeat(7) + "{\"step\":-1,\"metrics\":{}}\n");

        Session session = foreshock("replay", file);

        assertThat(session.code()).isZero();
        assertThat(session.err())
                .contains("bad.jsonl line 2: not_json")
                .contains("line 6:")
                .doesNotContain("line 7:")
                .contains("8 rejected, the first 5 are above");
    }

    @Test
    void fileWithoutTelemetryFailsButTheOthersAreJudged() throws IOException {
        Path bad = Files.writeString(folder.resolve("notes.jsonl"), "hello\n");

        Session session = foreshock("replay", bad, log("calm.jsonl", 50));

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.out()).contains("calm");
        assertThat(session.err()).contains("notes.jsonl holds no telemetry");
    }

    @Test
    void standardInputIsARun() throws IOException {
        InputStream before = System.in;
        try {
            System.setIn(Files.newInputStream(log("wild.jsonl", 50, 20)));
            assertThat(foreshock("replay", "-").out()).contains("stdin", "loss_spike at step 20");
            System.setIn(new ByteArrayInputStream("step,loss\n1,2\n2,50\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(foreshock("replay", "-").out()).contains("stdin", "loss_spike at step 2");
            System.setIn(InputStream.nullInputStream());
            assertThat(foreshock("replay", "-").err()).isEqualToIgnoringNewLines("foreshock: standard input is empty");
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void standardInputMayNameItsRuns() throws IOException {
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream(
                    "{\"run\":\"llama\",\"step\":1,\"metrics\":{\"loss\":2}}\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(foreshock("replay", "-", "--alerts", folder.resolve("alerts.jsonl"))
                            .out())
                    .contains("llama")
                    .doesNotContain("stdin");
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void filesOfOtherKindsInAFolderAreLeftOutAndCounted() throws IOException {
        log("calm.jsonl", 50);
        Files.writeString(folder.resolve("metrics.tsv"), "step\tloss\n1\t50\n");
        Files.writeString(folder.resolve("notes.txt"), "Dear diary,\n");
        Files.write(folder.resolve("model.safetensors"), new byte[1000]);

        Session session = foreshock("replay", folder);

        assertThat(session.code()).isZero();
        assertThat(session.err()).isEqualToNormalizingNewlines("2 files of other kinds left out\n");
        assertThat(session.out()).contains("calm", "metrics.tsv");
    }

    @Test
    void fileOfNoKnownFormIsToldWhatWasTried() throws IOException {
        Path notes = Files.writeString(folder.resolve("notes.txt"), "Dear diary,\n");

        Session session = foreshock("replay", notes);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .contains("notes.txt cannot be read: it has none of the forms that are read:")
                .contains("not JSONL: no line that is a JSON object with step, end or metrics")
                .contains("not CSV: no first line that names a column of steps");
    }

    @Test
    void failOnMakesSeverityAnExitCode() throws IOException {
        Path wild = log("wild.jsonl", 50, 20);

        assertThat(foreshock("replay", wild, "--fail-on", "warning").code()).isEqualTo(3);
        assertThat(foreshock("replay", wild, "--fail-on", "critical").code()).isZero();
        assertThat(foreshock("replay", wild, "--fail-on", "Warning").code()).isEqualTo(3);
        assertThat(foreshock("replay", wild, "--fail-on", "info")).satisfies(session -> {
            assertThat(session.code()).isEqualTo(2);
            assertThat(session.err())
                    .contains("'--fail-on'", "must be warning or critical, got 'info'")
                    .doesNotContain("WARNING");
        });
        assertThat(foreshock("replay", "--help").out()).containsPattern("this bad:\\s+warning,\\s+critical");
    }

    @Test
    void missingFileIsOneLineThatNamesIt() {
        Session session = foreshock("replay", folder.resolve("gone.jsonl"));

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err().lines()).singleElement().asString().contains("gone.jsonl does not exist");
    }

    @Test
    void settingsThatAreNotThereAreToldWithTheirOption() throws IOException {
        Path calm = log("calm.jsonl", 5);
        Path gone = folder.resolve("gone.yaml");

        for (String option : List.of("--config", "--compare")) {
            assertThat(foreshock("replay", calm, option, gone)).satisfies(session -> {
                assertThat(session.code()).isEqualTo(1);
                assertThat(session.err())
                        .isEqualToIgnoringNewLines("foreshock: " + option + " " + gone
                                + " does not exist; name a file of settings, or leave " + option + " out");
            });
            assertThat(foreshock("replay", calm, option, folder).err())
                    .isEqualToIgnoringNewLines(
                            "foreshock: " + option + " " + folder + " is a folder; name a file of settings in it");
        }
    }

    @Test
    void alertsIntoAMissingFolderAreRefusedBeforeAnythingIsRead() throws IOException {
        Session session = foreshock("replay", log("calm.jsonl", 5), "--alerts", folder.resolve("no/alerts.jsonl"));

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err()).contains("--alerts", "does not exist; create it first");
    }

    @Test
    void whatAnEarlierReplayWroteIsNotJudged() throws IOException {
        log("wild.jsonl", 50, 20);
        Path alerts = folder.resolve("alerts.jsonl");

        foreshock("replay", folder, "--alerts", alerts);
        Session again = foreshock("replay", folder, "--alerts", alerts);

        assertThat(again.code()).isZero();
        assertThat(again.err()).isEmpty();
        assertThat(Files.readAllLines(alerts)).hasSize(2);
    }

    @Test
    void recordingIsNeverOverwritten() throws IOException {
        Path wild = log("wild.jsonl", 50, 20);

        assertThat(foreshock("replay", wild, "--alerts", wild)).satisfies(session -> {
            assertThat(session.code()).isEqualTo(2);
            assertThat(session.err()).contains("would be overwritten");
        });
        assertThat(Files.readAllLines(wild)).hasSize(50);
    }

    @Test
    void recordingFoundInAFolderIsNotOverwrittenEither() throws IOException {
        Path wild = log("wild.jsonl", 50, 20);
        log("calm.jsonl", 50);

        assertThat(foreshock("replay", folder, "--alerts", wild)).satisfies(session -> {
            assertThat(session.code()).isEqualTo(2);
            assertThat(session.err())
                    .contains(wild + " is to be judged and would be overwritten; write to another file");
        });
        assertThat(Files.readAllLines(wild)).hasSize(50);
    }

    @Test
    void partOfATensorBoardFolderIsNotOverwritten() throws IOException {
        Path board = Files.createDirectory(folder.resolve("board"));
        Path events = board.resolve("events.out.tfevents.1763870000.host");
        Files.write(events, new byte[] {0});
        long size = Files.size(events);

        assertThat(foreshock("replay", board, "--report", events).code()).isEqualTo(2);
        assertThat(Files.size(events)).isEqualTo(size);
    }

    @Test
    void settingsAreNotOverwrittenAndTwoOutputsAreTwoFiles() throws IOException {
        Path wild = log("wild.jsonl", 50, 20);
        Path config = Files.writeString(folder.resolve("patient.yaml"), "defaults: {}\n");

        assertThat(foreshock("replay", wild, "--config", config, "--alerts", config))
                .satisfies(session -> {
                    assertThat(session.code()).isEqualTo(2);
                    assertThat(session.err()).contains("would overwrite what --config reads");
                });
        assertThat(Files.readString(config)).isEqualTo("defaults: {}\n");
        Path out = folder.resolve("out");
        assertThat(foreshock("replay", wild, "--alerts", out, "--report", out).err())
                .contains("--alerts and --report both write " + out);
    }

    @Test
    void sameRunInTwoFilesIsNoted() throws IOException {
        String line = "{\"run\":\"twin\",\"step\":1,\"metrics\":{\"loss\":2}}\n";
        Path one = Files.writeString(folder.resolve("one.jsonl"), line);
        Path two = Files.writeString(folder.resolve("two.jsonl"), line);

        assertThat(foreshock("replay", one, two).err())
                .contains("run twin is in")
                .contains("judged on its own");
    }

    @Test
    void fileOrRunInKafkaIsNeededAndNotBoth() throws IOException {
        assertThat(foreshock("replay")).satisfies(session -> {
            assertThat(session.code()).isEqualTo(2);
            assertThat(session.err()).contains("nothing to judge: give FILE|DIR, - for standard input, or --run ID");
        });
        assertThat(foreshock("replay", log("calm.jsonl", 5), "--run", "calm")).satisfies(session -> {
            assertThat(session.code()).isEqualTo(2);
            assertThat(session.err()).contains("--run judges a run out of Kafka, FILE a recording: give one of them");
        });
    }

    @Test
    void otherSettingsAreComparedIncidentByIncident() throws IOException {
        Path wild = log("wild.jsonl", 50, 20, 40);
        Path stricter = Files.writeString(folder.resolve("b.yaml"), "defaults: {loss_spike: {limit: 60}}\n");
        Path observing = Files.writeString(folder.resolve("c.yaml"), "defaults: {loss_spike: {observe: true}}\n");

        Session session = foreshock("replay", wild, "--compare", stricter);

        assertThat(session.code()).isZero();
        assertThat(session.out())
                .containsPattern("wild +vanishes +loss_spike +warning +20 +20")
                .containsPattern("wild +vanishes +loss_spike +warning +40 +40")
                .containsPattern("wild +20 +- +no warning now")
                .contains("Of 1 run 1 changed: 0 appeared, 2 vanished, 0 moved (0 sooner, 0 later), 0 as before.");
        assertThat(foreshock("replay", wild, "--compare", observing).out())
                .containsPattern("wild +moves +loss_spike +warning -> info +20 +20");
        assertThat(foreshock("replay", wild, "--compare", Files.writeString(folder.resolve("d.yaml"), "defaults: {}\n"))
                        .out())
                .contains("No incident appears, vanishes or moves; 2 incidents stay as they are.");
    }

    @Test
    void comparisonAsJsonHoldsTheIncidentsOfBoth() throws IOException {
        Path wild = log("wild.jsonl", 50, 20);
        Path milder = Files.writeString(folder.resolve("b.yaml"), "defaults: {loss_spike: {limit: 4}}\n");
        Files.writeString(
                wild,
                Files.readString(wild)
                        .replace("\"step\":19,\"metrics\":{\"loss\":2}", "\"step\":19,\"metrics\":{\"loss\":5}"));

        JsonNode compared =
                json(foreshock("replay", wild, "--compare", milder, "--json")).get("compared");

        assertThat(compared.get("moved").asInt()).isEqualTo(1);
        assertThat(compared.get("appeared").asInt()).isZero();
        assertThat(compared.at("/runs/0/gained_lead").asInt()).isEqualTo(1);
        assertThat(compared.at("/runs/0/moved/0/sooner").asInt()).isEqualTo(1);
        assertThat(compared.at("/runs/0/moved/0/ours/detected_step").asInt()).isEqualTo(20);
        assertThat(compared.at("/runs/0/moved/0/theirs/detected_step").asInt()).isEqualTo(19);
    }

    @Test
    void failOnGoesByTheSettingsOfConfig() throws IOException {
        Path wild = log("wild.jsonl", 50, 20);
        Path blind = Files.writeString(folder.resolve("b.yaml"), "defaults: {loss_spike: {enabled: false}}\n");

        assertThat(foreshock("replay", wild, "--compare", blind, "--fail-on", "warning")
                        .code())
                .isEqualTo(3);
        assertThat(foreshock("replay", wild, "--config", blind, "--fail-on", "warning")
                        .code())
                .isZero();
    }

    @Test
    void gaugesNeedTimes() throws IOException {
        Path gauges = folder.resolve("gauges.om");

        Session session = foreshock("replay", log("wild.jsonl", 50, 20), "--openmetrics", gauges);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .contains(
                        "--openmetrics leaves out wild: a gauge needs a time; log ts, epoch milliseconds, with each event");
        assertThat(Files.readAllLines(gauges)).endsWith("# EOF").noneMatch(line -> line.contains("wild"));
    }

    @Test
    void gaugesAreWrittenWithTheirTimes() throws IOException {
        Path timed = Files.writeString(
                folder.resolve("timed.jsonl"),
                "{\"step\":0,\"ts\":1000,\"metrics\":{\"loss\":2}}\n{\"step\":1,\"ts\":2000,\"metrics\":{\"loss\":50}}\n");
        Path gauges = folder.resolve("gauges.om");

        assertThat(foreshock("replay", timed, "--openmetrics", gauges).code()).isZero();

        assertThat(Files.readAllLines(gauges))
                .contains(
                        "foreshock_signal{run=\"timed\",signal=\"loss\"} 50.0 2.000",
                        "foreshock_incident_open{run=\"timed\",signature=\"loss_spike\",severity=\"warning\"} 1 2.000");
    }

    @Test
    void gaugesOfARunInTwoRecordingsThatOverlapAreAFailureThatNamesIt() throws IOException {
        Path whole = timed("whole.jsonl", "twin", 0, 4);
        Path copy = timed("copy.jsonl", "twin", 0, 4);
        Path gauges = folder.resolve("gauges.om");

        Session session = foreshock("replay", whole, copy, "--openmetrics", gauges);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err())
                .contains(
                        "foreshock: --openmetrics leaves out 3 rows of twin: several recordings have it, and of one that"
                                + " comes later only what is later in time can be taken; give one recording of each run, or those"
                                + " of its parts in the order of time")
                .doesNotContain("note: --openmetrics");
    }

    @Test
    void gaugesOfARunInPartsAreTakenInTheOrderOfTime() throws IOException {
        Path first = timed("first.jsonl", "long", 0, 2);
        Path second = timed("second.jsonl", "long", 2, 4);
        Path gauges = folder.resolve("gauges.om");

        assertThat(foreshock("replay", first, second, "--openmetrics", gauges).code())
                .isZero();
        assertThat(Files.readAllLines(gauges))
                .filteredOn(line -> line.startsWith("foreshock_run_step"))
                .containsExactly(
                        "foreshock_run_step{run=\"long\"} 0 1.000",
                        "foreshock_run_step{run=\"long\"} 1 2.000",
                        "foreshock_run_step{run=\"long\"} 2 3.000",
                        "foreshock_run_step{run=\"long\"} 3 4.000");
        assertThat(foreshock("replay", second, first, "--openmetrics", gauges).err())
                .contains("leaves out 2 rows of long: several recordings have it");
    }

    @Test
    void ofOneRecordingGaugesWhoseTimeFallsAreOnlyNoted() throws IOException {
        Path back = Files.writeString(
                folder.resolve("back.jsonl"),
                "{\"step\":0,\"ts\":2000,\"metrics\":{\"loss\":2}}\n{\"step\":1,\"ts\":1000,\"metrics\":{\"loss\":2}}\n");

        Session session = foreshock("replay", back, "--openmetrics", folder.resolve("gauges.om"));

        assertThat(session.code()).isZero();
        assertThat(session.err())
                .contains("note: --openmetrics leaves out 1 row of back: its time is before that of the row before it");
    }

    /** A log of a run from one step to before another, a second apart. */
    private Path timed(String name, String run, int from, int to) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = from; step < to; step++) {
            lines.append("{\"run\":\"" + run + "\",\"step\":" + step + ",\"ts\":" + 1000 * (step + 1)
                    + ",\"metrics\":{\"loss\":2}}\n");
        }
        return Files.writeString(folder.resolve(name), lines);
    }

    @Test
    void pacedReplayTellsTheSameAsItHappens() throws IOException {
        Path wild = log("wild.jsonl", 50, 20);
        Path alerts = folder.resolve("alerts.jsonl");

        Session session = foreshock("replay", wild, "--speed", "10000", "--alerts", alerts);

        assertThat(session.out()).isEqualTo(foreshock("replay", wild).out());
        assertThat(Files.readAllLines(alerts)).hasSize(2);
        assertThat(foreshock("replay", wild, "--speed", "fast").err())
                .contains("--speed must be a number of steps a second above 0, or max, got fast");
    }

    @Test
    void theReportIsOneFileWithAllRuns() throws IOException {
        log("calm.jsonl", 50);
        log("wild.jsonl", 50, 20);
        Path report = folder.resolve("runs.html");

        Session session = foreshock("replay", folder, "--report", report);

        assertThat(session.code()).isZero();
        assertThat(report).content().contains("\"run\":\"calm\"", "\"run\":\"wild\"", "\"signature\":\"loss_spike\"");
        assertThat(foreshock("replay", folder, "--report", report).code())
                .as("the report of an earlier call is not judged")
                .isZero();
    }

    @Test
    void aReportThatCannotBeWrittenIsSaidBeforeAnythingIsJudged() throws IOException {
        Session session = foreshock("replay", log("calm.jsonl", 50), "--report", folder.resolve("no/run.html"));

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.out()).isEmpty();
        assertThat(session.err())
                .isEqualToIgnoringNewLines("foreshock: --report " + folder.resolve("no/run.html") + ": folder "
                        + folder.resolve("no") + " does not exist; create it first");
    }

    @Test
    void whereNothingWasJudgedAReportOfBeforeStays() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.jsonl"), "");
        Path report = Files.writeString(folder.resolve("run.html"), "of yesterday");

        Session session = foreshock("replay", empty, "--report", report);

        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err()).isEqualToIgnoringNewLines("foreshock: " + empty + " is empty");
        assertThat(report).hasContent("of yesterday");
    }

    /** A log of so many steps with loss 2, and 50 at the steps given. */
    private Path log(String name, int steps, Integer... spikes) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            int loss = List.of(spikes).contains(step) ? 50 : 2;
            lines.append("{\"step\":" + step + ",\"metrics\":{\"loss\":" + loss + "}}\n");
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, lines);
    }

    private static void gzip(Path file, String text) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static JsonNode json(Session session) throws IOException {
        return new ObjectMapper().readTree(session.out());
    }
}
