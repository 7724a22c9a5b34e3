package io.foreshock.live;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** A Python process that uses the client as it lies in the repository, and what it prints. */
public final class Python implements AutoCloseable {
    /** An interpreter that has what training needs: torch, transformers, trl, Lightning, tensorboard, wandb. */
    private static final String VARIABLE = "FORESHOCK_PYTHON";

    private final Process process;
    private final List<String> printed = new CopyOnWriteArrayList<>();
    private final Thread reader = new Thread(this::read, "python-output");

    private Python(Process process) {
        this.process = process;
        reader.setDaemon(true);
        reader.start();
    }

    /** The repository's folder of the client. */
    public static Path client() {
        return Path.of("..", "ingest", "python").toAbsolutePath().normalize();
    }

    /** The system's interpreter; skips the test, saying so, on a machine that has none. */
    public static String plain() {
        Program.require("python3", "python3");
        return "python3";
    }

    /** One that trains; skips the test, saying so, where there is none. */
    public static String forTraining() {
        String python = System.getenv(VARIABLE);
        Assumptions.assumeTrue(
                python != null && Files.isExecutable(Path.of(python)),
                "no " + VARIABLE
                        + ": an interpreter with ingest/python/requirements-training.txt, which .ci/run makes");
        return String.valueOf(python);
    }

    /** Starts a script. */
    public static Python start(String interpreter, Path folder, Map<String, String> environment, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(interpreter));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("PYTHONPATH", client().resolve("src").toString());
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        builder.environment().putAll(environment);
        return new Python(builder.start());
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
                printed.add(line);
            }
        } catch (IOException e) {
            printed.add("output ended: " + e);
        }
    }

    /** What it has printed so far. */
    public List<String> printed() {
        return List.copyOf(printed);
    }

    /** Waits until it has printed this line. */
    public void awaitLine(String line, Duration patience) throws InterruptedException {
        Judged.await(patience, () -> printed.contains(line) || !process.isAlive());
        if (!printed.contains(line)) {
            throw new AssertionError("it did not print " + line + ", but " + printed);
        }
    }

    /** Waits for its end, and returns all that it printed. */
    public List<String> awaitEnd(Duration patience) throws InterruptedException {
        Judged.await(patience, () -> !process.isAlive());
        reader.join(patience.toMillis());
        if (process.exitValue() != 0) {
            throw new AssertionError("it ended with " + process.exitValue() + ": " + String.join("\n", printed));
        }
        return printed();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
