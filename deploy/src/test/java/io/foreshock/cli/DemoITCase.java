package io.foreshock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The demo as people run it: a process of its own. */
class DemoITCase {
    private static final Pattern PORT = Pattern.compile("Kafka \\(127\\.0\\.0\\.1:(\\d+)\\)");

    @TempDir
    Path temporary;

    private Process process;

    @AfterEach
    void stop() {
        process.destroyForcibly();
    }

    @Test
    void playsToTheEndAndLeavesNothingBehind() throws Exception {
        start("--speed", "max", "--only", "ramp_0.3|spike_random|sched_wsd|rlv_solved");

        List<String> lines = readUntil("neverSaid");

        assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
        assertThat(lines)
                .anyMatch(line -> line.startsWith("OPEN ") && line.contains("attention_logit_growth  ramp_0.3_s3"));
        assertThat(lines).anyMatch(line -> line.startsWith("OPEN ") && line.contains("spike_random1_s20  step 400"));
        assertThat(lines).anyMatch(line -> line.matches("sched_wsd_s71 .*stayed healthy, and nobody was called"));
        assertThat(lines)
                .anyMatch(line -> line.matches("ramp_0.3_s3 .*warned [\\d,]+ steps before the harm at step 483"));
        assertThatNothingIsLeft(port(lines));
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void aSignalEndsItAtOnce(String signal, int exitCode) throws Exception {
        start("--only", "lr_0.1_s0", "--speed", "20");
        List<String> lines = readUntil("OPEN ");
        long began = System.nanoTime();

        new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                .start()
                .waitFor();

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        // Two seconds on a machine of its own.
        assertThat((System.nanoTime() - began) / 1e9).isLessThan(4);
        assertThat(process.exitValue()).isEqualTo(exitCode);
        assertThatNothingIsLeft(port(lines));
    }

    private void start(String... arguments) throws IOException {
        // A shell that starts jobs in the background has them ignore SIGINT, and Java honours what it inherits.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx600m",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Foreshock.class.getName(),
                "demo",
                "--runs",
                "runs"));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Up to the line that starts with this, or to the end. */
    private List<String> readUntil(String start) throws IOException {
        List<String> lines = new ArrayList<>();
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            lines.add(line);
            if (line.startsWith(start)) {
                break;
            }
        }
        return lines;
    }

    private static int port(List<String> lines) {
        Matcher port = PORT.matcher(String.join("\n", lines));
        assertThat(port.find()).as(String.join("\n", lines)).isTrue();
        return Integer.parseInt(port.group(1));
    }

    private void assertThatNothingIsLeft(int port) throws IOException {
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left.filter(path -> !path.getFileName().toString().startsWith("hsperfdata")))
                    .isEmpty();
        }
    }
}
