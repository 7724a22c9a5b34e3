package io.foreshock.format;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a recording holds.
 *
 * @param run its run
 * @param samples what could be read, in order
 * @param refused what could not
 */
public record Rows(String run, List<StepSample> samples, List<Rejected> refused) {
    /** Recordings of other tools; the README beside them says who wrote them. */
    public static final Path FIXTURES = Path.of("src/test/resources/io/foreshock/format");

    /** Reads a fixture, in whatever form it is found to be. */
    public static Rows ofFixture(String file) throws IOException {
        try (TelemetryFile recording = Formats.open(FIXTURES.resolve(file))) {
            return of(recording);
        }
    }

    /** Reads a text, in whatever form it is found to be. */
    public static Rows ofText(String text) throws IOException {
        return ofBytes(text.getBytes(StandardCharsets.UTF_8), "file");
    }

    /** Reads bytes as if from a file of this name. */
    public static Rows ofBytes(byte[] bytes, String name) throws IOException {
        try (TelemetryFile recording = Formats.open(Source.of(new ByteArrayInputStream(bytes), name), "run")) {
            return of(recording);
        }
    }

    static Rows of(TelemetryFile recording) throws IOException {
        List<StepSample> samples = new ArrayList<>();
        List<Rejected> refused = new ArrayList<>();
        for (Parsed event = recording.next(); event != null; event = recording.next()) {
            if (event instanceof Parsed.Sample sample) {
                samples.add(sample.sample());
            } else {
                refused.add(((Parsed.Refused) event).rejected());
            }
        }
        return new Rows(recording.run(), samples, refused);
    }

    /** One sample as text: step, time stamp if there is one, names and numbers. */
    public String row(int index) {
        StepSample sample = samples.get(index);
        StringBuilder text = new StringBuilder().append(sample.step());
        if (sample.ts() != StepSample.NONE) {
            text.append(" @").append(sample.ts());
        }
        for (int i = 0; i < sample.count(); i++) {
            text.append(' ').append(sample.name(i)).append('=').append(sample.value(i, 0));
        }
        return text.toString();
    }

    /** All samples as text. */
    public List<String> rows() {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            rows.add(row(i));
        }
        return rows;
    }

    /** What is said about what could not be read. */
    public List<String> details() {
        return refused.stream().map(Rejected::detail).toList();
    }
}
