package io.foreshock.detect;

import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepAssembler;
import io.foreshock.telemetry.StepSample;
import java.util.Collection;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What one detector costs a row: time, and bytes allocated. A healthy run of {@value #ROWS} rows that carry every
 * signal, per-layer ones {@value #LAYERS} times and per-head ones {@value #HEADS} times that; begun anew each time, so
 * that warm-up is part of it.
 *
 * <p>{@code mvn -q -pl detectors test-compile exec:exec -Dexec.executable=java -Dexec.classpathScope=test
 * -Dexec.args="-cp %classpath io.foreshock.detect.DetectorCost [SLUG…]"}
 */
@org.openjdk.jmh.annotations.State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class DetectorCost {
    static final int ROWS = 2_000;
    static final int LAYERS = 32;
    static final int HEADS = 16;

    @Param("")
    public String slug = "";

    private final Row[] rows = new Row[ROWS];
    private Detector<? extends State> detector;

    @Setup
    public void prepare() {
        Random random = new Random(20_261_124);
        for (int i = 0; i < ROWS; i++) {
            StepSample.Builder sample = StepSample.builder("run", i).ts(1_000L * i);
            for (Signal signal : Signal.values()) {
                add(sample, signal, random);
            }
            int at = i;
            // An assembler lends its row until the next: one each.
            StepAssembler assembler = new StepAssembler();
            assembler.add(sample.build(), row -> {}, rejected -> {});
            assembler.flush(row -> rows[at] = row);
        }
        detector = signature(slug).detector();
    }

    /** The whole run, row by row. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public Object row() {
        return judge(detector);
    }

    private <S extends State> S judge(Detector<S> one) {
        S state = one.start();
        for (Row row : rows) {
            one.observe(state, row, HISTORY, NOBODY);
        }
        return state;
    }

    private static final RunHistory HISTORY = new RunHistory();

    private static final Findings NOBODY = new Findings() {
        @Override
        public void add(Finding finding) {}

        @Override
        public void suspect() {}
    };

    private static void add(StepSample.Builder sample, Signal signal, Random random) {
        double healthy = DetectorContractTest.healthy(0).get(signal).getAsDouble();
        double[][] values = new double[LAYERS][HEADS];
        for (double[] layer : values) {
            for (int head = 0; head < HEADS; head++) {
                layer[head] = healthy * (1 + 0.01 * random.nextGaussian());
            }
        }
        switch (signal.shape()) {
            case SCALAR -> sample.metric(signal.key(), values[0][0]);
            case LAYER -> {
                double[] layers = new double[LAYERS];
                for (int layer = 0; layer < LAYERS; layer++) {
                    layers[layer] = values[layer][0];
                }
                sample.metric(signal.key(), layers);
            }
            case HEAD -> sample.metric(signal.key(), values);
        }
    }

    private static Signature signature(String slug) {
        return Signatures.all().stream()
                .filter(signature -> signature.slug().equals(slug))
                .findFirst()
                .orElseThrow();
    }

    /** Series that the signature's inputs have in a row. */
    private static int series(Signature signature) {
        int series = 0;
        for (Signal signal : Signal.values()) {
            if (signature.inputs().contains(signal) || signature.oneOf().contains(signal)) {
                series += switch (signal.shape()) {
                    case SCALAR -> 1;
                    case LAYER -> LAYERS;
                    case HEAD -> LAYERS * HEADS;
                };
            }
        }
        return Math.max(1, series);
    }

    public static void main(String... slugs) throws RunnerException {
        String[] chosen = slugs.length > 0
                ? slugs
                : Signatures.all().stream().map(Signature::slug).toArray(String[]::new);
        Options options = new OptionsBuilder()
                .include(DetectorCost.class.getName())
                .param("slug", chosen)
                .addProfiler(GCProfiler.class)
                .build();
        Collection<RunResult> results = new Runner(options).run();
        System.out.printf("%n%-28s %6s %10s %10s %8s%n", "signature", "series", "ns a row", "ns a series", "B a row");
        for (RunResult result : results) {
            Signature signature = signature(result.getParams().getParam("slug"));
            double nanos = result.getPrimaryResult().getScore();
            double bytes =
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore();
            System.out.printf(
                    Locale.ROOT,
                    "%-28s %6d %10.0f %10.1f %8.1f%n",
                    signature.slug(),
                    series(signature),
                    nanos,
                    nanos / series(signature),
                    bytes);
        }
    }
}
