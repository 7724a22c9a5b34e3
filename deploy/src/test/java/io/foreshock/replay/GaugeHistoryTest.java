package io.foreshock.replay;

import static io.foreshock.detect.Severity.CRITICAL;
import static io.foreshock.detect.Severity.WARNING;
import static io.foreshock.replay.Incidents.incident;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.Signal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GaugeHistoryTest {
    @Test
    void familiesAreWrittenSeriesBySeriesWithTheOriginalTimes() throws Exception {
        assertThat(written(history -> {
                    history.row(row("b", 0, 1_763_870_000_123L, Map.of(Signal.LOSS, 2.5)));
                    history.row(row("a", 0, 1_763_870_000_000L, Map.of(Signal.LOSS, 3.0)));
                    history.row(row("b", 1, 1_763_870_001_500L, Map.of(Signal.LOSS, Double.NaN, Signal.LR, 1e-5)));
                }))
                .containsExactly(
                        "# TYPE foreshock_signal gauge",
                        "# HELP foreshock_signal A canonical signal of a run, of layers and heads the largest.",
                        "foreshock_signal{run=\"b\",signal=\"loss\"} 2.5 1763870000.123",
                        "foreshock_signal{run=\"b\",signal=\"loss\"} NaN 1763870001.500",
                        "foreshock_signal{run=\"b\",signal=\"lr\"} 1.0E-5 1763870001.500",
                        "foreshock_signal{run=\"a\",signal=\"loss\"} 3.0 1763870000.000",
                        "# TYPE foreshock_run_step gauge",
                        "# HELP foreshock_run_step The step of a run that was judged.",
                        "foreshock_run_step{run=\"b\"} 0 1763870000.123",
                        "foreshock_run_step{run=\"b\"} 1 1763870001.500",
                        "foreshock_run_step{run=\"a\"} 0 1763870000.000",
                        "# TYPE foreshock_incident_open gauge",
                        "# HELP foreshock_incident_open Whether an incident of a run is open.",
                        "# EOF");
    }

    @Test
    void incidentIsToldAtEachRowWhileItIsOpenAndOnceWhenItIsOver() throws Exception {
        assertThat(written(history -> {
                    for (long step = 0; step < 6; step++) {
                        history.row(row("a", step, 1_000 * step, Map.of(Signal.LOSS, 2.0)));
                    }
                    history.incident(incident("loss_spike", WARNING, 1, 1, -1));
                    history.incident(incident("loss_spike", CRITICAL, 1, 3, -1));
                    history.incident(incident("loss_spike", CRITICAL, 1, 1, 4));
                }))
                .filteredOn(line -> line.startsWith("foreshock_incident_open"))
                .containsExactly(
                        "foreshock_incident_open{run=\"a\",signature=\"loss_spike\",severity=\"critical\"} 1 3.000",
                        "foreshock_incident_open{run=\"a\",signature=\"loss_spike\",severity=\"critical\"} 0 4.000",
                        "foreshock_incident_open{run=\"a\",signature=\"loss_spike\",severity=\"warning\"} 1 1.000",
                        "foreshock_incident_open{run=\"a\",signature=\"loss_spike\",severity=\"warning\"} 1 2.000",
                        "foreshock_incident_open{run=\"a\",signature=\"loss_spike\",severity=\"warning\"} 0 3.000");
    }

    @Test
    void labelsAreEscapedAndInfinitiesSigned() throws Exception {
        assertThat(written(history -> history.row(row("a\"\\ü", 0, 5, Map.of(Signal.LOSS, Double.NEGATIVE_INFINITY)))))
                .contains("foreshock_signal{run=\"a\\\"\\\\ü\",signal=\"loss\"} -Inf 0.005");
    }

    @Test
    void ofRowsWithOneTimeTheLastCountsAndATimeThatFallsIsLeftOut() throws Exception {
        try (GaugeHistory history = new GaugeHistory()) {
            history.row(row("a", 0, 1_000, Map.of(Signal.LOSS, 1.0)));
            history.row(row("a", 1, 1_000, Map.of(Signal.LOSS, 2.0)));
            history.row(row("a", 2, 500, Map.of(Signal.LOSS, 3.0)));

            assertThat(lines(history))
                    .filteredOn(line -> line.startsWith("foreshock_signal"))
                    .containsExactly("foreshock_signal{run=\"a\",signal=\"loss\"} 2.0 1.000");
            assertThat(history.outOfOrder()).isEqualTo(Map.of("a", 1L));
        }
    }

    @Test
    void runsWithoutTimesAreNamed() throws Exception {
        try (GaugeHistory history = new GaugeHistory()) {
            history.row(row("timed", 0, 1_000, Map.of()));
            history.row(row("untimed", 0, -1, Map.of()));

            assertThat(history.untimed()).containsExactly("untimed");
        }
    }

    @Test
    void everyMillisecondSurvivesTheArithmeticOfPrometheus() throws Exception {
        long start = 1_001;
        List<String> lines = written(history -> {
            for (int i = 0; i < 5_000; i++) {
                history.row(row("a", i, start + 7L * i, Map.of(Signal.LOSS, (double) i)));
            }
        });

        List<String> losses = lines.stream()
                .filter(line -> line.startsWith("foreshock_signal"))
                .toList();
        for (int i = 0; i < 5_000; i++) {
            String[] words = losses.get(i).split(" ");
            assertThat((long) (Double.parseDouble(words[2]) * 1000)).isEqualTo(start + 7L * i);
            assertThat(Double.parseDouble(words[1])).isEqualTo(i);
        }
    }

    private interface Filling {
        void fill(GaugeHistory history);
    }

    private static List<String> written(Filling filling) throws Exception {
        try (GaugeHistory history = new GaugeHistory()) {
            filling.fill(history);
            return lines(history);
        }
    }

    private static List<String> lines(GaugeHistory history) throws Exception {
        List<String> lines = new ArrayList<>();
        history.writeTo(line -> lines.add(new String(line, StandardCharsets.UTF_8)));
        return lines;
    }

    private static StepSignals row(String run, long step, long ts, Map<Signal, Double> values) {
        return new StepSignals(run, 0, step, ts, values, Map.of(), Map.of(), null);
    }
}
