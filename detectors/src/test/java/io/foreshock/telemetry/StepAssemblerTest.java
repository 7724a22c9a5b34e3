package io.foreshock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.foreshock.state.Archive;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StepAssemblerTest {
    private StepAssembler assembler = new StepAssembler();
    private final List<String> rows = new ArrayList<>();
    private final List<Rejected> rejects = new ArrayList<>();

    private static StepSample.Builder at(long step) {
        return StepSample.builder("run", step);
    }

    private StepAssemblerTest add(StepSample.Builder sample) {
        return add(sample.build());
    }

    private StepAssemblerTest add(StepSample sample) {
        assembler.add(sample, row -> rows.add(text(row)), rejects::add);
        return this;
    }

    private List<String> end() {
        assembler.flush(row -> rows.add(text(row)));
        return rows;
    }

    /** Everything a row says, metrics in the order of their names. */
    private static String text(Row row) {
        TreeMap<String, String> metrics = new TreeMap<>();
        for (int i = 0; i < row.count(); i++) {
            StringBuilder values = new StringBuilder();
            for (int k = 0; k < row.size(i); k++) {
                double value = row.value(i, k);
                values.append(k == 0 ? "" : ",").append(StepSample.isAbsent(value) ? "absent" : String.valueOf(value));
            }
            metrics.put(row.name(i), values.toString());
        }
        String ts = row.ts() == StepSample.NONE ? "" : " ts " + row.ts();
        return row.attempt() + ":" + row.step() + (row.resumed() ? " resumed" : "") + " x" + row.ranks() + ts + " "
                + metrics;
    }

    @Test
    void nothingGivesNoRow() {
        assertThat(end()).isEmpty();
    }

    @Test
    void oneRankIsJudgedWithoutDelayFromTheSecondStepOn() {
        add(at(0).metric("loss", 3));
        assertThat(rows).isEmpty();
        add(at(1).metric("loss", 2));
        assertThat(rows).containsExactly("0:0 x1 {loss=3.0}", "0:1 x1 {loss=2.0}");
        add(at(2).metric("loss", 1));
        assertThat(rows).hasSize(3);
    }

    @Test
    void ranksAreMeansAndMaximaWhateverTheirOrder() {
        add(at(0).rank(2).metric("loss", 6).metric("attention_logit_max", 9));
        add(at(0).rank(0).metric("loss", 1).metric("attention_logit_max", 30));
        add(at(0).rank(1).metric("loss", 2).metric("attention_logit_max", 4));

        assertThat(end()).containsExactly("0:0 x3 {attention_logit_max=30.0, loss=3.0}");
    }

    @Test
    void whatTheRanksDroppedIsAddedUp() {
        add(at(0).rank(0).metric("loss", 1).metric("events_dropped", 5));
        add(at(0).rank(1).metric("loss", 2));
        add(at(0).rank(2).metric("loss", 3).metric("events_dropped", 30));

        assertThat(end()).containsExactly("0:0 x3 {events_dropped=35.0, loss=2.0}");
    }

    @Test
    void lateRankIsAwaitedAndADeadOneGivenUp() {
        for (int step = 0; step < 30; step++) {
            add(at(step).rank(0).metric("loss", 1));
            if (step < 10) {
                add(at(step).rank(1).metric("loss", 3));
            }
        }

        // The ninth open step closes the first; from then on only rank 0 is expected.
        assertThat(rows).hasSize(30);
        assertThat(rows.get(9)).isEqualTo("0:9 x2 {loss=2.0}");
        assertThat(rows.get(10)).isEqualTo("0:10 x1 {loss=1.0}");
    }

    @Test
    void newRankJoins() {
        for (int step = 0; step < 10; step++) {
            add(at(step).rank(0).metric("loss", 1));
            if (step >= 5) {
                add(at(step).rank(1).metric("loss", 3));
            }
        }

        assertThat(end()).contains("0:9 x2 {loss=2.0}");
    }

    @Test
    void repeatsAreCountedAndDropped() {
        add(at(0).metric("loss", 3))
                .add(at(0).metric("loss", 4))
                .add(at(1).metric("loss", 2))
                .add(at(1).metric("loss", 9));

        assertThat(end()).containsExactly("0:0 x1 {loss=3.0}", "0:1 x1 {loss=2.0}");
        assertThat(assembler.repeats()).isEqualTo(2);
    }

    @Test
    void metricsOfOneStepInSeveralEventsMakeOneRow() {
        for (int step = 0; step < 4; step++) {
            add(at(step).metric("loss", 1));
            add(at(step).metric("grad_norm", 2));
        }

        assertThat(end()).hasSize(4).allMatch(row -> row.contains("grad_norm=2.0, loss=1.0"));
    }

    @Test
    void evaluationThatComesLateMakesARowOfItsOwn() {
        for (int step = 0; step < 10; step++) {
            add(at(step).metric("loss", 1));
        }
        add(at(4).metric("eval_loss", 2)).add(at(10).metric("loss", 1));

        assertThat(end()).contains("0:4 x1 {eval_loss=2.0}");
        assertThat(assembler.attempt()).isZero();
        assertThat(assembler.late()).isZero();
    }

    @Test
    void earlierStepWithALaterTimeIsAResume() {
        add(at(0).ts(100).metric("loss", 3))
                .add(at(1).ts(200).metric("loss", 2))
                .add(at(2).ts(300).metric("loss", 1));
        add(at(1).ts(900).metric("loss", 5)).add(at(2).ts(1_000).metric("loss", 4));

        assertThat(end()).endsWith("1:1 resumed x1 ts 900 {loss=5.0}", "1:2 x1 ts 1000 {loss=4.0}");
    }

    @Test
    void earlierStepWithAnEarlierTimeIsARepeat() {
        add(at(0).ts(100).metric("loss", 3))
                .add(at(1).ts(200).metric("loss", 2))
                .add(at(2).ts(300).metric("loss", 1));
        add(at(1).ts(200).metric("loss", 2));

        assertThat(end()).hasSize(3);
        assertThat(assembler.repeats()).isEqualTo(1);
    }

    @Test
    void earlierStepWithoutTimesIsAResume() {
        add(at(0).metric("loss", 3))
                .add(at(1).metric("loss", 2))
                .add(at(2).metric("loss", 1))
                .add(at(0).metric("loss", 3));

        assertThat(end()).endsWith("1:0 resumed x1 {loss=3.0}");
    }

    @Test
    void higherAttemptIsAResumeEvenWhereStepsGoOn() {
        add(at(0).metric("loss", 3))
                .add(at(1).metric("loss", 2))
                .add(at(2).attempt(1).metric("loss", 1));

        assertThat(end()).endsWith("1:2 resumed x1 {loss=1.0}");
    }

    @Test
    void ranksFollowIntoTheNewAttemptAndTheOldOneIsOver() {
        for (int step = 0; step < 5; step++) {
            add(at(step).rank(0).metric("loss", 1)).add(at(step).rank(1).metric("loss", 3));
        }
        add(at(2).rank(0).attempt(1).metric("loss", 1));
        add(at(5).rank(1).metric("loss", 3));
        add(at(2).rank(1).attempt(1).metric("loss", 3));
        add(at(3).rank(0).attempt(1).metric("loss", 1))
                .add(at(3).rank(1).attempt(1).metric("loss", 3));

        assertThat(end()).endsWith("1:2 resumed x2 {loss=2.0}", "1:3 x2 {loss=2.0}");
        assertThat(assembler.late()).isEqualTo(1);
    }

    @Test
    void nanInOneRankIsEvidenceAndAbsentIsNone() {
        add(at(0).rank(0).metric("loss", 1).metric("grad_norm/layer", new double[] {1, StepSample.ABSENT}));
        add(at(0).rank(1).metric("loss", Double.NaN).metric("grad_norm/layer", new double[] {3, StepSample.ABSENT}));
        add(at(0).rank(2).metric("loss", 1).metric("grad_norm/layer", new double[] {StepSample.ABSENT, StepSample.ABSENT
        }));

        assertThat(end()).containsExactly("0:0 x3 {grad_norm/layer=2.0,absent, loss=NaN}");
    }

    @Test
    void namesBeyondTheLimitAreRejectedTheOthersKept() {
        for (int i = 0; i < StepAssembler.MAX_NAMES; i++) {
            add(at(0).metric("m" + i, 1));
        }
        add(at(1).metric("m0", 1).metric("one too many", 1));

        assertThat(rejects).hasSize(1);
        assertThat(rejects.get(0).reason()).isEqualTo(Rejected.Reason.TOO_MANY_SERIES);
        assertThat(rejects.get(0).detail()).contains("'one too many'").contains("2000 metric names");
        assertThat(end()).last().isEqualTo("0:1 x1 {m0=1.0}");
    }

    @Test
    void writtenDownAndReadBackItGoesOnTheSame() throws IOException {
        List<StepSample> samples = log(new Random(4), 4, 60);
        for (StepSample sample : samples) {
            add(sample);
        }
        List<String> expected = List.copyOf(end());
        for (int cut = 0; cut < samples.size(); cut += 7) {
            assembler = new StepAssembler();
            rows.clear();
            for (int i = 0; i < samples.size(); i++) {
                if (i == cut) {
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    assembler.persist(Archive.writing(new DataOutputStream(bytes)));
                    assembler = new StepAssembler();
                    assembler.persist(
                            Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()))));
                }
                add(samples.get(i));
            }
            assertThat(end()).as("cut at %d", cut).isEqualTo(expected);
        }
    }

    /** Steps in order; within a step the events of all ranks are shuffled. Rank 3 dies, rank 4 comes, the run resumes once. */
    private static List<StepSample> log(Random random, int ranks, int steps) {
        Random values = new Random(9);
        List<StepSample> log = new ArrayList<>();
        long ts = 1_000;
        for (int i = 0; i < steps; i++) {
            int step = i < steps / 2 ? i : i - 5;
            int attempt = i < steps / 2 ? 0 : 1;
            ts += 1_000;
            List<StepSample> events = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                if (rank == 3 && i > steps / 4) {
                    continue;
                }
                StepSample.Builder first = at(step).rank(rank).attempt(attempt).ts(ts + rank);
                events.add(first.metric("loss", values.nextInt(20) == 0 ? Double.NaN : values.nextDouble())
                        .build());
                StepSample.Builder second = at(step).rank(rank).attempt(attempt).ts(ts + rank);
                second.metric("grad_norm/layer", new double[] {values.nextDouble(), values.nextDouble()});
                second.metric("activation_max", values.nextDouble());
                if (i % 10 == 0) {
                    second.metric("eval_loss", values.nextDouble());
                }
                events.add(second.build());
            }
            Collections.shuffle(events, random);
            log.addAll(events);
        }
        return log;
    }

    @Property(tries = 60)
    void anyOrderOfRanksWithinAStepGivesIdenticalRows(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int ranks) {
        StepAssemblerTest one = new StepAssemblerTest();
        log(new Random(0), ranks, 40).forEach(one::add);
        StepAssemblerTest other = new StepAssemblerTest();
        log(new Random(seed), ranks, 40).forEach(other::add);

        assertThat(other.end()).isEqualTo(one.end());
    }

    @Property(tries = 60)
    void nothingIsLostOrInvented(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int ranks) {
        Random random = new Random(seed);
        double sum = 0;
        double[] seen = new double[1];
        for (int step = 0; step < 50; step++) {
            for (int rank = 0; rank < ranks; rank++) {
                double value = random.nextDouble();
                sum += value / ranks;
                assembler.add(
                        at(step).rank(rank).metric("loss", value).build(),
                        row -> seen[0] += row.value(Signal.LOSS),
                        rejects::add);
            }
        }
        assembler.flush(row -> seen[0] += row.value(Signal.LOSS));

        assertThat(seen[0]).isCloseTo(sum, within(1e-9));
        assembler = new StepAssembler();
    }
}
