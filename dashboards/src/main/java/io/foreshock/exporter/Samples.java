package io.foreshock.exporter;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of one scrape. */
public final class Samples {
    private final Map<Figure, Map<Labels, Double>> byFigure = new EnumMap<>(Figure.class);

    /**
     * Adds a number; one with the same labels as an earlier one takes its place.
     *
     * @param labels the values of {@link Figure}'s labels, in their order
     */
    public void add(Figure figure, double value, String... labels) {
        byFigure.computeIfAbsent(figure, first -> new LinkedHashMap<>())
                .put(Labels.of(figure.labels().toArray(new String[0]), labels), value);
    }

    /** The same for a whole number, exact up to 2^53. */
    public void add(Figure figure, long value, String... labels) {
        add(figure, (double) value, labels);
    }

    MetricSnapshots snapshots() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        byFigure.forEach((figure, points) -> all.metricSnapshot(snapshot(figure, points)));
        return all.build();
    }

    private static MetricSnapshot snapshot(Figure figure, Map<Labels, Double> points) {
        switch (figure.type()) {
            case GAUGE -> {
                GaugeSnapshot.Builder gauge =
                        GaugeSnapshot.builder().name(figure.base()).help(figure.help());
                points.forEach((labels, value) -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build()));
                return gauge.build();
            }
            case COUNTER -> {
                CounterSnapshot.Builder counter =
                        CounterSnapshot.builder().name(figure.base()).help(figure.help());
                points.forEach((labels, value) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build()));
                return counter.build();
            }
            case INFO -> {
                InfoSnapshot.Builder info =
                        InfoSnapshot.builder().name(figure.base()).help(figure.help());
                points.keySet()
                        .forEach(labels -> info.dataPoint(
                                InfoDataPointSnapshot.builder().labels(labels).build()));
                return info.build();
            }
            default -> throw new IllegalArgumentException(figure + " keeps its own numbers");
        }
    }
}
