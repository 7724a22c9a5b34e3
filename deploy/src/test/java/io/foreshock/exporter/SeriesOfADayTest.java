package io.foreshock.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.board.RunBoard;
import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.live.Recording;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a Prometheus would hold of a day of the recorded runs under many names; docs/exporter.md quotes it. */
class SeriesOfADayTest {
    private static final int RUNS = 200;
    private static final long START = 1_795_000_000_000L;
    private static final long MINUTE = 60_000;
    private static final long HALF_A_DAY = 12 * 60 * MINUTE;

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

    @Test
    void twoHundredRunsADay() throws Exception {
        List<Recording> recordings = Recording.read(Path.of("runs"));
        List<Playing> playing = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            playing.add(new Playing("run-" + i, recordings.get(i % recordings.size()), START + i * HALF_A_DAY / RUNS));
        }
        RunFigures figures = new RunFigures(board, RUNS, () -> now);
        Set<String> day = new HashSet<>();
        int most = 0;
        int series = 0;
        for (now = START; now <= START + 2 * HALF_A_DAY + 15 * MINUTE; now += 5 * MINUTE) {
            playing.forEach(run -> run.playUntil(now));
            series = scrape(figures, day);
            most = Math.max(most, series);
        }

        assertThat(series).as("once all are over and have left").isZero();
        assertThat(most).isBetween(10_000, 15_000);
        assertThat(day).hasSizeBetween(most, 20_000);
    }

    /** Counts the series of runs, and adds them to those of the day. */
    private static int scrape(RunFigures figures, Set<String> day) {
        Samples samples = new Samples();
        figures.addTo(samples);
        int series = 0;
        for (MetricSnapshot metric : samples.snapshots()) {
            for (DataPointSnapshot point : metric.getDataPoints()) {
                if (point.getLabels().contains("run")) {
                    series++;
                    day.add(metric.getMetadata().getName() + point.getLabels());
                }
            }
        }
        return series;
    }
}
