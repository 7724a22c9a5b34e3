package io.foreshock.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.foreshock.incident.Incident;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.statistics.Written;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every entry of {@link Signatures} keeps to, whatever it looks for. */
class DetectorContractTest {

    private static final int ROWS = 600;

    static List<Signature> signatures() {
        return Signatures.all();
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void saysWhatItIs(Signature signature) {
        assertThat(signature.slug()).matches("[a-z][a-z_]*[a-z]");
        assertThat(signature.title()).isNotBlank();
        assertThat(signature.calm()).isPositive();
        assertThat(signature.advice()).isNotEmpty();
        assertThat(Signatures.all())
                .filteredOn(other -> other.slug().equals(signature.slug()))
                .hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void sameRunSameVerdicts(Signature signature) {
        List<StepSample> run = troubled(7);

        assertThat(judge(signature, run, ROWS)).isEqualTo(judge(signature, run, ROWS));
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void goesOnAsIfItHadNotBeenWrittenDown(Signature signature) {
        for (int seed = 0; seed < 4; seed++) {
            List<StepSample> run = troubled(seed);
            List<Incident> told = judge(signature, run, ROWS);
            // Calm, at the first trouble, in the midst of it, after it.
            for (int cut : new int[] {1, 150, 302, 320, 420, 599}) {
                assertThat(judge(signature, run, cut))
                        .as("seed %d, cut at row %d", seed, cut)
                        .isEqualTo(told);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void toleratesWhateverArrives(Signature signature) {
        double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, -1, 1e308, -1e308, 1e-308};
        Random random = new Random(17);
        List<StepSample> run = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            StepSample.Builder sample = StepSample.builder("run", i).ts(1_000L * i);
            for (Signal signal : Signal.values()) {
                if (random.nextInt(5) > 0) {
                    boolean calm = random.nextBoolean();
                    add(sample, signal, () -> calm ? 1 + random.nextDouble() : odd[random.nextInt(odd.length)]);
                }
            }
            run.add(sample.build());
        }
        assertThatCode(() -> judge(signature, run, ROWS / 2)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void takesAConstantForNoTrouble(Signature signature) {
        List<StepSample> run = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            StepSample.Builder sample = StepSample.builder("run", i).ts(1_000L * i);
            healthy(0).forEach((signal, value) -> add(sample, signal, value));
            run.add(sample.build());
        }
        assertThat(judge(signature, run, ROWS))
                .filteredOn(incident -> incident.severity() != Severity.INFO)
                .filteredOn(incident -> CONSTANT_IS_HEALTHY.contains(incident.signature()))
                .isEmpty();
    }

    /** A loss that stands still, or an update that does, is trouble to some. */
    private static final List<String> CONSTANT_IS_HEALTHY = List.of(
            "loss_spike",
            "loss_divergence",
            "grad_norm_spike",
            "grad_explosion",
            "grad_vanishing",
            "update_collapse",
            "layer_imbalance",
            "sharpness",
            "attention_logit_growth",
            "attention_entropy_collapse",
            "output_logit_drift",
            "activation_growth",
            "expert_collapse",
            "lr_anomaly",
            "non_finite",
            "rank_divergence",
            "step_time_regression",
            "telemetry_stalled",
            "warmup_instability");

    @ParameterizedTest
    @MethodSource("signatures")
    void aRowWithoutItsSignalsChangesNothing(Signature signature) {
        if (signature.inputs().isEmpty() && signature.oneOf().isEmpty()) {
            return;
        }
        List<StepSample> run = troubled(3);
        List<StepSample> interleaved = new ArrayList<>();
        for (StepSample sample : run) {
            interleaved.add(stretched(sample, 2 * sample.step()));
            interleaved.add(StepSample.builder("run", 2 * sample.step() + 1)
                    .ts(sample.ts() + 500)
                    .metric("unheard_of", 1)
                    .build());
        }
        List<StepSample> alone =
                run.stream().map(sample -> stretched(sample, 2 * sample.step())).toList();
        assertThat(openings(signature, interleaved)).isEqualTo(openings(signature, alone));
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void doesNotJudgeTheFirstRow(Signature signature) {
        for (double value : new double[] {0, 1, 1e-9, 40}) {
            StepSample.Builder sample = StepSample.builder("run", 0).ts(1_000);
            for (Signal signal : Signal.values()) {
                add(sample, signal, () -> value);
            }
            assertThat(judge(signature, List.of(sample.build()), 1)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void anOnsetIsNotAfterItsDetection(Signature signature) {
        for (int seed = 0; seed < 4; seed++) {
            assertThat(judge(signature, troubled(seed), ROWS)).allSatisfy(incident -> {
                assertThat(incident.onsetStep()).isBetween(0L, incident.detectedStep());
                assertThat(incident.summary()).isNotBlank().doesNotContain("NaN");
            });
        }
    }

    private static StepSample stretched(StepSample sample, long step) {
        StepSample.Builder builder = StepSample.builder("run", step).ts(sample.ts());
        for (int i = 0; i < sample.count(); i++) {
            copy(sample, i, builder);
        }
        return builder.build();
    }

    private static List<String> openings(Signature signature, List<StepSample> run) {
        return judge(signature, run, run.size()).stream()
                .filter(incident -> incident.status() == Incident.Status.OPEN)
                .map(incident -> incident.onsetStep() + " " + incident.detectedStep() + " " + incident.summary())
                .toList();
    }

    /** Judges the run; at row {@code cut} the judge is written down and another one goes on. */
    private static List<Incident> judge(Signature signature, List<StepSample> run, int cut) {
        List<Incident> told = new ArrayList<>();
        Verdicts verdicts = new Verdicts() {
            @Override
            public void incident(Incident incident) {
                told.add(incident);
            }

            @Override
            public void signals(StepSignals signals) {}

            @Override
            public void rejected(Rejected rejected) {}
        };
        RunJudge judge = new RunJudge("run", List.of(signature));
        for (int i = 0; i < run.size(); i++) {
            if (i == cut) {
                judge = Written.andRead(judge, new RunJudge("run", List.of(signature)));
            }
            judge.observe(run.get(i), verdicts);
        }
        judge.observe(StepSample.end("run", 0, RunEnd.FINISHED, StepSample.NONE), verdicts);
        return told;
    }

    /** Healthy for 300 rows, then each signal goes its own wrong way, then a resume and some peace. */
    private static List<StepSample> troubled(int seed) {
        Random random = new Random(seed);
        Map<Signal, UnaryOperator<Double>> fates = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            double factor = Math.exp(4 * random.nextGaussian());
            double growth = Math.exp(0.05 * random.nextGaussian());
            fates.put(
                    signal,
                    switch (random.nextInt(3)) {
                        case 0 -> row -> factor;
                        case 1 -> row -> Math.pow(growth, row - 300);
                        default -> row -> row % 40 < 3 ? factor : 1;
                    });
        }
        List<StepSample> run = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            int row = i;
            long step = i < 450 ? i : i - 30;
            StepSample.Builder sample =
                    StepSample.builder("run", step).attempt(i < 450 ? 0 : 1).ts(1_000L * i);
            boolean wrong = i >= 300 && i < 400;
            healthy(random.nextGaussian()).forEach((signal, healthy) -> {
                double fate = wrong ? fates.get(signal).apply((double) row) : 1;
                add(sample, signal, () -> healthy.getAsDouble() * fate * (1 + 0.02 * random.nextGaussian()));
            });
            if (seed > 0) {
                // A pre-training run: nothing that tells of reward or preference.
                run.add(without(sample.build()));
            } else {
                run.add(sample.build());
            }
        }
        return run;
    }

    private static StepSample without(StepSample sample) {
        StepSample.Builder builder = StepSample.builder("run", sample.step())
                .attempt(sample.attempt())
                .ts(sample.ts());
        for (int i = 0; i < sample.count(); i++) {
            if (!sample.name(i).startsWith("reward") && !sample.name(i).startsWith("logps")) {
                copy(sample, i, builder);
            }
        }
        return builder.build();
    }

    private static void copy(StepSample from, int metric, StepSample.Builder into) {
        int heads = Math.max(1, from.heads(metric));
        double[][] values = new double[Math.max(1, from.layers(metric))][heads];
        for (int k = 0; k < from.size(metric); k++) {
            values[k / heads][k % heads] = from.value(metric, k);
        }
        if (from.layers(metric) == 0) {
            into.metric(from.name(metric), values[0][0]);
        } else if (from.heads(metric) == 0) {
            into.metric(
                    from.name(metric),
                    Arrays.stream(values).mapToDouble(layer -> layer[0]).toArray());
        } else {
            into.metric(from.name(metric), values);
        }
    }

    static Map<Signal, DoubleSupplier> healthy(double noise) {
        Map<Signal, DoubleSupplier> values = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            double value = switch (signal) {
                case LR -> 3e-4;
                case ATTENTION_LOGIT_MAX, OUTPUT_LOGIT_MAX -> 8;
                case SKIPPED_STEP, FRAC_REWARD_ZERO_STD, CLIPPED_RATIO -> 0;
                case ADAM_EPS -> 1e-8;
                case REWARD_MEAN, REWARDS_ACCURACY, TRAIN_ACC, EVAL_ACC, EXPERT_SHARE -> 0.6;
                default -> 2;
            };
            values.put(signal, () -> value * (1 + 0.01 * noise));
        }
        return values;
    }

    private static void add(StepSample.Builder sample, Signal signal, DoubleSupplier value) {
        switch (signal.shape()) {
            case SCALAR -> sample.metric(signal.key(), value.getAsDouble());
            case LAYER -> sample.metric(signal.key(), new double[] {value.getAsDouble(), value.getAsDouble()});
            case HEAD -> sample.metric(signal.key(), new double[][] {{value.getAsDouble()}, {value.getAsDouble()}});
        }
    }
}
