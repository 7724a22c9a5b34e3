package io.foreshock.cli;

import io.foreshock.topics.RetainedRuns;
import io.foreshock.topics.RunChoice;
import io.foreshock.wire.EventLine;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code foreshock export}: a run out of Kafka as a file. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Write a run's events out of Kafka into a file that 'foreshock replay' reads.",
        description = {
            "",
            "Reads the telemetry topic from its beginning to where it ends now, in no consumer group: the running job"
                    + " does not notice. The events are written as they were published, one a line; where the record"
                    + " alone knows the run or the time, they are written into the event. Events that were rejected are"
                    + " written as well, and are rejected again on replay.",
            "",
            "Standard output gets gzip, so that it fits a file's name that ends in .jsonl.gz; --plain for text.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            " 0:the events were written",
            " 1:there is no such run, or Kafka could not be read, or the file could not be written",
            " 2:wrong usage"
        },
        footer = {
            "",
            "Examples:",
            "  foreshock export --run llama-7b-3 > llama-7b-3.jsonl.gz",
            "  foreshock export --run llama-7b-3 -o llama-7b-3.jsonl     text, because of the name",
            "  foreshock export --run 'llama-*' -o all.jsonl.gz          several runs in one file",
            "  foreshock export --run llama-7b-3 --plain | jq .metrics.loss",
            "  foreshock replay llama-7b-3.jsonl.gz                      judges it without Kafka"
        })
final class ExportCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--run",
            required = true,
            paramLabel = "ID",
            description = "The run, or a pattern: * is any characters, ? one. May be given several times.")
    private List<String> runs = List.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to write (default: standard output); compressed if the name ends in .gz.")
    private @Nullable Path output;

    @Option(names = "--plain", description = "Write text, not gzip, to standard output.")
    private boolean plain;

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Override
    public Integer call() throws IOException {
        Path path = output;
        if (path != null && plain) {
            throw wrong("--plain is for standard output; a file is text unless its name ends in .gz");
        }
        if (path == null && !plain && System.console() != null) {
            throw wrong("gzip does not belong on a terminal; write > run.jsonl.gz, -o FILE or --plain");
        }
        String topic = kafka.settings().topics().telemetry().name();
        try (RetainedRuns events = RetainedRuns.open(kafka.client(), topic, new RunChoice(runs));
                Progress progress = Progress.of("Reading", "records", events.size())) {
            // Nothing is begun, and no file overwritten, before there is an event to write.
            Parsed first = events.next();
            try (LineFile lines = path == null ? LineFile.standardOutput(!plain) : new LineFile("--output", path)) {
                write(events, first, progress, lines);
            }
            tell(events.notes().stream().map(note -> "note: " + note).toList());
        }
        return 0;
    }

    private void write(RetainedRuns events, @Nullable Parsed first, Progress progress, LineFile out)
            throws IOException {
        EventLine form = new EventLine();
        long written = 0;
        long left = 0;
        long told = 0;
        try {
            for (Parsed event = first; event != null; event = events.next()) {
                byte[] line = form.of(events.value(), event);
                if (line == null) {
                    left++;
                } else {
                    out.line(line);
                    written++;
                }
                progress.step(events.bytesRead() - told);
                told = events.bytesRead();
            }
        } finally {
            // Of several runs those that are there are written, whatever becomes of the others.
            tell(List.of(String.format(
                    Locale.ROOT,
                    "%,d events%s",
                    written,
                    left == 0
                            ? ""
                            : String.format(Locale.ROOT, "; %,d left out: empty, or another run's by body", left))));
        }
    }

    private void tell(List<String> lines) {
        PrintWriter err = spec().commandLine().getErr();
        lines.forEach(err::println);
        err.flush();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec().commandLine(), message);
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }
}
