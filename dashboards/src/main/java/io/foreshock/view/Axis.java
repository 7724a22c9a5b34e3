package io.foreshock.view;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The buckets of a timeline without their values: metrics that are logged together have the same, which is written once. */
final class Axis {
    private final double[] steps;
    private final double[] spans;
    private final double[] rows;
    private final List<int[]> attempts = new ArrayList<>();
    private final int hash;

    private Axis(Timeline timeline) {
        int count = timeline.count();
        steps = new double[count];
        spans = new double[count];
        rows = new double[count];
        for (int i = 0; i < count; i++) {
            steps[i] = timeline.firstStep(i) - (i == 0 ? 0 : timeline.firstStep(i - 1));
            spans[i] = timeline.lastStep(i) - timeline.firstStep(i);
            rows[i] = timeline.rows(i);
            if (i == 0 || timeline.attempt(i) != timeline.attempt(i - 1)) {
                attempts.add(new int[] {i, timeline.attempt(i)});
            }
        }
        hash = Arrays.hashCode(new int[] {Arrays.hashCode(steps), Arrays.hashCode(spans), Arrays.hashCode(rows)});
    }

    static Axis of(Timeline timeline) {
        return new Axis(timeline);
    }

    void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeFieldName("steps");
        Column.exact(steps, out);
        out.writeFieldName("spans");
        Column.exact(spans, out);
        out.writeFieldName("rows");
        Column.exact(rows, out);
        out.writeArrayFieldStart("attempts");
        for (int[] attempt : attempts) {
            out.writeArray(attempt, 0, attempt.length);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Axis that
                && Arrays.equals(steps, that.steps)
                && Arrays.equals(spans, that.spans)
                && Arrays.equals(rows, that.rows)
                && Arrays.deepEquals(attempts.toArray(), that.attempts.toArray());
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
