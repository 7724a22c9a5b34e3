package io.foreshock.page;

import com.fasterxml.jackson.core.JsonGenerator;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Metrics of a step range in at most so many points: each point is a stretch of steps with its first, smallest, largest and last
 * value, so that no spike is lost, and how many of its values were not finite. Steps that a resume went over twice are in one
 * stretch.
 */
final class Series {
    /** Series of one answer. */
    static final int MAX_SERIES = 512;

    /** Stretches of all series of an answer, 56 bytes each: 56 MB. */
    static final long MAX_STRETCHES = 1_000_000;

    private final long from;
    private final long to;
    private final int points;
    private final List<String> wanted;
    private final Map<String, Course> courses = new TreeMap<>();
    private long rows;
    private boolean cut;

    /**
     * @param from first step
     * @param to last step, {@code >= from}
     * @param points most points of a series
     * @param wanted names of metrics, or of one of their series as {@code name[layer][head]}; empty for all scalars
     */
    Series(long from, long to, int points, List<String> wanted) {
        this.from = from;
        this.to = to;
        this.points = (int) Math.min(points, Math.max(1, to - from + 1));
        this.wanted = List.copyOf(wanted);
    }

    /** Takes in a row. */
    void add(Row row) {
        if (row.step() < from || row.step() > to) {
            return;
        }
        rows++;
        for (int i = 0; i < row.count(); i++) {
            if (wanted.isEmpty() && row.layers(i) > 0) {
                continue;
            }
            boolean all = wanted.isEmpty() || wanted.contains(row.name(i));
            for (int k = 0; k < row.size(i); k++) {
                double value = row.value(i, k);
                if (StepSample.isAbsent(value)) {
                    continue;
                }
                String name = name(row, i, k);
                if (all || wanted.contains(name)) {
                    course(name, row.step(), value);
                }
            }
        }
    }

    private static String name(Row row, int metric, int k) {
        int heads = row.heads(metric);
        if (row.layers(metric) == 0) {
            return row.name(metric);
        }
        return heads == 0
                ? row.name(metric) + "[" + k + "]"
                : row.name(metric) + "[" + k / heads + "][" + k % heads + "]";
    }

    private void course(String name, long step, double value) {
        Course course = courses.get(name);
        if (course == null) {
            if (courses.size() == MAX_SERIES || (courses.size() + 1L) * points > MAX_STRETCHES) {
                cut = true;
                return;
            }
            course = new Course(points);
            courses.put(name, course);
        }
        course.add(stretch(step), step, value);
    }

    /** Exact where the product fits into a long; beyond that, which of two stretches a step is in does not matter. */
    private int stretch(long step) {
        long steps = to - from + 1;
        long at = steps > 0 && steps < Long.MAX_VALUE / points
                ? (step - from) * points / steps
                : (long) ((double) (step - from) / ((double) (to - from) + 1) * points);
        return (int) Math.min(points - 1L, at);
    }

    void write(JsonGenerator out) throws IOException {
        out.writeNumberField("from", from);
        out.writeNumberField("to", to);
        out.writeNumberField("rows", rows);
        out.writeBooleanField("cut", cut);
        out.writeArrayFieldStart("series");
        for (Map.Entry<String, Course> course : courses.entrySet()) {
            out.writeStartObject();
            out.writeStringField("name", course.getKey());
            course.getValue().write(out);
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static final class Course {
        private final long[] first;
        private final long[] last;
        private final int[] count;
        private final int[] wrong;
        private final double[] values;

        private Course(int points) {
            first = new long[points];
            last = new long[points];
            count = new int[points];
            wrong = new int[points];
            values = new double[4 * points];
            Arrays.fill(values, Double.NaN);
        }

        private void add(int at, long step, double value) {
            first[at] = count[at] == 0 ? step : Math.min(first[at], step);
            last[at] = count[at] == 0 ? step : Math.max(last[at], step);
            count[at]++;
            if (!Double.isFinite(value)) {
                wrong[at]++;
                return;
            }
            int slot = 4 * at;
            boolean none = Double.isNaN(values[slot]);
            values[slot] = none ? value : values[slot];
            values[slot + 1] = none ? value : Math.min(values[slot + 1], value);
            values[slot + 2] = none ? value : Math.max(values[slot + 2], value);
            values[slot + 3] = value;
        }

        private void write(JsonGenerator out) throws IOException {
            integers("first_step", first, out);
            integers("last_step", last, out);
            integers("count", Arrays.stream(count).asLongStream().toArray(), out);
            integers("not_finite", Arrays.stream(wrong).asLongStream().toArray(), out);
            String[] names = {"first", "min", "max", "last"};
            for (int which = 0; which < names.length; which++) {
                out.writeArrayFieldStart(names[which]);
                for (int i = 0; i < count.length; i++) {
                    double value = values[4 * i + which];
                    if (count[i] > 0 && Double.isNaN(value)) {
                        out.writeNull();
                    } else if (count[i] > 0) {
                        out.writeNumber(value);
                    }
                }
                out.writeEndArray();
            }
        }

        private void integers(String field, long[] numbers, JsonGenerator out) throws IOException {
            out.writeArrayFieldStart(field);
            for (int i = 0; i < count.length; i++) {
                if (count[i] > 0) {
                    out.writeNumber(numbers[i]);
                }
            }
            out.writeEndArray();
        }
    }
}
