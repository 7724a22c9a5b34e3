package io.foreshock.replay;

import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.Signal;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a Prometheus exporter beside the runs would have shown, at the times at which it was so, as OpenMetrics text that
 * {@code promtool tsdb create-blocks-from openmetrics} takes.
 *
 * <pre>
 * foreshock_signal{run,signal}                     a canonical signal; of layers and heads the largest
 * foreshock_run_step{run}                          the step that was judged
 * foreshock_incident_open{run,signature,severity}  1 at each row while an incident is open, 0 when it is over
 * </pre>
 *
 * <p>There are at most as many series a run as there are signals, and signatures times severities. Of rows with the same
 * time the last counts; a row whose time lies before the one of its predecessor is left out and counted. That
 * is so too where several recordings have one run: the series are the run's, whoever recorded them.
 *
 * <p><b>Memory.</b> Values are held in a temporary file: OpenMetrics has them series by series, runs bring them row by
 * row. One thread at a time.
 */
public final class GaugeHistory implements Closeable {
    private static final String SIGNAL = "foreshock_signal";
    private static final String STEP = "foreshock_run_step";
    private static final String INCIDENT = "foreshock_incident_open";

    private final Path file;
    private final SampleStore store;
    private final Map<String, Run> runs = new LinkedHashMap<>();

    private static final class Run {
        private final Map<Signal, SampleStore.Series> signals = new EnumMap<>(Signal.class);
        private final SampleStore.Series steps;
        private final Map<String, List<Turn>> incidents = new TreeMap<>();
        private long time = -1;
        private boolean untimed;
        private long outOfOrder;

        Run(SampleStore store) {
            steps = store.series();
        }
    }

    /** From this time on an incident is open, or it is not. */
    private record Turn(long ts, boolean open) {}

    /** Takes its temporary file from the system's place for such. */
    public GaugeHistory() throws IOException {
        file = Files.createTempFile("foreshock-gauges-", ".bin");
        try {
            store = new SampleStore(file);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /** Takes in a judged row. */
    public void row(StepSignals row) {
        Run run = run(row.run());
        if (row.ts() < 0) {
            run.untimed = true;
            return;
        }
        if (row.ts() < run.time) {
            run.outOfOrder++;
            return;
        }
        run.time = row.ts();
        run.steps.add(row.ts(), (double) row.step());
        row.values()
                .forEach((signal, value) -> run.signals
                        .computeIfAbsent(signal, unseen -> store.series())
                        .add(row.ts(), value));
    }

    /** Takes in a change of an incident; those of a run in the order in which they were told. */
    public void incident(Incident change) {
        if (change.ts() < 0) {
            return;
        }
        Map<String, List<Turn>> incidents = run(change.run()).incidents;
        String labels = label("signature", change.signature()) + ","
                + label("severity", change.severity().name().toLowerCase(Locale.ROOT));
        incidents.forEach((other, turns) -> {
            // The same incident under another severity.
            if (!other.equals(labels) && other.startsWith(label("signature", change.signature()) + ",")) {
                turn(turns, change.ts(), false);
            }
        });
        turn(
                incidents.computeIfAbsent(labels, unseen -> new ArrayList<>()),
                change.ts(),
                change.status() != Status.RESOLVED);
    }

    private static void turn(List<Turn> turns, long ts, boolean open) {
        boolean before = !turns.isEmpty() && turns.get(turns.size() - 1).open();
        if (open != before) {
            turns.add(new Turn(ts, open));
        }
    }

    private Run run(String name) {
        return runs.computeIfAbsent(name, unseen -> new Run(store));
    }

    /** Runs of which some rows had no time and are left out. */
    public List<String> untimed() {
        return runs.entrySet().stream()
                .filter(run -> run.getValue().untimed)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** By run, how many rows were left out because their time lay before that of the row before them; only those above 0. */
    public Map<String, Long> outOfOrder() {
        Map<String, Long> leftOut = new LinkedHashMap<>();
        runs.forEach((name, run) -> {
            if (run.outOfOrder > 0) {
                leftOut.put(name, run.outOfOrder);
            }
        });
        return leftOut;
    }

    /**
     * Writes it all, line by line in UTF-8 without line breaks.
     *
     * @throws IOException when the temporary file fails
     */
    public void writeTo(Consumer<byte[]> lines) throws IOException {
        Consumer<String> out = line -> lines.accept(line.getBytes(StandardCharsets.UTF_8));
        family(out, SIGNAL, "A canonical signal of a run, of layers and heads the largest.");
        for (Map.Entry<String, Run> run : runs.entrySet()) {
            for (Map.Entry<Signal, SampleStore.Series> signal :
                    run.getValue().signals.entrySet()) {
                String series = SIGNAL + "{" + label("run", run.getKey()) + ","
                        + label("signal", signal.getKey().key()) + "} ";
                store.forEach(signal.getValue(), (ts, value) -> out.accept(series + number(value) + seconds(ts)));
            }
        }
        family(out, STEP, "The step of a run that was judged.");
        for (Map.Entry<String, Run> run : runs.entrySet()) {
            String series = STEP + "{" + label("run", run.getKey()) + "} ";
            store.forEach(run.getValue().steps, (ts, step) -> out.accept(series + (long) step + seconds(ts)));
        }
        family(out, INCIDENT, "Whether an incident of a run is open.");
        for (Map.Entry<String, Run> run : runs.entrySet()) {
            for (Map.Entry<String, List<Turn>> incident :
                    run.getValue().incidents.entrySet()) {
                String series = INCIDENT + "{" + label("run", run.getKey()) + "," + incident.getKey() + "} ";
                incident(
                        run.getValue(),
                        incident.getValue(),
                        (ts, open) -> out.accept(series + (long) open + seconds(ts)));
            }
        }
        out.accept("# EOF");
    }

    /** A gauge is seen only as long as it is reported: it is told at each row from its opening to its end. */
    private void incident(Run run, List<Turn> turns, SampleStore.Reader out) throws IOException {
        Telling telling = new Telling(turns, out);
        store.forEach(run.steps, (ts, step) -> telling.row(ts));
        telling.row(Long.MAX_VALUE);
    }

    /** Goes through the times of rows and turns together. */
    private static final class Telling {
        private final List<Turn> turns;
        private final SampleStore.Reader out;
        private int next;
        private boolean open;
        private long told = -1;

        Telling(List<Turn> turns, SampleStore.Reader out) {
            this.turns = turns;
            this.out = out;
        }

        void row(long ts) {
            while (next < turns.size() && turns.get(next).ts() <= ts) {
                long at = turns.get(next).ts();
                while (next < turns.size() && turns.get(next).ts() <= at) {
                    open = turns.get(next++).open();
                }
                tell(at);
            }
            if (open && ts != Long.MAX_VALUE) {
                tell(ts);
            }
        }

        private void tell(long ts) {
            if (ts > told) {
                told = ts;
                out.sample(ts, open ? 1 : 0);
            }
        }
    }

    private static void family(Consumer<String> out, String name, String help) {
        out.accept("# TYPE " + name + " gauge");
        out.accept("# HELP " + name + " " + help);
    }

    private static String label(String name, String value) {
        return name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    private static String number(double value) {
        if (Double.isFinite(value)) {
            return Double.toString(value);
        }
        return Double.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    }

    /**
     * Epoch seconds. Prometheus multiplies them by 1,000 and cuts off the fraction: a millisecond whose nearest double
     * lies below it would become the one before, so a tenth of one is added where that would happen.
     */
    private static String seconds(long millis) {
        String text = " " + millis / 1000 + String.format(Locale.ROOT, ".%03d", millis % 1000);
        return (long) (Double.parseDouble(text) * 1000) == millis ? text : text + "1";
    }

    @Override
    public void close() throws IOException {
        store.close();
        Files.deleteIfExists(file);
    }
}
