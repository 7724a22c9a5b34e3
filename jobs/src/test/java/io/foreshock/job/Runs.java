package io.foreshock.job;

import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.RejectedJson;
import io.foreshock.wire.SignalsJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Recorded runs for the tests, and what a plain loop says of them. */
final class Runs {
    static final long START = 1_763_870_000_000L;
    static final long SECOND = 1_000;

    private Runs() {}

    /** What is known in the tests: all that Foreshock knows, and two signatures that never change. */
    static List<Signature> signatures() {
        List<Signature> signatures = new ArrayList<>(Signatures.all());
        signatures.addAll(TooHigh.signatures());
        return signatures;
    }

    /** Runs of all sorts, mingled: one rank and two, arrays, NaN, a resume, an end, a crash. Deterministic. */
    static List<StepSample> mingled() {
        List<List<StepSample>> runs = new ArrayList<>();
        for (int run = 0; run < 12; run++) {
            runs.add(run("run-" + run, run, 400));
        }
        List<StepSample> mingled = new ArrayList<>();
        Random random = new Random(7);
        int[] next = new int[runs.size()];
        int left = runs.stream().mapToInt(List::size).sum();
        while (left > 0) {
            int run = random.nextInt(runs.size());
            if (next[run] < runs.get(run).size()) {
                mingled.add(runs.get(run).get(next[run]++));
                left--;
            }
        }
        return mingled;
    }

    private static List<StepSample> run(String name, int kind, int steps) {
        List<StepSample> samples = new ArrayList<>();
        Random random = new Random(kind);
        int ranks = kind % 3 == 1 ? 2 : 1;
        long ts = START;
        for (int step = 0; step < steps; step++) {
            ts += SECOND;
            // Goes back once, as from a checkpoint.
            int logged = kind % 4 == 2 && step >= 250 ? step - 50 : step;
            for (int rank = 0; rank < ranks; rank++) {
                double loss = 8 * Math.exp(-step / 100.0) + random.nextGaussian() * 0.1;
                loss += step == 150 || (step >= 300 && kind % 2 == 0) ? 20 : 0;
                loss = kind == 5 && step == 320 ? Double.NaN : loss;
                StepSample.Builder sample = StepSample.builder(name, logged)
                        .rank(rank)
                        .ts(ts)
                        .metric("loss", loss)
                        .metric("grad_norm", Math.exp(random.nextGaussian() * 0.2))
                        .metric("my/metric", step);
                if (kind == 3) {
                    sample.metric("grad_norm/layer", new double[] {1, 2, random.nextDouble()});
                    sample.metric("attention_logit_max", new double[][] {{1, 2}, {3, 10 + step / 10.0}});
                }
                samples.add(sample.build());
            }
        }
        if (kind % 5 == 0) {
            samples.add(StepSample.end(name, 0, RunEnd.FINISHED, ts + 1));
        }
        return samples;
    }

    /** What a job has said: JSON by run, in the order in which it was said. */
    record Said(Map<String, List<String>> incidents, Map<String, List<String>> signals, List<String> rejected) {
        static Said nothing() {
            return new Said(new TreeMap<>(), new TreeMap<>(), new ArrayList<>());
        }
    }

    /** The same samples, judged without Flink. */
    static Said plainLoop(List<StepSample> samples) {
        Said said = Said.nothing();
        Map<String, RunJudge> judges = new HashMap<>();
        for (StepSample sample : samples) {
            judges.computeIfAbsent(sample.run(), run -> new RunJudge(run, signatures()))
                    .observe(sample, into(said));
        }
        return said;
    }

    static Verdicts into(Said said) {
        return new Verdicts() {
            @Override
            public void incident(Incident incident) {
                said.incidents
                        .computeIfAbsent(incident.run(), run -> new ArrayList<>())
                        .add(text(IncidentJson.write(incident)));
            }

            @Override
            public void signals(StepSignals signals) {
                said.signals
                        .computeIfAbsent(signals.run(), run -> new ArrayList<>())
                        .add(text(SignalsJson.write(signals)));
            }

            @Override
            public void rejected(Rejected rejected) {
                said.rejected.add(text(RejectedJson.write(rejected)));
            }
        };
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
