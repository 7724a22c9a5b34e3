package io.foreshock.judge;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Judged by a detector so simple that every step is known: a signal over 10 is info, over 100 a warning, over 1000 critical. */
class RunJudgeTest {
    private final Play play =
            new Play(List.of(level("loss_spike", Signal.LOSS), level("grad_norm_spike", Signal.GRAD_NORM)));

    private static Signature level(String slug, Signal signal) {
        return Signature.named(slug, slug)
                .needs(signal)
                .calmAfter(3)
                .advice("look")
                .detectedBy(new Settings(), settings -> new Level(signal));
    }

    private record Settings() {}

    private record Level(Signal signal) implements Detector<Since> {
        @Override
        public Since start() {
            return new Since();
        }

        @Override
        public void observe(Since since, Row row, RunHistory run, Findings out) {
            double value = row.value(signal);
            if (!(value > 10)) {
                since.step = row.step() + 1;
                if (value > 5) {
                    out.suspect();
                }
                return;
            }
            Severity severity = value > 1_000 ? Severity.CRITICAL : value > 100 ? Severity.WARNING : Severity.INFO;
            out.add(new Finding(signal, signal.key(), severity, since.step, value, 10, "1", null, "value " + value));
        }
    }

    /** Divides by the loss, and forgot that it may be 0. */
    private record Faulty() implements Detector<Since> {
        @Override
        public Since start() {
            return new Since();
        }

        @Override
        public void observe(Since since, Row row, RunHistory run, Findings out) {
            since.step = 1 / (long) row.value(Signal.LOSS);
        }
    }

    private static final class Since implements State {
        private long step;

        @Override
        public void persist(Archive archive) throws IOException {
            step = archive.whole(step);
        }
    }

    private RunJudgeTest losses(long from, double... values) {
        for (int i = 0; i < values.length; i++) {
            play.add(at(from + i).metric("loss", values[i]));
        }
        return this;
    }

    @Test
    void verdictsSayWhatCannotBeJudgedWhatIsQuietAndWhatShows() {
        losses(0, 1, 1);
        assertThat(play.verdicts)
                .containsEntry("loss_spike", Verdict.QUIET)
                .containsEntry("grad_norm_spike", Verdict.NOT_EVALUABLE);
        losses(2, 7);
        assertThat(play.verdicts).containsEntry("loss_spike", Verdict.SUSPECT);
        losses(3, 200);
        assertThat(play.verdicts).containsEntry("loss_spike", Verdict.FIRING);
        losses(4, 1, 1, 1);
        assertThat(play.verdicts).containsEntry("loss_spike", Verdict.QUIET);
    }

    @Test
    void verdictsAreToldWhenTheyChangeAndNowAndThenAll() {
        losses(0, new double[1_002]);

        assertThat(play.signals.get(0).verdicts()).hasSize(2);
        assertThat(play.signals.get(1).verdicts()).isEmpty();
        assertThat(play.signals.get(500).verdicts()).hasSize(2);
        assertThat(play.signals.get(1_000).verdicts()).hasSize(2);
    }

    @Test
    void incidentOpensIsUpdatedWhenItMattersAndResolves() {
        losses(0, 1, 200, 210, 190, 2_500, 2_600, 1, 1, 1, 1);

        assertThat(play.told)
                .extracting(Incident::status)
                .containsExactly(Status.OPEN, Status.UPDATED, Status.RESOLVED);
        assertThat(play.told).extracting(Incident::step).containsExactly(1L, 4L, 8L);
        assertThat(play.told)
                .extracting(Incident::severity)
                .containsExactly(Severity.WARNING, Severity.CRITICAL, Severity.CRITICAL);
        assertThat(play.told).extracting(Incident::id).containsOnly(Incident.id("run", 0, "loss_spike", "loss", 1));
        assertThat(play.told).extracting(Incident::detectedStep).containsOnly(1L);
        assertThat(play.told.get(0).window().steps()).containsExactly(0, 1);
        assertThat(play.told.get(1).window().values()).containsExactly(1, 200, 210, 190, 2_500);
    }

    @Test
    void oneCalmRowDoesNotResolve() {
        losses(0, 1, 200, 1, 1, 200, 1, 1, 200);

        assertThat(play.told).hasSize(1);
    }

    @Test
    void detectorThatFailsIsReportedAndCostsTheOthersNothing() {
        Signature faulty = Signature.named("faulty", "")
                .needs(Signal.LOSS)
                .calmAfter(3)
                .detectedBy(new Settings(), settings -> new Faulty());
        Play both = new Play(List.of(faulty, level("loss_spike", Signal.LOSS)));

        both.add(at(0).metric("loss", 1)).add(at(1).metric("loss", 0)).add(at(2).metric("loss", 200));

        assertThat(both.opened()).extracting(Incident::signature).containsExactly("loss_spike");
        assertThat(both.verdicts).containsEntry("faulty", Verdict.NOT_EVALUABLE);
        assertThat(both.rejected).singleElement().satisfies(rejected -> {
            assertThat(rejected.reason()).isEqualTo(Rejected.Reason.DETECTOR_FAILED);
            assertThat(rejected.detail())
                    .startsWith("faulty failed at step 1 (java.lang.ArithmeticException: / by zero)");
        });
        both.restart().add(at(3).metric("loss", 0));
        assertThat(both.rejected).hasSize(1);
    }

    @Test
    void rowsWithoutTheInputAreNotCalm() {
        losses(0, 1, 200);
        for (int step = 2; step < 50; step++) {
            play.add(at(step).metric("lr", 1));
        }

        assertThat(play.told).hasSize(1);
    }

    @Test
    void infoThatBecomesAWarningArrivesAsOne() {
        losses(0, 1, 50, 60, 300);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED, Status.OPEN);
        assertThat(play.told)
                .extracting(Incident::severity)
                .containsExactly(Severity.INFO, Severity.INFO, Severity.WARNING);
        assertThat(play.last().detectedStep()).isEqualTo(3);
    }

    @Test
    void consequenceNamesItsCause() {
        for (int step = 0; step < 10; step++) {
            play.add(at(step).metric("loss", step < 6 ? 1 : 300).metric("grad_norm", step < 4 ? 1 : 500));
        }

        assertThat(play.opened()).extracting(Incident::signature).containsExactly("grad_norm_spike", "loss_spike");
        assertThat(play.opened().get(0).cause()).isNull();
        assertThat(play.opened().get(1).cause()).isEqualTo(play.opened().get(0).id());
    }

    @Test
    void resumeResolvesAndTheNextAttemptHasItsOwnIds() {
        losses(0, 1, 200, 200);
        play.add(at(1).attempt(1).metric("loss", 200)).add(at(2).attempt(1).metric("loss", 200));

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED, Status.OPEN);
        assertThat(play.told).extracting(Incident::attempt).containsExactly(0, 0, 1);
        assertThat(play.told.get(2).id()).isNotEqualTo(play.told.get(0).id());
    }

    @Test
    void endResolvesAndIsKnown() {
        losses(0, 1, 200);
        play.add(StepSample.end("run", 0, RunEnd.FINISHED, StepSample.NONE));

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.judge.ended()).isTrue();
        losses(2, 200, 200);
        assertThat(play.judge.ended()).isFalse();
        assertThat(play.last().status()).isEqualTo(Status.OPEN);
    }

    @Test
    void endIsARowOfItsOwnAndSaidOnce() {
        play.add(StepSample.end("run", 0, RunEnd.STOPPED, StepSample.NONE));
        assertThat(play.signals).as("of a run without a step").isEmpty();

        losses(7, 1, 1);
        play.add(StepSample.end("run", 0, RunEnd.FAILED, StepSample.NONE));
        play.add(StepSample.end("run", 0, RunEnd.STOPPED, StepSample.NONE));
        losses(9, 1);

        assertThat(play.signals).extracting(StepSignals::step).containsExactly(7L, 8L, 8L, 9L);
        assertThat(play.signals).extracting(StepSignals::end).containsExactly(null, null, RunEnd.FAILED, null);
    }

    @Test
    void endThatComesWithTheLastStepJudgesIt() {
        play.add(at(0).metric("loss", 500));
        play.add(StepSample.end("run", 0, RunEnd.FAILED, StepSample.NONE));

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED);
    }

    @Test
    void sameSamplesGiveTheSameIncidents() {
        assertThat(wild(-1)).isEqualTo(wild(-1)).isNotEmpty();
    }

    @Test
    void restoredAnywhereItGivesTheSameIncidents() {
        List<Incident> expected = wild(-1);
        for (int cut = 0; cut < 300; cut += 23) {
            assertThat(wild(cut)).as("cut at %d", cut).isEqualTo(expected);
        }
    }

    private static List<Incident> wild(int cut) {
        Random random = new Random(8);
        Play play = new Play(List.of(level("loss_spike", Signal.LOSS), level("grad_norm_spike", Signal.GRAD_NORM)));
        long step = 0;
        for (int i = 0; i < 300; i++) {
            step = i == 150 ? 100 : step + 1;
            double loss = random.nextInt(5) == 0 ? Math.exp(10 * random.nextDouble()) : 1;
            double norm = random.nextInt(9) == 0 ? Double.NaN : Math.exp(6 * random.nextDouble());
            if (i == cut) {
                play.restart();
            }
            play.add(at(step).ts(1_000L * i).metric("loss", loss).metric("grad_norm", norm));
        }
        return play.end().told;
    }

    @Test
    void allSignaturesRestoredAnywhereGiveTheSameIncidents() {
        List<Incident> expected = everything(-1);
        assertThat(expected).isNotEmpty();
        for (int cut = 5; cut < 400; cut += 61) {
            assertThat(everything(cut)).as("cut at %d", cut).isEqualTo(expected);
        }
    }

    private static List<Incident> everything(int cut) {
        Random random = new Random(3);
        Play play = new Play(Signatures.all());
        for (int i = 0; i < 400; i++) {
            if (i == cut) {
                play.restart();
            }
            long pause = i == 200 ? 7_200_000 : 0;
            play.add(at(i).ts(1_000L * i + (i >= 200 ? 7_200_000 : pause))
                    .metric("loss", i > 330 && i < 340 ? Double.NaN : 3 - 0.005 * i + 0.05 * random.nextGaussian())
                    .metric("grad_norm", Math.exp(0.1 * random.nextGaussian()))
                    .metric("attention_logit_max", new double[][] {{8, 6 * Math.pow(2, i / 50.0)}}));
        }
        return play.end().told;
    }

    @Test
    void stateOfASignatureThatIsGoneIsSkippedAndANewOneStartsAfresh() {
        losses(0, 1, 200);
        RunJudge fewer =
                Play.restored(play.judge, new RunJudge("run", List.of(level("grad_norm_spike", Signal.GRAD_NORM))));
        Play after = new Play(List.of());
        after.judge = fewer;
        after.add(at(2).metric("loss", 1).metric("grad_norm", 500));
        assertThat(after.opened()).extracting(Incident::signature).containsExactly("grad_norm_spike");

        after.judge = Play.restored(
                fewer,
                new RunJudge(
                        "run", List.of(level("loss_spike", Signal.LOSS), level("grad_norm_spike", Signal.GRAD_NORM))));
        after.add(at(3).metric("loss", 300).metric("grad_norm", 500));
        assertThat(after.opened()).extracting(Incident::signature).containsExactly("grad_norm_spike", "loss_spike");
    }

    @Test
    void stateOfANewerForeshockIsRefusedInWords() {
        byte[] bytes = {0, Archive.VERSION + 1};

        assertThatThrownBy(() -> Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes))))
                .isInstanceOf(IOException.class)
                .hasMessage("state has version " + (Archive.VERSION + 1) + ", this Foreshock reads 1 to "
                        + Archive.VERSION + ": restore it with the version that wrote it, or start without it");
    }

    @Test
    void ranksInAnyOrderGiveTheSameIncidents() {
        assertThat(shuffled(1)).isEqualTo(shuffled(2)).isEqualTo(shuffled(3)).isNotEmpty();
    }

    private static List<Incident> shuffled(long seed) {
        Random order = new Random(seed);
        Play play = new Play(List.of(level("loss_spike", Signal.LOSS)));
        for (int step = 0; step < 60; step++) {
            List<StepSample> ranks = new java.util.ArrayList<>();
            for (int rank = 0; rank < 4; rank++) {
                double loss = step == 40 && rank == 3 ? 5_000 : 1 + 0.1 * rank;
                ranks.add(at(step).rank(rank)
                        .ts(1_000L * step + rank)
                        .metric("loss", loss)
                        .build());
            }
            java.util.Collections.shuffle(ranks, order);
            ranks.forEach(play::add);
        }
        return play.end().told;
    }
}
