package io.foreshock.format.tensorboard;

import io.foreshock.format.Format;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import java.nio.charset.StandardCharsets;

/** TensorBoard's event files, {@code events.out.tfevents.*}; those of one folder are one run, as in TensorBoard. */
public final class EventFiles implements Format {
    @Override
    public String name() {
        return "TensorBoard event file";
    }

    @Override
    public boolean matches(Source source) {
        return source.name().contains("tfevents") || isEventFile(source.beginning());
    }

    /** The first record holds the version; other files of the same framing hold training data. */
    private static boolean isEventFile(byte[] beginning) {
        int shown = Math.min(beginning.length, 64);
        return EventRecords.beginsWith(beginning)
                && new String(beginning, 0, shown, StandardCharsets.ISO_8859_1).contains("brain.Event:");
    }

    @Override
    public TelemetryFile open(Source source, String run) {
        return new EventFile(source, run);
    }
}
