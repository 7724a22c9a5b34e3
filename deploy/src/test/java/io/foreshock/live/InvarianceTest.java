package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.backtest.Kin;
import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.state.Archive;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.Parsed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** What must not matter does not: the recorded runs, told in another way, lead to the same incidents. */
class InvarianceTest {
    private static final List<Recording> RUNS = recorded();

    /** Losses have no natural unit: bits, nats, a sum instead of a mean. */
    @Property(tries = 30, seed = "20261124")
    void scalingAllLossesChangesNothing(
            @ForAll("runs") Recording run, @ForAll @DoubleRange(min = 0.01, max = 100) double factor) {
        List<StepSample> scaled = run.samples().stream()
                .map(sample -> mapped(sample, InvarianceTest::isLoss, value -> factor * value))
                .toList();

        assertThat(incidents(scaled)).isEqualTo(incidents(run.samples()));
    }

    /** A trainer may send what it knows of a step piece by piece. */
    @Property(tries = 30, seed = "20261124")
    void splittingAStepOverEventsChangesNothing(@ForAll("runs") Recording run, @ForAll @IntRange(max = 99) int seed) {
        Random random = new Random(seed);
        List<StepSample> pieces = new ArrayList<>();
        for (StepSample sample : run.samples()) {
            List<StepSample> parts = new ArrayList<>();
            for (int i = 0; i < sample.count(); i++) {
                parts.add(withOnly(sample, i));
            }
            Collections.shuffle(parts, random);
            pieces.addAll(parts);
        }
        assertThat(incidents(pieces)).isEqualTo(incidents(run.samples()));
    }

    /** Ranks finish a step in any order. */
    @Property(tries = 30, seed = "20261124")
    void permutingRanksChangesNothing(@ForAll("runs") Recording run, @ForAll @IntRange(max = 99) int seed) {
        Random random = new Random(seed);
        List<StepSample> ordered = new ArrayList<>();
        List<StepSample> shuffled = new ArrayList<>();
        for (StepSample sample : run.samples()) {
            List<StepSample> step = new ArrayList<>();
            for (int rank = 0; rank < 4; rank++) {
                double share = 1 + 0.001 * rank;
                step.add(mapped(ofRank(sample, rank), name -> true, value -> share * value));
            }
            ordered.addAll(step);
            Collections.shuffle(step, random);
            shuffled.addAll(step);
        }
        assertThat(incidents(shuffled)).isEqualTo(incidents(ordered));
    }

    /** A publisher that had to drop events says so beside each metric that it sends from then on. */
    @Property(tries = 30, seed = "20261124")
    void whatThePublisherSaysOfItselfChangesNothing(
            @ForAll("runs") Recording run, @ForAll @IntRange(max = 99) int seed) {
        Random random = new Random(seed);
        EventWriter writer = new EventWriter();
        EventReader reader = new EventReader();
        long since = random.nextInt(run.samples().size());
        long dropped = 0;
        List<StepSample> told = new ArrayList<>();
        for (StepSample sample : run.samples()) {
            dropped += told.size() >= since ? random.nextInt(1_000) : 0;
            byte[] event = writer.write(sample, dropped);
            told.add(((Parsed.Sample) reader.read(event, 0, event.length, null, 0)).sample());
        }

        assertThat(incidents(told)).isEqualTo(incidents(run.samples()));
    }

    /** The job restarts from a checkpoint: nothing is forgotten, nothing told twice. */
    @Property(tries = 30, seed = "20261124")
    void restartingAtAnyRowChangesNothing(
            @ForAll("runs") Recording run, @ForAll @DoubleRange(min = 0, max = 1) double where) {
        int cut = (int) (where * (run.samples().size() - 1));

        assertThat(incidents(run.samples(), cut)).isEqualTo(incidents(run.samples()));
    }

    /**
     * Half the rows hold half the evidence, so alerts come later and short events may be lost; but nothing is seen that
     * was not there, and what lasts is still seen.
     */
    @Property(tries = 16, seed = "20261124")
    void everySecondRowTellsNothingNew(@ForAll("runs") Recording run) {
        List<StepSample> half =
                run.samples().stream().filter(sample -> sample.step() % 2 == 0).toList();

        assertThat(families(half)).isSubsetOf(families(run.samples()));
    }

    @Provide
    static Arbitrary<Recording> runs() {
        return Arbitraries.of(RUNS);
    }

    private static List<Recording> recorded() {
        try {
            return Recording.read(Path.of("runs"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every change of every incident: what it is, where, since when, and at which step it was told. */
    private static List<String> incidents(List<StepSample> samples) {
        return incidents(samples, samples.size());
    }

    private static List<String> incidents(List<StepSample> samples, int cut) {
        List<String> told = new ArrayList<>();
        Verdicts verdicts = new Verdicts() {
            @Override
            public void incident(Incident incident) {
                told.add(incident.status() + " " + incident.severity() + " " + incident.signature() + " on "
                        + incident.series() + " since " + incident.onsetStep() + " at " + incident.step());
            }

            @Override
            public void signals(StepSignals signals) {}

            @Override
            public void rejected(Rejected rejected) {
                throw new AssertionError(rejected.detail());
            }
        };
        RunJudge judge = fresh();
        for (int i = 0; i < samples.size(); i++) {
            judge = i == cut ? restarted(judge) : judge;
            judge.observe(samples.get(i), verdicts);
        }
        judge.flush(verdicts);
        return told;
    }

    private static RunJudge fresh() {
        return new RunJudge("run", Signatures.all());
    }

    private static RunJudge restarted(RunJudge judge) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            judge.persist(Archive.writing(new DataOutputStream(bytes)));
            RunJudge restored = fresh();
            restored.persist(Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()))));
            return restored;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Signatures that were serious, those that tell of the same trouble as one. */
    private static Set<String> families(List<StepSample> samples) {
        return incidents(samples).stream()
                .filter(change -> !change.contains("INFO"))
                .map(change -> change.split(" ")[2])
                .map(slug -> Stream.of("loss_spike", "reward_variance_vanishing", "attention_logit_growth", "kl_blowup")
                        .filter(head -> Kin.of(head, slug))
                        .findFirst()
                        .orElse(slug))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isLoss(String metric) {
        return metric.equals("loss") || metric.startsWith("eval_loss");
    }

    private static StepSample ofRank(StepSample sample, int rank) {
        return rebuilt(sample, rank, metric -> true, (name, value) -> value);
    }

    private static StepSample withOnly(StepSample sample, int metric) {
        return rebuilt(sample, sample.rank(), i -> i == metric, (name, value) -> value);
    }

    private static StepSample mapped(StepSample sample, Predicate<String> metrics, DoubleUnaryOperator change) {
        return rebuilt(
                sample,
                sample.rank(),
                metric -> true,
                (name, value) -> metrics.test(name) ? change.applyAsDouble(value) : value);
    }

    private interface Change {
        double apply(String metric, double value);
    }

    private static StepSample rebuilt(StepSample sample, int rank, IntPredicate keeps, Change change) {
        int[] kept = IntStream.range(0, sample.count()).filter(keeps).toArray();
        return new StepSample(
                sample.run(),
                sample.attempt(),
                rank,
                sample.step(),
                sample.ts(),
                sample.end(),
                IntStream.of(kept).mapToObj(sample::name).toArray(String[]::new),
                IntStream.of(kept).map(sample::layers).toArray(),
                IntStream.of(kept).map(sample::heads).toArray(),
                IntStream.of(kept)
                        .mapToObj(i -> IntStream.range(0, sample.size(i))
                                .mapToDouble(k -> change.apply(sample.name(i), sample.value(i, k))))
                        .flatMapToDouble(values -> values)
                        .toArray(),
                sample.partition(),
                sample.offset());
    }
}
