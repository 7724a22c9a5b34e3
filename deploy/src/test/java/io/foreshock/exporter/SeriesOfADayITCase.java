package io.foreshock.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.foreshock.board.RunBoard;
import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.live.Judged;
import io.foreshock.live.Program;
import io.foreshock.live.Prometheus;
import io.foreshock.live.Recording;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.prometheus.metrics.exporter.httpserver.MetricsHandler;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real Prometheus holds of a day of the recorded runs under many names, a quarter of an hour a second; docs/exporter.md quotes it. */
class SeriesOfADayITCase {
    private static final int RUNS = 200;
    private static final long START = 1_795_000_000_000L;
    private static final long MINUTE = 60_000;
    private static final long HALF_A_DAY = 12 * 60 * MINUTE;
    private static final long QUARTER = 15 * MINUTE;

    /** A day, until the last run has left. */
    private static final long SCRAPES = 24 * 4 + 2;

    private long now = START;
    private final RunBoard board = new RunBoard(() -> now);

    /** A run under way. */
    private final class Playing implements Verdicts {
        private final RunJudge judge;
        private final Deque<StepSample> samples = new ArrayDeque<>();

        /** The recording, stretched to half a day. */
        Playing(String run, Recording recording, long begin) {
            judge = new RunJudge(run, Signatures.all());
            long first = recording.samples().get(0).ts();
            long length =
                    recording.samples().get(recording.samples().size() - 1).ts() - first;
            for (StepSample sample : recording.samples()) {
                samples.add(Recording.copy(sample, run, begin + HALF_A_DAY * (sample.ts() - first) / length));
            }
            samples.add(StepSample.end(run, 0, RunEnd.FINISHED, begin + HALF_A_DAY));
        }

        void playUntil(long time) {
            while (!samples.isEmpty() && samples.getFirst().ts() <= time) {
                judge.observe(samples.removeFirst(), this);
            }
        }

        @Override
        public void incident(Incident incident) {
            board.incident(incident, incident.ts(), true);
        }

        @Override
        public void signals(StepSignals row) {
            board.row(row, row.ts(), true);
        }

        @Override
        public void rejected(Rejected rejected) {
            throw new AssertionError(rejected.detail());
        }
    }

    /** Series of runs that any scrape of the day told of. */
    private final Set<String> day = new HashSet<>();

    private final List<Playing> playing = new ArrayList<>();
    private final RunFigures figures = new RunFigures(board, RUNS, () -> now);
    private int most;
    private int last;
    private long scrapes;

    @TempDir
    Path folder;

    @Test
    void twoHundredRunsADay() throws Exception {
        Program.require("prometheus", "prometheus");
        List<Recording> recordings = Recording.read(Path.of("runs"));
        for (int i = 0; i < RUNS; i++) {
            playing.add(new Playing("run-" + i, recordings.get(i % recordings.size()), START + i * HALF_A_DAY / RUNS));
        }
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register((MultiCollector) this::scrape);
        HttpServer exporter = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        exporter.createContext("/metrics", new MetricsHandler(registry));
        exporter.start();
        try (Prometheus prometheus =
                Prometheus.start(folder, exporter.getAddress().getPort(), List.of())) {
            Judged.await(Duration.ofMinutes(4), () -> scrapes > SCRAPES + 1);

            System.out.printf("a day of %d runs: %d series at most, %d in all%n", RUNS, most, day.size());
            assertThat(last).as("once all are over and have left").isZero();
            assertThat(most).isBetween(10_000, 15_000);
            assertThat(day).hasSizeBetween(most, 20_000);
            // What it has of the day: the series of runs, and a few of its own and of the exporter's.
            Judged.await(
                    Duration.ofSeconds(20), () -> prometheus.sum("max_over_time(scrape_samples_scraped[1h])") >= most);
            assertThat(prometheus.series("{run=~'run-.*'}")).isEqualTo(day.size());
        } finally {
            exporter.stop(0);
        }
    }

    /** The next quarter of an hour of the day, told at each scrape. */
    private synchronized MetricSnapshots scrape() {
        now = Math.min(START + scrapes++ * QUARTER, START + SCRAPES * QUARTER);
        playing.forEach(run -> run.playUntil(now));
        Samples samples = new Samples();
        figures.addTo(samples);
        MetricSnapshots snapshots = samples.snapshots();
        last = 0;
        for (MetricSnapshot metric : snapshots) {
            for (DataPointSnapshot point : metric.getDataPoints()) {
                if (point.getLabels().contains("run")) {
                    last++;
                    day.add(metric.getMetadata().getName() + point.getLabels());
                }
            }
        }
        most = Math.max(most, last);
        return snapshots;
    }
}
