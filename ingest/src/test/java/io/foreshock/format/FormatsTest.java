package io.foreshock.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormatsTest {
    @TempDir
    Path folder;

    /** By content alone: standard input has no name. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "lightning_logs/version_0/metrics.csv, CSV",
        "trainer/llama-tiny/trainer_state.json, trainer_state.json",
        "dicts/verl.jsonl, JSON objects",
        "dicts/maxtext_metrics.jsonl, JSON objects",
        "printed/megatron.log, Megatron-LM output",
        "printed/torchtitan.log, torchtitan output",
        "printed/nanogpt.log, nanoGPT output",
        "printed/modded_nanogpt.log, modded-nanogpt output",
        "printed/llmc.log, llm.c output",
        "printed/log124M/main.log, llm.c output",
        "printed/nemo.log, NeMo output",
        "printed/maxtext.log, MaxText output",
    })
    void contentTellsTheForm(String fixture, String name) throws IOException {
        byte[] plain = Files.readAllBytes(Rows.FIXTURES.resolve(fixture));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(plain);
        }
        for (byte[] bytes : List.of(plain, packed.toByteArray())) {
            try (Source source = Source.of(new ByteArrayInputStream(bytes), "")) {
                assertThat(Objects.requireNonNull(Formats.of(source)).name()).isEqualTo(name);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"step\":1,\"metrics\":{\"loss\":2}}', JSONL",
        "'{\"run\":\"a\",\"end\":\"finished\"}', JSONL",
        "'{\"step\":1,\"loss\":2}', JSON objects",
        "'step,loss', CSV",
    })
    void aFirstLineTells(String line, String name) throws IOException {
        try (Source source = Source.of(new ByteArrayInputStream((line + "\n").getBytes(UTF_8)), "")) {
            assertThat(Objects.requireNonNull(Formats.of(source)).name()).isEqualTo(name);
        }
    }

    @Test
    void whatIsNoneOfThemIsToldWhatWasTried() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "Dear diary,\n");

        assertThatThrownBy(() -> Formats.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none of the forms that are read")
                .hasMessageContaining("not JSONL: no line that is a JSON object with step, end or metrics\n")
                .hasMessageContaining("not Megatron-LM output: no line like \"iteration 10/ 1000 | ");
        for (Format format : Formats.all()) {
            assertThatThrownBy(() -> Formats.open(file)).hasMessageContaining("not " + format.name() + ": no ");
        }
    }

    @Test
    void anEmptyRecordingHasNoEvents() throws IOException {
        assertThat(Rows.ofBytes(new byte[0], "").samples()).isEmpty();
        assertThat(Rows.ofBytes(" \n\n".getBytes(UTF_8), "run.log").refused()).isEmpty();
    }

    @Test
    void alertsOfOursAreNoMetrics() throws IOException {
        String alert = "{\"id\":\"5f\",\"run\":\"a\",\"signature\":\"loss_spike\",\"step\":1200,\"value\":80.3}\n";

        assertThat(Rows.ofText(alert).row(0)).isEqualTo("1200");
    }

    @Test
    void severalFilesAreOneRecording() throws IOException {
        Path first = Files.writeString(folder.resolve("a"), "step,loss\n1,2.5\n");
        Path second = Files.writeString(folder.resolve("b"), "{\"step\":2,\"metrics\":{\"loss\":2.4}}\n");
        try (TelemetryFile both = new Sequence(List.of(first, second), "run")) {
            Rows rows = Rows.of(both);

            assertThat(rows.rows()).containsExactly("1 loss=2.5", "2 loss=2.4");
            assertThat(rows.samples()).extracting(sample -> sample.run()).containsOnly("run");
            assertThat(both.bytesRead()).isEqualTo(Files.size(first) + Files.size(second));
        }
    }
}
