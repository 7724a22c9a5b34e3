package io.foreshock.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Story;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ViewJsonTest {
    private static final Budget BUDGET = new Budget(Budget.REPORT);

    @Test
    void aShortRunIsWrittenNumberByNumber() throws Exception {
        RunView view = new RunView("r", BUDGET);
        for (int step = 0; step < 50; step++) {
            view.sample(StepSample.builder("r", step * 10L)
                    .metric("loss", 2.5 - step / 64.0)
                    .metric("attention_logit_max", new double[][] {{step, 0.5}, {1, -step}})
                    .build());
        }
        view.flush(row -> {});

        JsonNode run = Drawn.run(view);
        assertThat(run.path("rows").asInt()).isEqualTo(50);
        assertThat(run.path("attempts").toString()).isEqualTo("[{\"attempt\":0,\"first_step\":0,\"last_step\":490}]");
        assertThat(run.path("axes")).as("logged together, written once").hasSize(1);
        double[] steps = Drawn.column(run.path("axes").path(0).path("steps"));
        assertThat(steps).startsWith(0, 10, 10).hasSize(50);
        double[] loss = Drawn.column(Drawn.metric(run, "loss").path("values"));
        assertThat(loss).startsWith(2.5, 2.484375).hasSize(50);
        JsonNode heads = Drawn.metric(run, "attention_logit_max");
        assertThat(heads.path("layers").asInt()).isEqualTo(2);
        assertThat(heads.path("heads").asInt()).isEqualTo(2);
        double[] logits = Drawn.column(heads.path("values"));
        assertThat(logits).hasSize(200);
        assertThat(logits[49]).as("layer 0, head 0, last row").isEqualTo(49);
        assertThat(logits[199]).as("layer 1, head 1, last row").isEqualTo(-49);
        assertThat(heads.path("marks").isNull()).isTrue();
    }

    @Test
    void numbersBeyondAFloatKeepTheirSize() throws Exception {
        RunView view = new RunView("r", BUDGET);
        view.sample(StepSample.builder("r", 0)
                .metric("a", 1e300)
                .metric("b", 1e-300)
                .build());
        view.flush(row -> {});

        JsonNode run = Drawn.run(view);
        assertThat(Drawn.column(Drawn.metric(run, "a").path("values"))).containsExactly(1e300);
        assertThat(Drawn.column(Drawn.metric(run, "b").path("values"))).containsExactly(1e-300);
    }

    @Test
    void whatIsNotFiniteIsMarked() throws Exception {
        RunView view = new RunView("r", BUDGET);
        double[] course = {1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        for (int step = 0; step < course.length; step++) {
            view.sample(
                    StepSample.builder("r", step).metric("loss", course[step]).build());
        }
        view.flush(row -> {});

        JsonNode loss = Drawn.metric(Drawn.run(view), "loss");
        assertThat(Drawn.column(loss.path("marks"))).containsExactly(0, 1, 2, 4);
        assertThat(Drawn.column(loss.path("values"))).containsExactly(1, Double.NaN, Double.NaN, Double.NaN);
    }

    @Test
    void aResumeBeginsAPieceOfItsOwn() throws Exception {
        RunView view = new RunView("r", BUDGET);
        for (int step = 0; step < 10; step++) {
            view.sample(StepSample.builder("r", step).metric("loss", 1).build());
        }
        for (int step = 5; step < 12; step++) {
            view.sample(
                    StepSample.builder("r", step).attempt(1).metric("loss", 2).build());
        }
        view.flush(row -> {});

        JsonNode run = Drawn.run(view);
        assertThat(run.path("axes").path(0).path("attempts").toString()).isEqualTo("[[0,0],[10,1]]");
        assertThat(run.path("attempts"))
                .hasToString("[{\"attempt\":0,\"first_step\":0,\"last_step\":9},"
                        + "{\"attempt\":1,\"first_step\":5,\"last_step\":11}]");
    }

    @Test
    void anIncidentKeepsWhatWasForecastWhenItOpened() throws Exception {
        RunView view = new RunView("r", BUDGET);
        view.incident(incident("r", "loss", Incident.Status.OPEN, 121, new Forecast("loss", 100, 142, 128, 180)));
        view.incident(incident(
                "r", "loss", Incident.Status.RESOLVED, 300, new Forecast("loss", 100, 310, 305, Long.MAX_VALUE)));

        JsonNode one = Drawn.run(view).path("incidents").path(0);
        assertThat(one.path("status").asText()).isEqualTo("resolved");
        assertThat(one.path("step").asInt()).isEqualTo(300);
        assertThat(one.has("window")).isFalse();
        assertThat(one.path("changes").path(0).toString())
                .isEqualTo(
                        "{\"severity\":\"warning\",\"status\":\"open\",\"step\":121,\"value\":64.0,"
                                + "\"forecast\":{\"quantity\":\"loss\",\"level\":100.0,\"step\":142,\"low\":128,\"high\":180}}");
        assertThat(one.path("changes").path(1).path("forecast").path("high").isNull())
                .isTrue();
    }

    @Property(tries = 500)
    void noNameBreaksOutOfAScriptElement(@ForAll("hostile") String name) throws Exception {
        RunView view = new RunView(name, BUDGET);
        view.judgedBy(List.of(), name);
        view.sample(StepSample.builder(name, 1).metric(name, 1).build());
        view.flush(row -> {});
        view.incident(incident(name, name, Incident.Status.OPEN, 1, null));

        String text = Drawn.text(view);

        assertThat(text).doesNotContain("<", ">", "&", "\u2028", "\u2029");
        JsonNode run = Drawn.MAPPER.readTree(text).path("runs").path(0);
        assertThat(run.path("run").asText()).isEqualTo(name);
        assertThat(run.path("settings").asText()).isEqualTo(name);
        assertThat(run.path("metrics").path(0).path("name").asText()).isEqualTo(name);
        assertThat(run.path("incidents").path(0).path("summary").asText()).isEqualTo(name);
    }

    @Test
    void halfASurrogatePairDoesNotKeepAReportFromBeingWritten() throws Exception {
        RunView view = new RunView("broken \ud83d", BUDGET);

        assertThat(Drawn.run(view).path("run").asText()).isEqualTo("broken ?");
    }

    @Provide
    Arbitrary<String> hostile() {
        List<String> parts = new ArrayList<>(List.of(
                "</script>",
                "<!--",
                "-->",
                "<script>alert(1)</script>",
                "]]>",
                "&lt;",
                "\"",
                "'",
                "\\",
                "\u2028",
                "\u2029",
                "\u202e",
                "\u0000",
                "\n",
                "ключ",
                "損失",
                "\ud83d\ude00",
                "${x}",
                "a".repeat(300)));
        return Arbitraries.of(parts).list().ofMinSize(1).ofMaxSize(6).map(chosen -> String.join("", chosen));
    }

    private static Incident incident(
            String run, String text, Incident.Status status, long step, @Nullable Forecast forecast) {
        return new Incident(
                "5f0c8a21d3b4e697",
                run,
                0,
                "loss_spike",
                text,
                1,
                Severity.WARNING,
                status,
                117,
                121,
                step,
                -1,
                64,
                50,
                "1",
                forecast,
                text,
                List.of(text),
                Story.begunBy("5f0c8a21d3b4e697", Severity.WARNING),
                "",
                Incident.Window.EMPTY);
    }
}
