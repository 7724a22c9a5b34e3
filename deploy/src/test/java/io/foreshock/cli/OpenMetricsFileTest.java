package io.foreshock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.judge.StepSignals;
import io.foreshock.replay.HighLoss;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.RecordedFile;
import io.foreshock.replay.Replay;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.Signal;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenMetricsFileTest {
    private static final int RUNS = 200;
    private static final int NEXT_RUNS = 50_000;

    @TempDir
    private Path folder;

    /** As in a replay of several files: one is handed over while the rows of the next come from another thread. */
    @Test
    void incidentsOfOneRecordingAreTakenInWhileTheRowsOfTheNextAre() throws Exception {
        Path file = folder.resolve("gauges.om");
        List<String> steps = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < RUNS; i++) {
            lines.append("{\"run\":\"wild" + i + "\",\"step\":0,\"ts\":1000,\"metrics\":{\"loss\":2}}\n");
            lines.append("{\"run\":\"wild" + i + "\",\"step\":1,\"ts\":2000,\"metrics\":{\"loss\":50}}\n");
            steps.add("foreshock_run_step{run=\"wild" + i + "\"} 0 1.000");
            steps.add("foreshock_run_step{run=\"wild" + i + "\"} 1 2.000");
        }
        for (int i = 0; i < NEXT_RUNS; i++) {
            steps.add("foreshock_run_step{run=\"next" + i + "\"} 0 1.000");
        }

        try (OpenMetricsFile gauges = new OpenMetricsFile(file)) {
            JudgedFile wild = judged(Files.writeString(folder.resolve("wild.jsonl"), lines), gauges);
            CompletableFuture<Void> next = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < NEXT_RUNS; i++) {
                    gauges.row(row("next" + i));
                }
            });
            do {
                gauges.judged(wild);
            } while (!next.isDone());
            next.join();
            assertThat(gauges.write(new PrintWriter(new StringWriter()))).isTrue();
        }

        List<String> written = Files.readAllLines(file);
        assertThat(written.stream().filter(line -> line.startsWith("foreshock_run_step")))
                .isEqualTo(steps);
        assertThat(written.stream().filter(line -> line.startsWith("foreshock_incident_open")))
                .hasSize(RUNS);
    }

    private static JudgedFile judged(Path path, OpenMetricsFile gauges) throws InterruptedException {
        List<JudgedFile> judged = new ArrayList<>();
        new Replay(Settings.none(List.of(HighLoss.SIGNATURE)), gauges::row, read -> {})
                .run(List.of(new RecordedFile(path, "wild", List.of(path))), judged::add);
        return judged.get(0);
    }

    private static StepSignals row(String run) {
        return new StepSignals(run, 0, 0, 1_000, Map.of(Signal.LOSS, 2.0), Map.of(), Map.of(), null);
    }
}
