package io.foreshock.bench;

import io.foreshock.detect.Signatures;
import io.foreshock.format.Formats;
import io.foreshock.format.TelemetryFile;
import io.foreshock.live.Recording;
import io.foreshock.replay.RecordedFile;
import io.foreshock.replay.Replay;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** The replay of one recorded file against merely unpacking and parsing it. */
final class ReplaySpeed {
    private final Path path;
    private final RecordedFile file;
    private long events;
    private long bytes;

    /** @param scratch where the file is written */
    private ReplaySpeed(Path scratch) throws IOException {
        path = Files.createTempFile(scratch, "replay-", ".jsonl.gz");
        file = new RecordedFile(path, "replay", List.of(path));
    }

    /**
     * Writes the file: recorded runs one after the other, each played on to the length that runs have. Recordings are short, and a
     * run's first rows cost more than its others.
     *
     * @param atLeast events it has at least; each run is written to its end
     */
    static ReplaySpeed of(List<Recording> recordings, int atLeast, Path scratch) throws IOException {
        ReplaySpeed speed = new ReplaySpeed(scratch);
        EventWriter writer = new EventWriter();
        int once = recordings.stream().mapToInt(run -> run.samples().size()).sum();
        int times = (atLeast + once - 1) / once;
        try (OutputStream out = new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(speed.path)))) {
            for (Recording recording : recordings) {
                List<StepSample> samples = recording.samples();
                long length = recording.lastStep() + 1;
                long lasts = samples.get(samples.size() - 1).ts() - recording.start();
                for (int time = 0; time < times; time++) {
                    for (StepSample sample : samples) {
                        byte[] line = writer.write(Recording.copy(
                                sample, recording.run(), sample.step() + time * length, sample.ts() + time * lasts));
                        out.write(line);
                        out.write('\n');
                        speed.events++;
                        speed.bytes += line.length + 1;
                    }
                }
            }
        }
        return speed;
    }

    long events() {
        return events;
    }

    /** Bytes of the file before it was packed. */
    long bytes() {
        return bytes;
    }

    /** Seconds to unpack and parse all of it. */
    double parse() throws IOException {
        long start = System.nanoTime();
        long parsed = 0;
        try (TelemetryFile events = Formats.open(path)) {
            while (events.next() != null) {
                parsed++;
            }
        }
        return seconds(start, parsed);
    }

    /** Seconds to replay it, as {@code foreshock replay} does. */
    double replay() throws IOException, InterruptedException {
        long start = System.nanoTime();
        long[] judged = new long[1];
        new Replay(Settings.none(Signatures.all()), null, read -> {})
                .run(
                        List.of(file),
                        played -> judged[0] = played.runs().stream()
                                .mapToLong(run -> run.rows())
                                .sum());
        return seconds(start, judged[0]);
    }

    private double seconds(long start, long seen) throws IOException {
        double seconds = (System.nanoTime() - start) / 1e9;
        if (seen == 0) {
            throw new IOException("nothing was read of " + path);
        }
        return seconds;
    }
}
