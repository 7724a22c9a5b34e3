package io.foreshock.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.telemetry.StepAssembler;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeriesTest {
    private StepAssembler assembler = new StepAssembler();

    private void add(Series series, StepSample.Builder sample) {
        assembler.add(sample.build(), series::add, reject -> {
            throw new AssertionError(reject.detail());
        });
    }

    private static JsonNode json(Series series) throws Exception {
        return new ObjectMapper().readTree(Json.object(series::write));
    }

    private JsonNode losses(long from, long to, int points, double... values) throws Exception {
        Series series = new Series(from, to, points, List.of("loss"));
        for (int step = 0; step < values.length; step++) {
            add(
                    series,
                    StepSample.builder("r", step).metric("loss", values[step]).metric("lr", 1));
        }
        assembler.flush(series::add);
        return json(series);
    }

    @Test
    void withAPointForEachStepEachRowIsAsItIs() throws Exception {
        JsonNode json = losses(0, 3, 100, 5, 4, 3, 2);

        assertThat(json.at("/rows").asInt()).isEqualTo(4);
        assertThat(json.at("/series")).hasSize(1);
        assertThat(json.at("/series/0/first_step").toString()).isEqualTo("[0,1,2,3]");
        assertThat(json.at("/series/0/last").toString()).isEqualTo("[5.0,4.0,3.0,2.0]");
    }

    @Test
    void aSpikeOfOneStepIsInItsStretch() throws Exception {
        double[] values = new double[1_000];
        values[517] = 100;
        values[518] = -7;

        JsonNode series = losses(0, 999, 10, values).at("/series/0");

        assertThat(series.at("/first_step").toString()).isEqualTo("[0,100,200,300,400,500,600,700,800,900]");
        assertThat(series.at("/last_step/5").asInt()).isEqualTo(599);
        assertThat(series.at("/count/5").asInt()).isEqualTo(100);
        assertThat(series.at("/max").toString()).isEqualTo("[0.0,0.0,0.0,0.0,0.0,100.0,0.0,0.0,0.0,0.0]");
        assertThat(series.at("/min/5").asDouble()).isEqualTo(-7);
    }

    @Test
    void onlyTheRangeIsShown() throws Exception {
        JsonNode json = losses(2, 3, 10, 9, 8, 7, 6, 5);

        assertThat(json.at("/rows").asInt()).isEqualTo(2);
        assertThat(json.at("/series/0/first").toString()).isEqualTo("[7.0,6.0]");
    }

    @Test
    void whatIsNotFiniteIsCounted() throws Exception {
        JsonNode series = losses(0, 3, 2, 1, Double.NaN, Double.POSITIVE_INFINITY, Double.NaN)
                .at("/series/0");

        assertThat(series.at("/not_finite").toString()).isEqualTo("[1,2]");
        assertThat(series.at("/max").toString()).isEqualTo("[1.0,null]");
    }

    @Test
    void oneNumberOfAnArrayOrAllOfThem() throws Exception {
        for (String wanted : List.of("attention_logit_max[1][0]", "attention_logit_max")) {
            assembler = new StepAssembler();
            Series series = new Series(0, 0, 10, List.of(wanted));
            add(series, StepSample.builder("r", 0).metric("attention_logit_max", new double[][] {{1, 2}, {3, 4}}));
            assembler.flush(series::add);
            JsonNode json = json(series);
            if (wanted.endsWith("]")) {
                assertThat(json.at("/series")).hasSize(1);
                assertThat(json.at("/series/0/max").toString()).isEqualTo("[3.0]");
            } else {
                assertThat(json.at("/series")).hasSize(4);
                assertThat(json.at("/series/3/name").asText()).isEqualTo("attention_logit_max[1][1]");
            }
        }
    }

    @Test
    void anAnswerHoldsSoManyStretchesAndSaysThatItIsCut() throws Exception {
        int points = 10_000;
        int room = (int) (Series.MAX_STRETCHES / points);

        JsonNode all = many(room, points);
        assertThat(all.at("/series")).hasSize(100);
        assertThat(all.at("/cut").asBoolean()).isFalse();

        JsonNode cut = many(room + 1, points);
        assertThat(cut.at("/series")).hasSize(100);
        assertThat(cut.at("/cut").asBoolean()).isTrue();
        assertThat(cut.at("/rows").asInt()).as("what is left out is no row").isEqualTo(1);
    }

    @Test
    void anAnswerHoldsSoManySeriesAndSaysThatItIsCut() throws Exception {
        JsonNode all = many(Series.MAX_SERIES, 1);
        assertThat(all.at("/series")).hasSize(512);
        assertThat(all.at("/cut").asBoolean()).isFalse();

        JsonNode cut = many(Series.MAX_SERIES + 1, 1);
        assertThat(cut.at("/series")).hasSize(512);
        assertThat(cut.at("/cut").asBoolean()).isTrue();
    }

    /** One row of so many metrics. */
    private JsonNode many(int metrics, int points) throws Exception {
        assembler = new StepAssembler();
        Series series = new Series(0, points - 1, points, List.of());
        StepSample.Builder sample = StepSample.builder("r", 0);
        for (int i = 0; i < metrics; i++) {
            sample.metric("custom/" + i, i);
        }
        add(series, sample);
        assembler.flush(series::add);
        return json(series);
    }

    @Test
    void stepsAsLargeAsTheyGet() throws Exception {
        Series series = new Series(0, Long.MAX_VALUE, 10, List.of());
        add(series, StepSample.builder("r", Long.MAX_VALUE).metric("loss", 3));
        assembler.flush(series::add);

        assertThat(json(series).at("/series/0/first_step/0").asLong()).isEqualTo(Long.MAX_VALUE);
    }
}
