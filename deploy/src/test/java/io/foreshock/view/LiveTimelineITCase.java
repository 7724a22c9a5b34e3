package io.foreshock.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.browser.Chromium;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The browser keeps the rows that are appended as {@link Timeline} keeps them: what is seen of a run that goes on is what is seen
 * of it when the page is loaded anew. Rows come late, come twice, are not finite, lack a layer; the run is resumed, and becomes
 * too long to be kept row by row.
 */
class LiveTimelineITCase {
    /** Buckets of the browser's timeline. */
    private static final int CAPACITY = 4_096;

    private static final int LAYERS = 2;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Timeline server = new Timeline(LAYERS);
    private final ArrayNode browser = MAPPER.createArrayNode();
    private Random random;

    private void row(int attempt, long step) {
        Double[] values = new Double[LAYERS];
        ObjectNode row = browser.addObject().put("attempt", attempt).put("step", step);
        ArrayNode layers = row.putObject("metrics").putArray("grad_norm/layer");
        for (int layer = 0; layer < LAYERS; layer++) {
            int kind = random.nextInt(100);
            double value = kind == 0
                    ? Double.NaN
                    : kind == 1
                            ? Double.POSITIVE_INFINITY
                            : kind == 2 ? Double.NEGATIVE_INFINITY : random.nextGaussian();
            values[layer] = kind == 3 ? null : (Double) value;
            layers.add(values[layer]);
        }
        server.add(attempt, step, new Timeline.Values() {
            @Override
            public double at(int k) {
                return values[k];
            }

            @Override
            public boolean has(int k) {
                return values[k] != null;
            }
        });
        server.fit(CAPACITY, CAPACITY, List.of());
    }

    /** The same form as of the browser's: what is no number is null, and four bytes a number. */
    private JsonNode kept() {
        ObjectNode kept = MAPPER.createObjectNode();
        for (String name : List.of("first", "last", "rows", "attempts", "values", "marks")) {
            kept.putArray(name);
        }
        for (int bucket = 0; bucket < server.count(); bucket++) {
            kept.withArray("first").add(server.firstStep(bucket));
            kept.withArray("last").add(server.lastStep(bucket));
            kept.withArray("rows").add(server.rows(bucket));
            kept.withArray("attempts").add(server.attempt(bucket));
            for (int layer = 0; layer < LAYERS; layer++) {
                kept.withArray("marks").add(server.marks(bucket, layer));
                for (int which = 0; which < Timeline.NUMBERS; which++) {
                    double value = server.value(bucket, layer, which);
                    kept.withArray("values").add(Double.isNaN(value) ? "none" : Float.toString((float) value));
                }
            }
        }
        return kept;
    }

    @ParameterizedTest
    @ValueSource(ints = {3_000, 20_000})
    void whatIsAppendedIsKeptAsTheServerKeepsIt(int rows) throws Exception {
        random = new Random(rows);
        long step = 0;
        for (int i = 0; i < rows; i++) {
            int attempt = 3 * i / rows;
            if (i > 0 && attempt > 3 * (i - 1) / rows) {
                step -= 500;
            }
            step += 1 + random.nextInt(3);
            row(attempt, step);
            if (random.nextInt(20) == 0) {
                row(attempt, Math.max(0, step - random.nextInt(100)));
            }
        }

        JsonNode drawn;
        try (Chromium chromium = Chromium.start()) {
            chromium.driver().executeScript(WebParts.viewScript());
            chromium.driver().executeScript("""
                    const run = new ForeshockParts.Run({run: "r", rows: 0, attempts: [], incidents: [], metrics: []});
                    JSON.parse(arguments[0]).forEach(row => run.append(row));
                    window.run = run;
                    """, browser.toString());
            drawn = chromium.eval("""
                    (() => {
                      const t = [...run.metrics.values()][0].timeline;
                      const some = (array, each) => [...array.subarray(0, t.count * each)];
                      return {first: some(t.first, 1), last: some(t.last, 1), rows: some(t.rows, 1), attempts: some(t.attempts, 1),
                        values: some(t.values, 4 * t.series).map(v => Number.isNaN(v) ? null : v), marks: some(t.marks, t.series)};
                    })()""");
        }
        ArrayNode values = MAPPER.createArrayNode();
        drawn.get("values").forEach(v -> values.add(v.isNull() ? "none" : Float.toString((float) v.asDouble())));
        ((ObjectNode) drawn).set("values", values);

        JsonNode kept = kept();
        for (String name : List.of("rows", "first", "last", "attempts", "marks", "values")) {
            assertThat(MAPPER.writeValueAsString(drawn.get(name)))
                    .as(name)
                    .isEqualTo(MAPPER.writeValueAsString(kept.get(name)));
        }
        assertThat(server.count()).isLessThanOrEqualTo(CAPACITY);
        assertThat(server.width() > 1).as("rows were merged").isEqualTo(rows > CAPACITY);
    }
}
