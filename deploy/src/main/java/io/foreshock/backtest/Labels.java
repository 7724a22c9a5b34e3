package io.foreshock.backtest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.backtest.LabelledEvent.Mark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code labels.json} of a corpus: an object with a field per run.
 *
 * <pre>{@code
 * {"lr_0.1_s0": {"lines": 900, "events": [{"signature": "loss_spike", "onset_step": 300, "failure_step": null,
 *                                          "end_step": 340, "onset_line": 300, "ambiguous": false}]},
 *  "algoperf/run-7": {"file": "algoperf/run-7.jsonl.gz", "events": []}}
 * }</pre>
 *
 * <p>A run's {@code family}, where it is not told, is the folder in which its log lies. Its log is its {@code file}, or the run's name with {@code .jsonl.gz} or {@code .jsonl}, beside the labels.
 * Labels without a count of {@code lines} were set by looking at the curves of a run that settled; the first tenth of
 * such a run, its initial descent and warm-up, counts as not looked at.
 */
public final class Labels {
    /** The file's name in a corpus folder. */
    public static final String FILE = "labels.json";

    private static final double UNLABELLED_START = 0.1;

    private Labels() {}

    /**
     * Reads the labels of a corpus folder.
     *
     * @throws CorpusException naming file, run and field when something is missing or wrong
     */
    public static List<LabelledRun> read(Path folder) throws CorpusException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new CorpusException(folder + " has no " + FILE + "; a corpus is a folder of .jsonl.gz logs with a "
                    + FILE + " beside them");
        }
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(file.toFile());
        } catch (JacksonException e) {
            throw new CorpusException(file + " is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new CorpusException(file + " cannot be read: " + e.getMessage());
        }
        if (!root.isObject()) {
            throw new CorpusException(file + " must be an object with a field per run");
        }
        List<LabelledRun> runs = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            try {
                runs.add(run(folder, entry.getKey(), entry.getValue()));
            } catch (IllegalArgumentException e) {
                throw new CorpusException(file + ", run " + entry.getKey() + ": " + e.getMessage());
            }
        }
        return runs;
    }

    private static LabelledRun run(Path folder, String name, JsonNode run) {
        List<LabelledEvent> events = new ArrayList<>();
        JsonNode array = run.path("events");
        if (!array.isArray()) {
            throw new IllegalArgumentException("events must be an array, [] for a clean run");
        }
        for (JsonNode event : array) {
            events.add(event(event));
        }
        Path log = log(folder, name, run);
        return new LabelledRun(name, family(folder, log, run), log, run.has("lines") ? 0 : UNLABELLED_START, events);
    }

    private static Path log(Path folder, String name, JsonNode run) {
        if (run.hasNonNull("file")) {
            return folder.resolve(run.get("file").asText());
        }
        Path plain = folder.resolve(name + ".jsonl");
        return Files.exists(plain) ? plain : folder.resolve(name + ".jsonl.gz");
    }

    private static String family(Path folder, Path log, JsonNode run) {
        Path beside = folder.relativize(log).getParent();
        return run.hasNonNull("family") ? run.get("family").asText() : beside == null ? "" : beside.toString();
    }

    private static LabelledEvent event(JsonNode event) {
        if (!event.hasNonNull("signature")) {
            throw new IllegalArgumentException("an event needs a signature, got " + event);
        }
        Mark onset = mark(event, "onset");
        if (onset == null) {
            throw new IllegalArgumentException("an event needs onset_step, got " + event);
        }
        return new LabelledEvent(
                event.get("signature").asText(),
                onset,
                mark(event, "failure"),
                mark(event, "end"),
                event.path("ambiguous").asBoolean() || event.path("weak").asBoolean(),
                event.path("evidence").asText());
    }

    private static @Nullable Mark mark(JsonNode event, String what) {
        JsonNode step = event.get(what + "_step");
        if (step == null || step.isNull()) {
            return null;
        }
        if (!step.canConvertToExactIntegral()) {
            throw new IllegalArgumentException(what + "_step must be an integer, got " + step);
        }
        JsonNode line = event.get(what + "_line");
        return new Mark(step.asLong(), line == null || line.isNull() ? null : line.asInt());
    }
}
