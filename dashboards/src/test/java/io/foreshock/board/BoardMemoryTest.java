package io.foreshock.board;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.Signal;
import io.foreshock.wire.SignalsJson;
import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What the list of runs takes in memory: {@code mvn -q -pl dashboards -am test -Dtest=BoardMemoryTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dforeshock.memory=1000}, the number of runs, prints it. Each has {@value #ROWS} rows of
 * {@value #SIGNALS} signals, verdicts of all signatures, and {@value #INCIDENTS} incidents that opened, were updated and resolved.
 */
class BoardMemoryTest {
    private static final int ROWS = 2_000;
    private static final int SIGNALS = 15;
    private static final int INCIDENTS = 10;

    @Test
    void runsTakeWhatTheirTimelinesMayHold() {
        String runs = System.getProperty("foreshock.memory");
        assumeTrue(runs != null, "measures only when it is asked to: -Dforeshock.memory=1000");
        int count = Integer.parseInt(runs);
        long before = used();
        RunBoard board = new RunBoard(() -> Told.START);
        for (int run = 0; run < count; run++) {
            fill(board, "llama-7b-sweep-" + run);
        }
        long bytes = used() - before;

        System.out.printf(
                "%,d runs of %,d rows: %,d MB, %,d kB a run%n", count, ROWS, bytes >> 20, bytes / count >> 10);
        assertThat(board.size()).isEqualTo(count);
    }

    private static void fill(RunBoard board, String run) {
        for (int step = 0; step < ROWS; step++) {
            Map<Signal, Double> values = new EnumMap<>(Signal.class);
            for (Signal signal : List.of(Signal.values()).subList(0, SIGNALS)) {
                values.put(signal, Math.sin(step * 0.01 + signal.ordinal()));
            }
            Map<String, Verdict> verdicts = new TreeMap<>();
            Map<String, List<String>> missing = new TreeMap<>();
            if (step % 500 == 0) {
                for (Signature signature : Signatures.all()) {
                    verdicts.put(signature.slug(), Verdict.NOT_EVALUABLE);
                    missing.put(signature.slug(), List.of("kl or kl_token"));
                }
            }
            // As it is read: no text of one row is that of another.
            StepSignals row = SignalsJson.read(
                    SignalsJson.write(new StepSignals(run, 0, step, Told.at(step), values, verdicts, missing, null)));
            board.row(row, Told.START, true);
        }
        for (int i = 0; i < INCIDENTS; i++) {
            for (Status status : Status.values()) {
                Incident change = Told.incident(
                        run, "loss_spike", Severity.WARNING, status, 400L * i, 400L * i + status.ordinal());
                board.incident(change, Told.START, true);
            }
        }
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
