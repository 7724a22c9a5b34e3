package io.foreshock.format;

import io.foreshock.format.csv.Csv;
import io.foreshock.format.dicts.Dicts;
import io.foreshock.format.printed.Printed;
import io.foreshock.format.tensorboard.EventFiles;
import io.foreshock.format.trainerstate.TrainerState;
import io.foreshock.format.wandb.WandbFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The forms of recordings that are read, and which of them a recording has. */
public final class Formats {
    /** In the order in which they are tried: those that are told by certain bytes before those that are guessed. */
    private static final List<Format> ALL = Stream.of(
                    Stream.<Format>of(new EventFiles(), new WandbFiles(), new TrainerState(), new Dicts(), new Jsonl()),
                    Printed.all().stream(),
                    Stream.<Format>of(new Csv()))
            .flatMap(formats -> formats)
            .toList();

    private Formats() {}

    public static List<Format> all() {
        return ALL;
    }

    /** The form that a recording has; null if it is none of those that are read. Waits for as much of a stream as that takes. */
    public static @Nullable Format of(Source source) {
        do {
            for (Format format : ALL) {
                if (format.matches(source)) {
                    return format;
                }
            }
        } while (source.readOn());
        return null;
    }

    /**
     * Reads a recording in whatever form it has. An empty one has no events and no form.
     *
     * @param run the run of events that name none
     * @throws IOException when the disk fails, or when it has none of the known forms; the message says what was tried
     */
    public static TelemetryFile open(Source source, String run) throws IOException {
        Format format = of(source);
        if (format != null) {
            return format.open(source, run);
        }
        if (source.beginningIsAll() && source.beginningText().isBlank()) {
            return new JsonlFile(source, run);
        }
        source.close();
        throw new IOException("it has none of the forms that are read:\n  "
                + ALL.stream()
                        .map(one -> "not " + one.name() + ": no " + one.needs())
                        .collect(Collectors.joining("\n  ")));
    }

    /**
     * Reads a file in whatever form it has; events that name no run belong to one {@linkplain RunName named after it}.
     *
     * @throws IOException as {@link #open(Source, String)}
     */
    public static TelemetryFile open(Path file) throws IOException {
        return open(Source.of(file), RunName.of(file));
    }
}
