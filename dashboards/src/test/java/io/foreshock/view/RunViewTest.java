package io.foreshock.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Story;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.StepSignals.LossForecast;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunViewTest {
    @Test
    void everySignalHasAPanel() {
        for (Signal signal : Signal.values()) {
            assertThat(Panel.of(signal).title()).isNotEmpty();
        }
    }

    @Test
    void ranksAreOneRow() {
        RunView view = new RunView("r", new Budget(1000));
        List<String> rows = new ArrayList<>();
        for (int step = 0; step < 3; step++) {
            for (int rank = 0; rank < 2; rank++) {
                view.sample(
                        StepSample.builder("r", step)
                                .rank(rank)
                                .metric("loss", step + rank)
                                .build(),
                        row -> rows.add(row.step() + ":" + row.value(Signal.LOSS)));
            }
        }
        view.flush(row -> rows.add(row.step() + ":" + row.value(Signal.LOSS)));

        assertThat(rows).containsExactly("0:0.5", "1:1.5", "2:2.5");
        assertThat(view.rows()).isEqualTo(3);
    }

    @Test
    void anEndIsForgottenWhenTheRunGoesOn() {
        RunView view = new RunView("r", new Budget(1000));
        view.sample(StepSample.builder("r", 0).metric("loss", 1).build());
        view.sample(StepSample.end("r", 0, RunEnd.FAILED, -1));
        assertThat(view.end()).isEqualTo(RunEnd.FAILED);

        view.sample(StepSample.builder("r", 1).metric("loss", 1).build());
        assertThat(view.end()).isNull();
    }

    @Test
    void aSecondRunHalvesWhatTheFirstMayHold() {
        Budget budget = new Budget(400);
        RunView first = run("a", budget, 400);
        assertThat(buckets(first)).as("each row is a number").isEqualTo(400);

        RunView second = run("b", budget, 400);
        first.shrink();
        assertThat(buckets(first)).as("each bucket is four").isLessThanOrEqualTo(50);
        assertThat(buckets(second)).isLessThanOrEqualTo(50);
    }

    @Test
    void aMillionRowsTakeNoMoreThanTheBudget() {
        RunView view = run("a", new Budget(4 * 300), 1_000_000);

        assertThat(view.rows()).isEqualTo(1_000_000);
        assertThat(buckets(view)).isLessThanOrEqualTo(300);
    }

    @Test
    void metricsBeyondTheSeriesThatAreDrawnAreNamed() {
        RunView view = new RunView("r", new Budget(100_000));
        view.sample(StepSample.builder("r", 0)
                .metric("wide", new double[RunView.MAX_SERIES])
                .metric("loss", 1)
                .build());
        view.flush(row -> {});

        assertThat(view.metrics()).extracting(Metric::name).containsExactly("wide");
        assertThat(view.undrawn()).containsExactly("loss");
        assertThat(view.undrawnCount()).isEqualTo(1);
    }

    @Test
    void ofTooManyIncidentsTheMildestThatIsOverGoesFirst() {
        RunView view = new RunView("r", new Budget(1000));
        view.incident(incident("open", Severity.INFO, Incident.Status.OPEN));
        view.incident(incident("grave", Severity.CRITICAL, Incident.Status.RESOLVED));
        view.incident(incident("mild", Severity.INFO, Incident.Status.RESOLVED));
        for (int i = 3; i <= RunView.MAX_INCIDENTS; i++) {
            view.incident(incident("warning " + i, Severity.WARNING, Incident.Status.RESOLVED));
        }

        assertThat(view.incidents()).hasSize(RunView.MAX_INCIDENTS);
        assertThat(view.incidents())
                .extracting(Incident::id)
                .contains("open", "grave")
                .doesNotContain("mild");
        assertThat(view.forgotten()).isEqualTo(1);
    }

    @Test
    void forecastsOfALongRunAreThinnedOut() {
        RunView view = new RunView("r", new Budget(1000));
        for (int i = 0; i < 5_000; i++) {
            view.signals(new StepSignals(
                    "r", 0, i, -1, Map.of(), Map.of(), Map.of(), new LossForecast(2L * i, 1, 0.9, 1.1)));
        }

        assertThat(view.forecasts())
                .hasSizeLessThanOrEqualTo(RunView.MAX_FORECASTS)
                .hasSizeGreaterThan(200);
        assertThat(view.forecasts().get(0).at()).isZero();
    }

    @Test
    void aSignatureThatCannotBeJudgedSaysWhatItLacks() throws Exception {
        RunView view = new RunView("r", new Budget(1000));
        view.signals(new StepSignals(
                "r",
                0,
                0,
                -1,
                Map.of(),
                Map.of("kl_blowup", Verdict.NOT_EVALUABLE, "loss_spike", Verdict.QUIET),
                Map.of("kl_blowup", List.of("kl")),
                null));

        assertThat(Drawn.run(view).path("not_evaluable"))
                .hasToString("[{\"signature\":\"kl_blowup\",\"missing\":[\"kl\"]}]");
    }

    private static RunView run(String name, Budget budget, int rows) {
        RunView view = new RunView(name, budget);
        for (int step = 0; step < rows; step++) {
            view.sample(StepSample.builder(name, step).metric("loss", step % 7).build());
        }
        view.flush(row -> {});
        return view;
    }

    private static int buckets(RunView view) {
        return view.metrics().iterator().next().timeline().count();
    }

    private static Incident incident(String id, Severity severity, Incident.Status status) {
        return new Incident(
                id,
                "r",
                0,
                "loss_spike",
                "loss",
                1,
                severity,
                status,
                1,
                2,
                3,
                -1,
                64,
                50,
                "1",
                null,
                "",
                List.of(),
                Story.begunBy(id, severity),
                "",
                Incident.Window.EMPTY);
    }
}
