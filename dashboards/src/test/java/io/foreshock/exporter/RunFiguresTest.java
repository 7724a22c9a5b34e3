package io.foreshock.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.board.RunBoard;
import io.foreshock.board.Told;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.StepSignals;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a scrape says of runs, line by line. */
class RunFiguresTest {
    private static final long MINUTE = 60_000;

    private long now = Told.at(100);
    private final RunBoard board = new RunBoard(() -> now);

    private List<String> scrape(int maxRuns) throws IOException {
        Samples samples = new Samples();
        new RunFigures(board, maxRuns, () -> now).addTo(samples);
        return Scraped.lines(samples);
    }

    private void rows(String run, int steps) {
        for (int step = 0; step < steps; step++) {
            board.row(Told.row(run, step), Told.at(step), true);
        }
    }

    @Test
    void aRunTellsWhereItStandsAndWhatIsWrong() throws IOException {
        rows("llama", 50);
        Incident open = Told.incident("llama", "loss_spike", Severity.WARNING, Status.OPEN, 40, 40);
        board.incident(open, Told.at(40), true);

        assertThat(scrape(10))
                .contains(
                        "foreshock_run_state{run=\"llama\",state=\"running\"} 1.0",
                        "foreshock_run_step{run=\"llama\"} 49.0",
                        "foreshock_run_attempt{run=\"llama\"} 0.0",
                        "foreshock_incidents_open{run=\"llama\",severity=\"warning\",signature=\"loss_spike\"} 1.0",
                        "foreshock_incident_detected_step{run=\"llama\",signature=\"loss_spike\"} 40.0",
                        "foreshock_incident_info{handled=\"no\",incident=\"" + open.id()
                                + "\",pages=\"true\",run=\"llama\""
                                + ",series=\"" + open.series() + "\",severity=\"warning\",signature=\"loss_spike\""
                                + ",story=\"" + open.story().root() + "\"} 1",
                        "foreshock_runs{state=\"running\"} 1.0",
                        "foreshock_runs_omitted 0.0");
    }

    @Test
    void whatIsResolvedStaysAsNoughtWithoutItsDetails() throws IOException {
        rows("llama", 50);
        board.incident(Told.incident("llama", "loss_spike", Severity.WARNING, Status.OPEN, 40, 40), Told.at(40), true);
        board.incident(
                Told.incident("llama", "loss_spike", Severity.WARNING, Status.RESOLVED, 40, 45), Told.at(45), true);

        assertThat(scrape(10))
                .contains("foreshock_incidents_open{run=\"llama\",severity=\"warning\",signature=\"loss_spike\"} 0.0")
                .noneMatch(line -> line.startsWith("foreshock_incident_"));
    }

    @Test
    void acknowledgedAndMutedIsTold() throws IOException {
        rows("llama", 50);
        Incident spike = Told.incident("llama", "loss_spike", Severity.WARNING, Status.OPEN, 40, 40);
        board.incident(Told.acknowledged(spike, "ada"), Told.at(40), true);
        Incident norm = Told.incident("llama", "grad_norm_spike", Severity.WARNING, Status.OPEN, 41, 41);
        board.incident(Told.muted(norm), Told.at(41), true);

        assertThat(scrape(10))
                .anyMatch(line -> line.startsWith("foreshock_incident_info{handled=\"acknowledged\"")
                        && line.contains("loss_spike"))
                .anyMatch(line -> line.startsWith("foreshock_incident_info{handled=\"muted\"")
                        && line.contains("grad_norm_spike"));
    }

    @Test
    void whatPublishersDroppedIsAddedUpOverAttempts() throws IOException {
        rows("llama", 3);
        assertThat(scrape(10)).contains("foreshock_run_dropped_events{run=\"llama\"} 0.0");

        board.row(Told.dropping("llama", 0, 3, 5), Told.at(3), true);
        board.row(Told.dropping("llama", 0, 4, 8), Told.at(4), true);
        // One of the ranks is late.
        board.row(Told.dropping("llama", 0, 5, 6), Told.at(5), true);
        board.row(Told.dropping("llama", 0, 6, Double.NaN), Told.at(6), true);
        assertThat(scrape(10)).contains("foreshock_run_dropped_events{run=\"llama\"} 8.0");

        board.row(Told.row("llama", 1, 5, Told.at(7)), Told.at(7), true);
        assertThat(scrape(10)).contains("foreshock_run_dropped_events{run=\"llama\"} 8.0");

        board.row(Told.dropping("llama", 1, 6, 2), Told.at(8), true);
        assertThat(scrape(10)).contains("foreshock_run_dropped_events{run=\"llama\"} 10.0");
    }

    @Test
    void ofTooManyRunsThoseThatNeedAttentionHaveSeries() throws IOException {
        for (int run = 0; run < 300; run++) {
            rows("run-" + run, 3);
        }
        board.incident(Told.incident("run-299", "loss_spike", Severity.WARNING, Status.OPEN, 2, 2), Told.at(2), true);
        board.incident(Told.incident("run-150", "loss_spike", Severity.CRITICAL, Status.OPEN, 2, 2), Told.at(2), true);

        List<String> scraped = scrape(200);
        assertThat(scraped.stream().filter(line -> line.startsWith("foreshock_run_state{")))
                .hasSize(200)
                .contains(
                        "foreshock_run_state{run=\"run-299\",state=\"running\"} 1.0",
                        "foreshock_run_state{run=\"run-150\",state=\"running\"} 1.0");
        assertThat(scraped).contains("foreshock_runs_omitted 100.0", "foreshock_runs{state=\"running\"} 300.0");
        assertThat(scrape(1).stream().filter(line -> line.startsWith("foreshock_run_state{")))
                .containsExactly("foreshock_run_state{run=\"run-150\",state=\"running\"} 1.0");
    }

    /** 7 + signals + 4 + 12 a signature: the formula of docs/exporter.md. */
    @Test
    void theSeriesOfARunAreBounded() throws IOException {
        Map<Signal, Double> values = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            values.put(signal, 1.0);
        }
        Map<String, Verdict> verdicts = new TreeMap<>();
        List<String> signatures = Signatures.all().stream().map(Signature::slug).toList();
        for (String signature : signatures) {
            verdicts.put(signature, Verdict.FIRING);
        }
        for (long step = 0; step < 3; step++) {
            board.row(
                    new StepSignals(
                            "llama",
                            0,
                            step,
                            Told.at(step),
                            values,
                            verdicts,
                            Map.of(),
                            new StepSignals.LossForecast(6, 2, 1, 3)),
                    Told.at(step),
                    true);
        }
        for (String signature : signatures) {
            incident(Told.incident("llama", signature, Severity.INFO, Status.RESOLVED, 0, 1));
            incident(Told.incident("llama", signature, Severity.WARNING, Status.RESOLVED, 1, 2));
            Incident open = Told.incident("llama", signature, Severity.CRITICAL, Status.OPEN, 2, 2);
            incident(Told.forecasting(open, new Forecast("loss", 10, 20, 15, 30)));
        }

        assertThat(scrape(1).stream().filter(line -> line.contains("run=\"llama\"")))
                .hasSize(7 + Signal.values().length + 4 + 12 * signatures.size());
    }

    private void incident(Incident change) {
        board.incident(change, Told.at(change.step()), true);
    }

    @Test
    void aRunThatIsOverLeavesAQuarterOfAnHourLater() throws IOException {
        rows("llama", 50);
        board.row(Told.end("llama", 49, RunEnd.FAILED), Told.at(50), true);
        now = Told.at(50) + 15 * MINUTE;
        assertThat(scrape(10)).contains("foreshock_run_state{run=\"llama\",state=\"failed\"} 1.0");

        now++;
        assertThat(scrape(10))
                .noneMatch(line -> line.contains("run=\"llama\""))
                .contains("foreshock_runs{state=\"failed\"} 1.0", "foreshock_runs_omitted 0.0");
    }

    @Test
    void aRunThatFellSilentStaysForADay() throws IOException {
        rows("llama", 50);
        now = Told.at(49) + 24 * 60 * MINUTE;
        assertThat(scrape(10)).contains("foreshock_run_state{run=\"llama\",state=\"silent\"} 1.0");

        now++;
        assertThat(scrape(10)).noneMatch(line -> line.contains("run=\"llama\""));
    }

    @Test
    void namesOfStrangersAreEscaped() throws IOException {
        rows("a\"b\\c{d}", 3);

        assertThat(scrape(10)).contains("foreshock_run_step{run=\"a\\\"b\\\\c{d}\"} 2.0");
    }
}
