package io.foreshock.format;

import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a recording says, a line a row, so that tests can show it whole. */
public final class Transcript {
    private Transcript() {}

    /** {@code llama 100 @1763870000125 loss=2.5 lr=0.1}, {@code llama 100 @1763870000125 FINISHED} or {@code ! why}. */
    public static List<String> of(TelemetryFile opened) throws IOException {
        List<String> rows = new ArrayList<>();
        try (TelemetryFile file = opened) {
            for (Parsed event = file.next(); event != null; event = file.next()) {
                rows.add(row(event));
            }
        }
        return rows;
    }

    /** Of a file in the test resources of the class's package; the run is called {@code run}. */
    public static List<String> of(Class<?> beside, String resource) throws IOException {
        return of(Formats.open(Source.of(path(beside, resource)), "run"));
    }

    /** Of bytes in a form that is told by them or by the name. */
    public static List<String> of(byte[] bytes, String name) {
        try {
            return of(Formats.open(Source.of(new ByteArrayInputStream(bytes), name), "run"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file, or folder, in the test resources of the class's package. */
    public static Path path(Class<?> beside, String resource) {
        return Path.of("src/test/resources", beside.getPackageName().replace('.', '/'), resource);
    }

    private static String row(Parsed event) {
        if (event instanceof Parsed.Refused refused) {
            return "! " + refused.rejected().detail();
        }
        StepSample sample = ((Parsed.Sample) event).sample();
        StringBuilder row = new StringBuilder(sample.run() + " " + sample.step() + " @" + sample.ts());
        for (int i = 0; i < sample.count(); i++) {
            row.append(' ').append(sample.name(i)).append('=').append(sample.value(i, 0));
        }
        return row + (sample.end() == null ? "" : " " + sample.end());
    }
}
