package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever watches a replay gets the values of its rows. */
class ReplayChartsTest {
    private final List<Map<Signal, Double>> values = new ArrayList<>();

    @TempDir
    private Path folder;

    private RecordedFile file() throws IOException {
        Path path = folder.resolve("run.jsonl");
        Files.writeString(path, "{\"step\":1,\"metrics\":{\"loss\":2.5,\"lr\":0.1,\"other\":7}}\n");
        return new RecordedFile(path, "run", List.of(path));
    }

    @Test
    void anOnlookerIsGivenThem() throws Exception {
        new Replay(Settings.none(Signatures.all()), null, read -> {})
                .watchedBy(recorded -> new Player.Audience() {
                    @Override
                    public void incident(Incident incident) {}

                    @Override
                    public void signals(StepSignals row) {
                        values.add(row.values());
                    }

                    @Override
                    public void rejected(Rejected rejected) {}
                })
                .run(List.of(file()), judged -> {});

        assertThat(values).containsExactly(Map.of(Signal.LOSS, 2.5, Signal.LR, 0.1));
    }

    @Test
    void soIsWhoeverTakesTheRows() throws Exception {
        new Replay(Settings.none(Signatures.all()), row -> values.add(row.values()), read -> {})
                .run(List.of(file()), judged -> {});

        assertThat(values).containsExactly(Map.of(Signal.LOSS, 2.5, Signal.LR, 0.1));
    }
}
