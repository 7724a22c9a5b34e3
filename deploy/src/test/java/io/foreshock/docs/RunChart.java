package io.foreshock.docs;

import io.foreshock.backtest.LabelledEvent;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signatures;
import io.foreshock.format.Formats;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.replay.Player;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A recorded run as a picture: some metrics over the steps, what the labels say, and when the alert came. */
final class RunChart implements Player.Audience {
    private static final int POINTS = 400;
    private static final int SERIES = 8;
    /** Not logged: the time between two rows. */
    private static final String PACE = "seconds_a_step";

    private static final Color LABELLED = new Color(0x80, 0x80, 0x80);
    private static final Color HARMED = Color.BLACK;
    private static final Color ALERTED = new Color(0xd6, 0x27, 0x28);

    private final List<String> metrics;
    private final boolean log;
    private final Map<String, List<double[]>> points = new LinkedHashMap<>();
    private final TreeSet<Long> onsets = new TreeSet<>();
    private final TreeSet<Long> failures = new TreeSet<>();
    private final TreeSet<Long> alerts = new TreeSet<>();
    private String slug = "";
    private @Nullable StepSample before;

    RunChart(List<String> metrics, boolean log) {
        this.metrics = metrics;
        this.log = log;
    }

    void play(Path file, String signature) throws IOException {
        slug = signature;
        try (TelemetryFile recorded = Formats.open(Source.of(file), "run")) {
            new Player(run -> Signatures.all()).play(recorded, this);
        }
    }

    void labelled(LabelledEvent event) {
        onsets.add(event.onset().step());
        LabelledEvent.Mark failure = event.failure();
        if (failure != null) {
            failures.add(failure.step());
        }
    }

    @Override
    public void sample(StepSample sample) {
        if (metrics.contains(PACE) && before != null && sample.step() > before.step()) {
            double seconds = (sample.ts() - before.ts()) / 1e3 / (sample.step() - before.step());
            points.computeIfAbsent(PACE, name -> new ArrayList<>()).add(new double[] {sample.step(), seconds});
        }
        before = sample;
        for (int i = 0; i < sample.count(); i++) {
            if (metrics.contains(sample.name(i))) {
                for (int k = 0; k < Math.min(SERIES, sample.size(i)); k++) {
                    int heads = Math.max(1, sample.heads(i));
                    String series = sample.name(i)
                            + (sample.layers(i) == 0 ? "" : "[" + k / heads + "]")
                            + (sample.heads(i) == 0 ? "" : "[" + k % heads + "]");
                    double value = sample.value(i, k);
                    boolean drawable = Double.isFinite(value) && (!log || value > 0);
                    points.computeIfAbsent(
                                    sample.rank() == 0 ? series : series + " of rank " + sample.rank(),
                                    name -> new ArrayList<>())
                            .add(new double[] {sample.step(), drawable ? value : Double.NaN});
                }
            }
        }
    }

    @Override
    public void incident(Incident incident) {
        boolean alert = incident.status() == Incident.Status.OPEN;
        boolean tells = incident.severity() != Severity.INFO || slug.equals("delayed_generalization");
        if (alert && tells && incident.signature().equals(slug)) {
            alerts.add(incident.detectedStep());
        }
    }

    @Override
    public void signals(StepSignals signals) {}

    @Override
    public void rejected(Rejected rejected) {}

    void write(Path file, String run) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(860)
                .height(320)
                .theme(ChartTheme.XChart)
                .title(run)
                .xAxisTitle("step")
                .build();
        chart.getStyler()
                .setYAxisLogarithmic(log)
                .setXAxisDecimalPattern("#,###")
                .setLegendPosition(LegendPosition.OutsideE)
                .setChartBackgroundColor(Color.WHITE);
        points.forEach((name, values) -> curve(chart, name, values));
        line(chart, onsets, LABELLED, "labelled onset");
        line(chart, failures, HARMED, "labelled harm");
        line(chart, alerts, ALERTED, "alert");
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
    }

    /** Keeps the lowest and the highest value of each stretch, so that no spike is lost. */
    private static void curve(XYChart chart, String name, List<double[]> values) {
        List<Double> steps = new ArrayList<>();
        List<Double> heights = new ArrayList<>();
        int stretch = Math.max(1, 2 * values.size() / POINTS);
        for (int from = 0; from < values.size(); from += stretch) {
            List<double[]> part = values.subList(from, Math.min(values.size(), from + stretch)).stream()
                    .filter(value -> !Double.isNaN(value[1]))
                    .toList();
            if (!part.isEmpty()) {
                double[] low = part.stream().reduce(part.get(0), (a, b) -> b[1] < a[1] ? b : a);
                double[] high = part.stream().reduce(part.get(0), (a, b) -> b[1] > a[1] ? b : a);
                for (double[] point : low[0] <= high[0] ? List.of(low, high) : List.of(high, low)) {
                    steps.add(point[0]);
                    heights.add(point[1]);
                }
            }
        }
        if (!steps.isEmpty()) {
            XYSeries series = chart.addSeries(name, steps, heights);
            series.setMarker(SeriesMarkers.NONE).setLineStyle(new BasicStroke(1.2f));
        }
    }

    /** A vertical line over the whole height; all lines of one meaning are one entry of the legend. */
    private void line(XYChart chart, Iterable<Long> at, Color color, String meaning) {
        double low = heights().min().orElse(0);
        double high = heights().max().orElse(1);
        List<Double> steps = new ArrayList<>();
        List<Double> ends = new ArrayList<>();
        for (long step : at) {
            // NaN lifts the pen.
            steps.addAll(List.of((double) step, (double) step, (double) step));
            ends.addAll(List.of(low, high, Double.NaN));
        }
        if (!steps.isEmpty()) {
            XYSeries line = chart.addSeries(meaning, steps, ends);
            line.setMarker(SeriesMarkers.NONE).setLineColor(color).setLineStyle(new BasicStroke(1.5f));
        }
    }

    private DoubleStream heights() {
        return points.values().stream()
                .flatMap(List::stream)
                .mapToDouble(point -> point[1])
                .filter(Double::isFinite);
    }
}
