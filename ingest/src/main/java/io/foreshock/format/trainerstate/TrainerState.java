package io.foreshock.format.trainerstate;

import io.foreshock.format.Format;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Hugging Face Trainer's {@code trainer_state.json}. Each checkpoint of a run has one, and each holds the history from
 * the first step on: of a run's folder only the one that got furthest is read.
 */
public final class TrainerState implements Format {
    private static final String FILE = "trainer_state.json";

    private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-\\d+");
    private static final Pattern STEP = Pattern.compile("\"global_step\"\\s*+:\\s*+(\\d{1,18})");

    @Override
    public String name() {
        return "trainer_state.json";
    }

    @Override
    public String needs() {
        return "JSON object with log_history";
    }

    @Override
    public boolean matches(Source source) {
        String text = source.beginningText();
        return text.stripLeading().startsWith("{")
                && (text.contains("\"log_history\"") || source.name().equals(FILE));
    }

    @Override
    public boolean isWrittenAnew() {
        return true;
    }

    @Override
    public TelemetryFile open(Source source, String run) throws IOException {
        return new TrainerStateFile(source, run);
    }

    @Override
    public @Nullable FolderRecording claim(Path folder) throws IOException {
        List<Path> states = new ArrayList<>();
        try (Stream<Path> below = Files.list(folder)) {
            below.filter(path -> CHECKPOINT
                            .matcher(String.valueOf(path.getFileName()))
                            .matches())
                    .map(checkpoint -> checkpoint.resolve(FILE))
                    .filter(Files::isRegularFile)
                    .forEach(states::add);
        }
        if (states.isEmpty()) {
            return null;
        }
        Path ofRun = folder.resolve(FILE);
        if (Files.isRegularFile(ofRun)) {
            states.add(ofRun);
        }
        Path furthest = states.get(0);
        long most = -1;
        for (Path state : states) {
            long step = step(state);
            // At the same step the run's own, which is the last of the list, has the row about the run as a whole.
            if (step >= most) {
                most = step;
                furthest = state;
            }
        }
        return new FolderRecording(List.of(furthest), states);
    }

    /** How far it got: the Trainer writes its fields by name, so this is before the history. */
    private static long step(Path state) throws IOException {
        try (Source source = Source.of(state)) {
            Matcher step = STEP.matcher(source.beginningText());
            return step.find() ? Long.parseLong(step.group(1)) : -1;
        }
    }
}
