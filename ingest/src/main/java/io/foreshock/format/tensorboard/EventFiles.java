package io.foreshock.format.tensorboard;

import io.foreshock.format.Format;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** TensorBoard's event files, {@code events.out.tfevents.*}; those of one folder are one run, as in TensorBoard. */
public final class EventFiles implements Format {
    private static final String TFEVENTS = "tfevents";
    /** Only marks that a profile lies beside it. */
    private static final String PROFILED = ".profile-empty";

    /** The seconds at which the writer was opened. */
    private static final Pattern OPENED = Pattern.compile(TFEVENTS + "\\.(\\d{1,18})\\.");

    @Override
    public String name() {
        return "TensorBoard event file";
    }

    @Override
    public String needs() {
        return "first record with brain.Event, and no name with tfevents";
    }

    @Override
    public boolean matches(Source source) {
        return isNamedSo(source.name())
                || isEventFile(source.beginning()) && !source.name().endsWith(PROFILED);
    }

    private static boolean isNamedSo(String file) {
        return file.contains(TFEVENTS) && !file.endsWith(PROFILED);
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

    /** The event files in the folder, in the order in which they were opened: each resume begins another. */
    @Override
    public @Nullable FolderRecording claim(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(
                            entry -> isNamedSo(entry.getFileName().toString()))
                    .filter(Files::isRegularFile)
                    .sorted(Comparator.comparingLong(EventFiles::opened).thenComparing(Comparator.naturalOrder()))
                    .toList();
            return files.isEmpty() ? null : new FolderRecording(files, List.of());
        }
    }

    private static long opened(Path file) {
        Matcher name = OPENED.matcher(file.getFileName().toString());
        return name.find() ? Long.parseLong(name.group(1)) : Long.MAX_VALUE;
    }
}
