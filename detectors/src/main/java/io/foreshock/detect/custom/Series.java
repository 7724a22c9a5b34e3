package io.foreshock.detect.custom;

import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The one number of a row that a rule looks at.
 *
 * @param name as people write it: a metric, or {@code metric[layer]}, or {@code metric[layer][head]}
 * @param metric the metric's name without the place in its array
 * @param layer place in the array, or -1 for all of it
 * @param head place in the layer, or -1
 */
public record Series(String name, String metric, int layer, int head) {
    private static final Pattern PLACE = Pattern.compile("(.+?)\\[(\\d{1,6})](?:\\[(\\d{1,6})])?");

    /** The series of this name. */
    public static Series of(String name) {
        Matcher place = PLACE.matcher(name);
        if (!place.matches()) {
            return new Series(name, name, -1, -1);
        }
        int head = place.group(3) == null ? -1 : Integer.parseInt(place.group(3));
        return new Series(name, place.group(1), Integer.parseInt(place.group(2)), head);
    }

    /** The signal it belongs to, or null for a metric outside the catalogue. */
    @Nullable
    Signal signal() {
        return Signal.of(metric);
    }

    boolean isIn(Row row) {
        return !StepSample.isAbsent(value(row, true));
    }

    /**
     * Its number at this row, or {@link StepSample#ABSENT}.
     *
     * @param largest of an array, take the largest number, not the smallest; NaN only if there is nothing else
     */
    double value(Row row, boolean largest) {
        for (int i = 0; i < row.count(); i++) {
            if (row.name(i).equals(name)) {
                return extreme(row, i, largest);
            }
            if (layer >= 0 && row.name(i).equals(metric)) {
                return at(row, i);
            }
        }
        return StepSample.ABSENT;
    }

    private double at(Row row, int position) {
        int heads = row.heads(position);
        boolean shaped = row.layers(position) > layer && (heads == 0 ? head < 0 : head >= 0 && head < heads);
        return shaped ? row.value(position, heads == 0 ? layer : layer * heads + head) : StepSample.ABSENT;
    }

    private static double extreme(Row row, int position, boolean largest) {
        double extreme = StepSample.ABSENT;
        for (int k = 0; k < row.size(position); k++) {
            double value = row.value(position, k);
            boolean further = largest ? value > extreme : value < extreme;
            if (!StepSample.isAbsent(value) && (further || Double.isNaN(extreme))) {
                extreme = value;
            }
        }
        return extreme;
    }
}
