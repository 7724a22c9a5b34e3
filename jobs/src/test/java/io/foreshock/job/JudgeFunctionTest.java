package io.foreshock.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.job.Runs.Said;
import io.foreshock.judge.StepSignals;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.settings.SettingsChange.Withdrawn;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The judge's operator with a clock that is cranked by hand. Its clock runs a day ahead of the trainers'. */
class JudgeFunctionTest {
    private static final long AHEAD = Duration.ofDays(1).toMillis();
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long DAYS_7 = Duration.ofDays(7).toMillis();

    private KeyedTwoInputStreamOperatorTestHarness<String, StepSample, SettingsRecord, Outgoing> operator;

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
        operator.processElement1(new StreamRecord<>(StepSample.builder("a", 10)
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
            operator.processElement1(new StreamRecord<>(samples.get(i)));
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

    @Test
    void aMuteIsToldOfWhatIsOpenAndHoldsForWhatOpens() throws Exception {
        troubled("a");
        troubled("b");
        set(0, new Mute("a", "too_high", operator.getProcessingTime() + HOUR, Long.MAX_VALUE, "me", ""));

        assertThat(told("a")).containsExactly("OPEN", "UPDATED muted");
        assertThat(told("b")).containsExactly("OPEN");
        report("a", 20, 10);
        assertThat(told("a")).endsWith("RESOLVED muted");
        report("a", 30, 1, 50);
        assertThat(told("a")).endsWith("OPEN muted");
    }

    @Test
    void aMuteEndsByTheTimeAtWhichTheEventReachedKafka() throws Exception {
        long until = Runs.START + AHEAD + HOUR;
        set(0, new Mute("*", "all", until, Long.MAX_VALUE, "me", ""));
        report("a", 0, 15);
        operator.processElement1(new StreamRecord<>(sample("a", 15, 50), until - 1));
        operator.processElement1(new StreamRecord<>(sample("a", 16, 50), until));

        assertThat(told("a")).containsExactly("OPEN muted", "UPDATED");
    }

    @Test
    void aMuteEndsAtItsStep() throws Exception {
        set(0, new Mute("?", "too_high", Long.MAX_VALUE, 17, "me", ""));
        report("a", 0, 15);
        report("a", 15, 4, 50);

        assertThat(told("a")).containsExactly("OPEN muted", "UPDATED");
        assertThat(incidents().get(1).step()).isEqualTo(17);
    }

    @Test
    void aMuteThatEndsWhileTheRunIsSilentIsToldWithinAMinute() throws Exception {
        long until = Runs.START + AHEAD + HOUR;
        set(0, new Mute("a", "all", until, Long.MAX_VALUE, "me", ""));
        report("a", 0, 10);

        operator.setProcessingTime(until - 1);
        assertThat(told("a")).isNotEmpty().allMatch(said -> said.endsWith("muted"));
        operator.setProcessingTime(until + 60_000);
        assertThat(told("a")).endsWith("UPDATED");
    }

    @Test
    void aMuteIsTakenBack() throws Exception {
        Mute mute = new Mute("a", "too_high", Long.MAX_VALUE, Long.MAX_VALUE, "me", "");
        set(0, mute);
        troubled("a");
        set(1, new Withdrawn(mute.key()));

        assertThat(told("a")).containsExactly("OPEN muted", "UPDATED");
    }

    @Test
    void anAcknowledgementIsTold() throws Exception {
        troubled("a");
        Acknowledgement by = new Acknowledgement("me", 77, "looking");
        set(0, new Ack(incidents().get(0).id(), by));

        assertThat(incidents()).extracting(Incident::acknowledged).containsExactly(null, by);
        report("a", 20, 10);
        assertThat(incidents().get(2).acknowledged()).isEqualTo(by);
    }

    @Test
    void otherSettingsTakeEffectOnRunsThatAreJudgedAlready() throws Exception {
        troubled("a");
        troubled("b");
        set(
                0,
                "settings",
                "{\"run\":{\"a\":{\"too_high\":{\"enabled\":false}},\"b\":{\"too_high\":{\"observe\":true}}}}");

        assertThat(told("a")).containsExactly("OPEN", "RESOLVED");
        assertThat(told("b")).containsExactly("OPEN", "RESOLVED");
        report("a", 17, 1, 50);
        report("b", 17, 1, 50);
        assertThat(told("a")).hasSize(2);
        assertThat(incidents().get(4).severity()).isEqualTo(Severity.INFO);
        set(1, "settings", null);
        // What is looked for again begins anew.
        report("a", 18, 12);
        report("a", 30, 1, 50);
        assertThat(told("a")).endsWith("OPEN");
    }

    @Test
    void aCustomRuleIsAddedWhileTheRunGoesOn() throws Exception {
        report("a", 0, 10);
        set(0, "settings", "{\"rules\":[{\"name\":\"too_high2\",\"metric\":\"loss\",\"threshold\":{\"above\":1}}]}");
        report("a", 10, 1);

        assertThat(operator.extractOutputValues())
                .extracting(outgoing -> IncidentJson.read(outgoing.value()).signature())
                .containsExactly("too_high2");
    }

    @Test
    void whatWasSetIsStillInForceAfterARestore() throws Exception {
        troubled("a");
        set(0, new Mute("a", "all", Long.MAX_VALUE, Long.MAX_VALUE, "me", ""));
        set(1, new Ack(incidents().get(0).id(), new Acknowledgement("me", operator.getProcessingTime(), "")));
        set(2, "settings", "{\"defaults\":{\"hush\":{\"enabled\":false}}}");
        OperatorSubtaskState snapshot = operator.snapshot(1, 1);
        operator.close();
        operator = operator();
        operator.initializeState(snapshot);
        operator.open();
        operator.setProcessingTime(Runs.START + AHEAD + HOUR);

        assertThat(incidents()).isEmpty();
        report("a", 30, 1, 50);
        report("a", 31, 8);
        assertThat(told("a")).containsExactly("RESOLVED muted");
        assertThat(incidents().get(0).acknowledged()).isNotNull();
        operator.setProcessingTime(Runs.START + AHEAD + 24 * HOUR);
        assertThat(incidents()).hasSize(1);
    }

    @Test
    void whatLiesInTheTopicIsInForceBeforeTheFirstEvent() throws Exception {
        operator.close();
        Mute mute = new Mute("a", "all", Long.MAX_VALUE, Long.MAX_VALUE, "me", "");
        byte[] key = mute.key().getBytes(StandardCharsets.UTF_8);
        byte[] json = mute.json();
        operator = operator(() -> List.of(new SettingsRecord(4, key, null), new SettingsRecord(5, key, json)));
        operator.open();
        operator.setProcessingTime(Runs.START + AHEAD);
        troubled("a");
        // The source begins at the beginning: what was followed by a later word is not followed again.
        operator.processElement2(new StreamRecord<>(new SettingsRecord(4, key, null)));
        report("a", 16, 1, 50);

        assertThat(told("a")).containsExactly("OPEN muted");
    }

    private void troubled(String run) throws Exception {
        report(run, 0, 15);
        report(run, 15, 1, 50);
    }

    private void set(long offset, SettingsChange change) throws Exception {
        byte[] json = change.json();
        operator.processElement2(
                new StreamRecord<>(new SettingsRecord(offset, change.key().getBytes(StandardCharsets.UTF_8), json)));
    }

    private void set(long offset, String key, String json) throws Exception {
        operator.processElement2(new StreamRecord<>(new SettingsRecord(
                offset,
                key.getBytes(StandardCharsets.UTF_8),
                json == null ? null : json.getBytes(StandardCharsets.UTF_8))));
    }

    private List<String> told(String run) {
        return incidents().stream()
                .filter(incident -> incident.run().equals(run))
                .map(incident -> incident.status() + (incident.muted() ? " muted" : ""))
                .toList();
    }

    private static KeyedTwoInputStreamOperatorTestHarness<String, StepSample, SettingsRecord, Outgoing> operator()
            throws Exception {
        return operator(List::of);
    }

    private static KeyedTwoInputStreamOperatorTestHarness<String, StepSample, SettingsRecord, Outgoing> operator(
            SerializableSupplier<List<SettingsRecord>> history) throws Exception {
        return new KeyedTwoInputStreamOperatorTestHarness<>(
                new CoBroadcastWithKeyedOperator<>(
                        new JudgeFunction(Runs::signatures, history, JobSettings.DEFAULT),
                        List.of(JudgeFunction.SETTINGS)),
                StepSample::run,
                null,
                Types.STRING,
                ForeshockJob.MAX_PARALLELISM,
                1,
                0);
    }

    /** Steps a second apart, as they happen. */
    private void report(String run, int from, int count) throws Exception {
        report(run, from, count, 2);
    }

    private void report(String run, int from, int count, double loss) throws Exception {
        for (int step = from; step < from + count; step++) {
            long ts = Runs.START + step * Runs.SECOND;
            if (ts + AHEAD > operator.getProcessingTime()) {
                operator.setProcessingTime(ts + AHEAD);
            }
            operator.processElement1(new StreamRecord<>(sample(run, step, loss)));
        }
    }

    private static StepSample sample(String run, int step, double loss) {
        return StepSample.builder(run, step)
                .ts(Runs.START + step * Runs.SECOND)
                .metric("loss", loss)
                .build();
    }

    private void end(String run, int step) throws Exception {
        long ts = Runs.START + step * Runs.SECOND;
        operator.setProcessingTime(ts + AHEAD);
        operator.processElement1(new StreamRecord<>(StepSample.end(run, 0, RunEnd.FINISHED, ts)));
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
                .map(outgoing -> SignalsJson.read(outgoing.value()))
                .filter(row -> row.end() == null)
                .map(StepSignals::step)
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
