package io.foreshock.cli;

import io.foreshock.job.KafkaSettings;
import io.foreshock.topics.RetainedRecords;
import io.foreshock.topics.RunChoice;
import io.foreshock.wire.EventLine;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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

    private long events;
    private long left;

    @Override
    public Integer call() throws IOException {
        Path path = output;
        if (path != null && plain) {
            throw wrong("--plain is for standard output; a file is text unless its name ends in .gz");
        }
        if (path == null && !plain && System.console() != null) {
            throw wrong("gzip does not belong on a terminal; write > run.jsonl.gz, -o FILE or --plain");
        }
        KafkaSettings settings = kafka.settings();
        RunChoice choice = new RunChoice(runs);
        String topic = settings.topics().telemetry().name();
        try (RetainedRecords records = RetainedRecords.open(kafka.client(), topic, choice);
                Progress progress = Progress.of("Reading", "records", records.total())) {
            // Nothing is begun, and no file overwritten, before there is an event to write.
            ConsumerRecord<byte[], byte[]> first = records.next();
            if (first == null) {
                throw new IOException(String.join("; ", choice.unmet()) + " (topic " + topic + ")");
            }
            if (path == null) {
                try (OutputStream out = standardOutput()) {
                    write(records, first, progress, line -> {
                        out.write(line);
                        out.write('\n');
                    });
                }
            } else {
                try (LineFile out = new LineFile("--output", path)) {
                    write(records, first, progress, out::line);
                }
            }
        }
        PrintWriter err = spec().commandLine().getErr();
        err.printf(
                Locale.ROOT,
                "%,d events%s%n",
                events,
                left == 0
                        ? ""
                        : String.format(Locale.ROOT, "; %,d left out: empty, or of another run by their body", left));
        err.flush();
        List<String> unmet = choice.unmet();
        if (!unmet.isEmpty()) {
            throw new IOException(String.join("; ", unmet) + " (topic " + topic + ")");
        }
        return 0;
    }

    private interface Lines {
        void line(byte[] line) throws IOException;
    }

    private void write(
            RetainedRecords records, @Nullable ConsumerRecord<byte[], byte[]> first, Progress progress, Lines out)
            throws IOException {
        EventLine form = new EventLine();
        long told = 0;
        for (ConsumerRecord<byte[], byte[]> record = first; record != null; record = records.next()) {
            byte[] line = form.of(record.key(), record.value(), record.timestamp());
            if (line == null) {
                left++;
            } else {
                out.line(line);
                events++;
            }
            progress.step(records.read() - told);
            told = records.read();
        }
    }

    /** Bytes, past the writer for text. */
    private OutputStream standardOutput() throws IOException {
        OutputStream raw = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);
        return plain ? raw : new GZIPOutputStream(raw, 1 << 13);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec().commandLine(), message);
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }
}
