package io.foreshock.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.format.Formats;
import io.foreshock.format.TelemetryFile;
import io.foreshock.telemetry.StepSample;
import io.foreshock.terminal.RunSummary.Failure;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A recorded run with what hindsight says of it.
 *
 * @param run its name
 * @param samples what it reported, in order
 * @param failure the first thing that harmed it, by its label
 */
public record Recording(String run, List<StepSample> samples, Failure failure) {
    /** The file that names the runs of a directory. */
    public static final String LABELS = "labels.json";

    /** Reads the runs that {@link #LABELS} names, in its order. */
    public static List<Recording> read(Path directory) throws IOException {
        Path labels = directory.resolve(LABELS);
        if (!Files.isRegularFile(labels)) {
            throw new IOException("no recorded runs in " + directory + ": there is no " + LABELS);
        }
        List<Recording> recordings = new ArrayList<>();
        for (Map.Entry<String, JsonNode> label :
                new ObjectMapper().readTree(labels.toFile()).properties()) {
            Path file = directory.resolve(label.getKey() + ".jsonl.gz");
            recordings.add(new Recording(label.getKey(), samples(file), failure(label.getValue())));
        }
        return recordings;
    }

    /** When it was recorded: the first time stamp, or {@link StepSample#NONE}. */
    public long start() {
        return samples.isEmpty() ? StepSample.NONE : samples.get(0).ts();
    }

    /** The last step, which a resumed run has seen twice. */
    public long lastStep() {
        return samples.isEmpty()
                ? StepSample.NONE
                : samples.get(samples.size() - 1).step();
    }

    /** The same report of another run at another time. */
    public static StepSample copy(StepSample sample, String run, long ts) {
        return copy(sample, run, sample.step(), ts);
    }

    /** The same report of another run, at another step and time. */
    public static StepSample copy(StepSample sample, String run, long step, long ts) {
        int count = sample.count();
        String[] names = new String[count];
        int[] layers = new int[count];
        int[] heads = new int[count];
        List<double[]> numbers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            names[i] = sample.name(i);
            layers[i] = sample.layers(i);
            heads[i] = sample.heads(i);
            double[] values = new double[sample.size(i)];
            for (int k = 0; k < values.length; k++) {
                values[k] = sample.value(i, k);
            }
            numbers.add(values);
        }
        return new StepSample(
                run,
                sample.attempt(),
                sample.rank(),
                step,
                ts,
                sample.end(),
                names,
                layers,
                heads,
                numbers.stream().flatMapToDouble(Arrays::stream).toArray(),
                sample.partition(),
                sample.offset());
    }

    private static List<StepSample> samples(Path file) throws IOException {
        List<StepSample> samples = new ArrayList<>();
        try (TelemetryFile lines = Formats.open(file)) {
            for (Parsed line = lines.next(); line != null; line = lines.next()) {
                if (line instanceof Parsed.Refused refused) {
                    throw new IOException(file + ": " + refused.rejected().detail());
                }
                samples.add(((Parsed.Sample) line).sample());
            }
        }
        return samples;
    }

    /** The earliest harm; for a run that was not harmed, its first event; what is debatable does not count. */
    private static Failure failure(JsonNode label) {
        Failure first = new Failure("", -1);
        for (JsonNode event : label.path("events")) {
            if (event.path("ambiguous").asBoolean() || event.path("weak").asBoolean()) {
                continue;
            }
            JsonNode step = event.path("failure_step");
            Failure failure = new Failure(event.path("signature").asText(), step.isNumber() ? step.asLong() : -1);
            boolean earlier = failure.step() >= 0 && (first.step() < 0 || failure.step() < first.step());
            if (first.signature().isEmpty() || earlier) {
                first = failure;
            }
        }
        return first;
    }
}
