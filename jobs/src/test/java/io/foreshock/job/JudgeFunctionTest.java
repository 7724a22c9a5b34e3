package io.foreshock.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.job.Runs.Said;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The judge's operator with a clock that is cranked by hand. Its clock runs a day ahead of the trainers'. */
class JudgeFunctionTest {
    private static final long AHEAD = Duration.ofDays(1).toMillis();
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long DAYS_7 = Duration.ofDays(7).toMillis();

    private KeyedOneInputStreamOperatorTestHarness<String, StepSample, Outgoing> operator;

    @BeforeEach
    void open() throws Exception {
        operator = operator();
        operator.open();
        operator.setProcessingTime(Runs.START + AHEAD);
    }

    @AfterEach
    void close() throws Exception {
        operator.close();
    }

    @Test
    void silenceIsToldWhenItIsDueAndAgainWhenItMeansMore() throws Exception {
        report("a", 0, 10);
        long last = Runs.START + 9 * Runs.SECOND + AHEAD;

        operator.setProcessingTime(last + TooHigh.PATIENCE - 1);
        assertThat(incidents()).isEmpty();

        operator.setProcessingTime(last + TooHigh.PATIENCE);
        assertThat(incidents()).extracting(Incident::signature).containsExactly("hush");
        assertThat(incidents().get(0).onsetStep()).isEqualTo(9);

        operator.setProcessingTime(last + 10 * TooHigh.PATIENCE - 1);
        assertThat(incidents()).hasSize(1);

        operator.setProcessingTime(last + 100 * TooHigh.PATIENCE);
        assertThat(incidents()).extracting(Incident::severity).containsExactly(Severity.WARNING, Severity.CRITICAL);
    }

    @Test
    void aStepThatWaitsForItsRankIsJudgedBeforeTheSilence() throws Exception {
        report("a", 0, 10);
        // The first step waits for the second; the tenth has been judged with the ninth's metrics as the measure.
        operator.processElement(new StreamRecord<>(StepSample.builder("a", 10)
                .ts(Runs.START + 10 * Runs.SECOND)
                .metric("eval_loss", 1)
                .build()));
        assertThat(judgedSteps()).doesNotContain(10L);

        operator.setProcessingTime(Runs.START + 10 * Runs.SECOND + AHEAD + TooHigh.PATIENCE);

        assertThat(judgedSteps()).contains(10L);
        assertThat(incidents()).extracting(Incident::onsetStep).containsExactly(10L);
    }

    @Test
    void aRunThatReportsInTimeHasOneTimerAndIsNotSilent() throws Exception {
        for (int step = 0; step < 200; step++) {
            report("a", step, 1);
            report("b", step, 1);
        }

        assertThat(incidents()).isEmpty();
        assertThat(operator.numProcessingTimeTimers()).isEqualTo(2);
    }

    @Test
    void anEndedRunIsNoStallAndIsForgottenAfterAnHour() throws Exception {
        report("a", 0, 10);
        end("a", 10);
        long end = Runs.START + AHEAD + 10 * Runs.SECOND;

        operator.setProcessingTime(end + HOUR - 1);
        assertThat(operator.numKeyedStateEntries()).isEqualTo(1);
        operator.setProcessingTime(end + HOUR);

        assertThat(operator.numKeyedStateEntries()).isZero();
        assertThat(operator.numProcessingTimeTimers()).isZero();
        assertThat(incidents()).isEmpty();
    }

    @Test
    void aRunSilentForAWeekIsForgottenAndItsIncidentsResolved() throws Exception {
        report("a", 0, 10);
        long last = Runs.START + AHEAD + 9 * Runs.SECOND;

        operator.setProcessingTime(last + DAYS_7 - 1);
        assertThat(incidents())
                .extracting(Incident::status)
                .containsExactly(Incident.Status.OPEN, Incident.Status.UPDATED);
        operator.setProcessingTime(last + DAYS_7);

        assertThat(incidents())
                .extracting(Incident::status)
                .containsExactly(Incident.Status.OPEN, Incident.Status.UPDATED, Incident.Status.RESOLVED);
        assertThat(operator.numKeyedStateEntries()).isZero();
        assertThat(operator.numProcessingTimeTimers()).isZero();
    }

    @Test
    void aRunThatComesBackAfterItWasForgottenStartsAfresh() throws Exception {
        report("a", 0, 10);
        end("a", 10);
        operator.setProcessingTime(Runs.START + AHEAD + 2 * HOUR);

        // Step 0 again, which the judge of before would have taken for a repeat.
        report("a", 0, 3);

        assertThat(judgedSteps().subList(10, judgedSteps().size())).containsExactly(0L, 1L, 2L);
        assertThat(operator.numKeyedStateEntries()).isEqualTo(1);
    }

    @Test
    void afterARestoreSilenceCountsFromTheRestore() throws Exception {
        report("a", 0, 10);
        OperatorSubtaskState snapshot = operator.snapshot(1, 1);
        operator.close();
        // The job was down for an hour.
        long up = Runs.START + AHEAD + HOUR;
        operator = operator();
        operator.initializeState(snapshot);
        operator.open();

        operator.setProcessingTime(up);
        assertThat(incidents()).isEmpty();
        operator.setProcessingTime(up + TooHigh.PATIENCE - 1);
        assertThat(incidents()).isEmpty();
        operator.setProcessingTime(up + TooHigh.PATIENCE);
        assertThat(incidents()).extracting(Incident::signature).containsExactly("hush");
    }

    @Test
    void restoredAtAnyPointItSaysTheSame() throws Exception {
        List<StepSample> samples = Runs.mingled();
        Said expected = Runs.plainLoop(samples);
        Said said = Said.nothing();
        for (int i = 0; i < samples.size(); i++) {
            operator.processElement(new StreamRecord<>(samples.get(i)));
            if (i % 977 == 976) {
                OperatorSubtaskState snapshot = operator.snapshot(i, i);
                collect(said);
                operator.close();
                operator = operator();
                operator.initializeState(snapshot);
                operator.open();
                operator.setProcessingTime(Runs.START + AHEAD);
            }
        }
        collect(said);

        assertThat(said).isEqualTo(expected);
    }

    private static KeyedOneInputStreamOperatorTestHarness<String, StepSample, Outgoing> operator() throws Exception {
        return new KeyedOneInputStreamOperatorTestHarness<>(
                new KeyedProcessOperator<>(new JudgeFunction(Runs::signatures, JobSettings.DEFAULT)),
                StepSample::run,
                Types.STRING,
                ForeshockJob.MAX_PARALLELISM,
                1,
                0);
    }

    /** Steps a second apart, as they happen. */
    private void report(String run, int from, int count) throws Exception {
        for (int step = from; step < from + count; step++) {
            long ts = Runs.START + step * Runs.SECOND;
            if (ts + AHEAD > operator.getProcessingTime()) {
                operator.setProcessingTime(ts + AHEAD);
            }
            operator.processElement(new StreamRecord<>(
                    StepSample.builder(run, step).ts(ts).metric("loss", 2).build()));
        }
    }

    private void end(String run, int step) throws Exception {
        long ts = Runs.START + step * Runs.SECOND;
        operator.setProcessingTime(ts + AHEAD);
        operator.processElement(new StreamRecord<>(StepSample.end(run, 0, RunEnd.FINISHED, ts)));
    }

    private List<Incident> incidents() {
        List<Incident> incidents = new ArrayList<>();
        operator.extractOutputValues().forEach(outgoing -> {
            Incident incident = IncidentJson.read(outgoing.value());
            if (incident.signature().equals("hush") || incident.signature().equals("too_high")) {
                incidents.add(incident);
            }
        });
        return incidents;
    }

    private List<Long> judgedSteps() {
        return side(JudgeFunction.SIGNALS).stream()
                .map(outgoing -> SignalsJson.read(outgoing.value()).step())
                .toList();
    }

    private List<Outgoing> side(OutputTag<Outgoing> tag) {
        Queue<StreamRecord<Outgoing>> side = operator.getSideOutput(tag);
        return side == null
                ? List.of()
                : side.stream().map(StreamRecord::getValue).toList();
    }

    private void collect(Said said) {
        for (Outgoing alert : operator.extractOutputValues()) {
            said.incidents()
                    .computeIfAbsent(IncidentJson.read(alert.value()).run(), run -> new ArrayList<>())
                    .add(Runs.text(alert.value()));
        }
        for (Outgoing row : side(JudgeFunction.SIGNALS)) {
            said.signals()
                    .computeIfAbsent(SignalsJson.read(row.value()).run(), run -> new ArrayList<>())
                    .add(Runs.text(row.value()));
        }
    }
}
