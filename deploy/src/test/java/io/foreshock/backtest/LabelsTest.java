package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelsTest {
    @TempDir
    Path corpus;

    @Test
    void readsLabelsWithLines() throws Exception {
        labels("""
                {"run-7": {"family": "x", "lines": 900, "events": [
                   {"signature": "loss_spike", "onset_step": 300, "failure_step": null, "end_step": 340,
                    "onset_line": 310, "failure_line": null, "end_line": 350, "evidence": "peaks"}], "benign": []}}
                """);

        List<LabelledRun> runs = Labels.read(corpus);

        assertThat(runs).singleElement().satisfies(run -> {
            assertThat(run.file()).isEqualTo(corpus.resolve("run-7.jsonl.gz"));
            assertThat(run.unlabelledStart()).isZero();
            assertThat(run.events())
                    .containsExactly(new LabelledEvent(
                            "loss_spike",
                            new LabelledEvent.Mark(300, 310),
                            null,
                            new LabelledEvent.Mark(340, 350),
                            false,
                            "peaks"));
        });
    }

    @Test
    void readsLabelsOfPublicLogs() throws Exception {
        labels("""
                {"algoperf/a": {"file": "algoperf/a.jsonl.gz", "events": [
                   {"signature": "loss_spike", "onset_step": 300, "end_step": null, "ambiguous": true}]},
                 "algoperf/b": {"file": "algoperf/b.jsonl.gz", "events": []}}
                """);

        List<LabelledRun> runs = Labels.read(corpus);

        assertThat(runs).extracting(LabelledRun::name).containsExactly("algoperf/a", "algoperf/b");
        assertThat(runs.get(0).file()).isEqualTo(corpus.resolve("algoperf/a.jsonl.gz"));
        assertThat(runs.get(0).unlabelledStart()).isEqualTo(0.1);
        assertThat(runs.get(0).events()).singleElement().matches(LabelledEvent::undecided);
        assertThat(runs.get(0).clean()).isFalse();
        assertThat(runs.get(1).clean()).isTrue();
    }

    @Test
    void weakIsUndecided() throws Exception {
        labels("{\"a\": {\"events\": [{\"signature\": \"x\", \"onset_step\": 3, \"weak\": true}]}}");

        assertThat(Labels.read(corpus).get(0).events()).singleElement().matches(LabelledEvent::undecided);
    }

    @Test
    void folderWithoutLabelsIsNamed() {
        assertThatThrownBy(() -> Labels.read(corpus))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining(corpus.toString())
                .hasMessageContaining("labels.json");
    }

    @Test
    void wrongFieldIsNamedWithItsRun() throws Exception {
        labels("{\"a\": {\"events\": [{\"signature\": \"x\", \"onset_step\": \"three\"}]}}");

        assertThatThrownBy(() -> Labels.read(corpus)).hasMessageContaining("run a: onset_step must be an integer");
    }

    @Test
    void eventWithoutOnsetIsRefused() throws Exception {
        labels("{\"a\": {\"events\": [{\"signature\": \"x\"}]}}");

        assertThatThrownBy(() -> Labels.read(corpus)).hasMessageContaining("needs onset_step");
    }

    @Test
    void brokenJsonIsNamed() throws Exception {
        labels("{");

        assertThatThrownBy(() -> Labels.read(corpus)).hasMessageContaining("labels.json is not JSON");
    }

    private void labels(String json) throws IOException {
        Files.writeString(corpus.resolve(Labels.FILE), json);
    }
}
