package io.foreshock.detect.telemetrystalled;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TelemetryStalledTest {
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    private final Play play = Play.judgedBy("telemetry_stalled");
    private long ts = 1_700_000_000_000L;
    private long step;

    /** Steps of about a second. */
    private TelemetryStalledTest steps(int count) {
        Random random = new Random(step);
        for (int i = 0; i < count; i++) {
            ts += Math.round(SECOND * (1 + 0.1 * random.nextGaussian()));
            play.add(at(step++).ts(ts).metric("loss", 2));
        }
        return this;
    }

    private TelemetryStalledTest pause(long millis) {
        ts += millis;
        return this;
    }

    @Test
    void nothingKnownIsNoDeadline() {
        assertThat(play.judge.deadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void runWithoutTimeStampsIsNotEvaluable() {
        for (int i = 0; i < 100; i++) {
            play.add(at(i).metric("loss", 2));
        }

        assertThat(play.verdicts).containsEntry("telemetry_stalled", Verdict.NOT_EVALUABLE);
        assertThat(play.judge.deadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void steadyRunStaysQuietAndItsFirstRowsHaveNoDeadline() {
        steps(22);
        assertThat(play.judge.deadline()).isEqualTo(Long.MAX_VALUE);
        steps(500);
        assertThat(play.told).isEmpty();
        assertThat(play.judge.deadline()).isEqualTo(ts + 10 * MINUTE);
    }

    @Test
    void silenceOf95MinutesIsFoundAfter10AndCriticalAfter60() {
        steps(580);
        long last = ts;
        pause(95 * MINUTE).steps(50);

        assertThat(play.told)
                .extracting(Incident::status)
                .containsExactly(Status.OPEN, Status.UPDATED, Status.RESOLVED);
        assertThat(play.told)
                .extracting(Incident::severity)
                .containsExactly(Severity.WARNING, Severity.CRITICAL, Severity.CRITICAL);
        Incident open = play.only();
        assertThat(open.onsetStep()).isEqualTo(579);
        assertThat(open.detectedStep()).isEqualTo(579);
        assertThat(open.ts()).isEqualTo(last + 10 * MINUTE);
        assertThat(open.value()).isEqualTo(600);
        assertThat(open.unit()).isEqualTo("s");
        assertThat(open.summary()).startsWith("No step for 10 min since step 579; steps came every 1 s");
        assertThat(play.told.get(1).ts()).isEqualTo(last + 60 * MINUTE);
        assertThat(play.last().step()).isEqualTo(580);
    }

    @Test
    void oneStallDoesNotMakeTheRunDeafToTheNext() {
        steps(250).pause(40 * MINUTE).steps(350).pause(25 * MINUTE).steps(50);

        assertThat(play.opened()).extracting(Incident::onsetStep).containsExactly(249L, 599L);
        assertThat(play.opened().get(1).value()).isBetween(600.0, 900.0);
    }

    @Test
    void timerFindsWhatTheReplayFinds() {
        steps(580);
        play.judge.silence(play);
        play.judge.silence(play);
        play.judge.silence(play);
        assertThat(play.judge.deadline()).isEqualTo(Long.MAX_VALUE);
        pause(95 * MINUTE).steps(50);
        List<Incident> live = List.copyOf(play.told);

        TelemetryStalledTest replay = new TelemetryStalledTest();
        replay.steps(580).pause(95 * MINUTE).steps(50);

        assertThat(live).isEqualTo(replay.play.told).isNotEmpty();
    }

    @Test
    void timerFindsWhatTheReplayFindsWhenItEndsInARestart() {
        steps(580);
        play.judge.silence(play);
        pause(20 * MINUTE);
        step = 500;
        steps(50);
        List<Incident> live = List.copyOf(play.told);

        TelemetryStalledTest replay = new TelemetryStalledTest();
        replay.steps(580).pause(20 * MINUTE);
        replay.step = 500;
        replay.steps(50);

        assertThat(live).extracting(Incident::severity).containsExactly(Severity.WARNING, Severity.INFO);
        assertThat(replay.play.told).extracting(Incident::severity).containsExactly(Severity.INFO, Severity.INFO);
        assertThat(live.get(1)).isEqualTo(replay.play.told.get(1));
        assertThat(live.get(1).status()).isEqualTo(Status.RESOLVED);
        assertThat(live.get(0).belittled()).isEqualTo(replay.play.told.get(0));
    }

    @Test
    void timerFindsWhatTheReplayFindsWhenARankIsMissing() {
        assertThat(oneRankMissing(true)).isEqualTo(oneRankMissing(false)).isNotEmpty();
    }

    /** Rank 1 reports all but step 100, which it would owe; after two hours both go on. */
    private static List<Incident> oneRankMissing(boolean live) {
        TelemetryStalledTest test = new TelemetryStalledTest();
        for (int i = 0; i <= 100; i++) {
            test.ts += SECOND;
            test.play.add(at(i).ts(test.ts).metric("loss", 2));
            if (i < 100) {
                test.play.add(at(i).rank(1).ts(test.ts + 40).metric("loss", 2));
            }
        }
        if (live) {
            // The timer of step 99 goes off, judges step 100 as far as it came, and asks again.
            test.play.judge.silence(test.play);
            test.play.judge.silence(test.play);
            test.play.judge.silence(test.play);
        }
        test.ts += 2 * HOUR;
        for (int i = 100; i < 130; i++) {
            test.play.add(at(i).rank(1).ts(test.ts).metric("loss", 2));
            test.play.add(at(i + 1).ts(test.ts).metric("loss", 2));
            test.ts += SECOND;
        }
        return test.play.told;
    }

    @Test
    void evaluationAndCheckpointPausesStayQuiet() {
        for (int i = 0; i < 20; i++) {
            steps(200).pause(i % 2 == 0 ? 90 * SECOND : 9 * MINUTE);
        }

        assertThat(play.told).isEmpty();
    }

    @Test
    void compilationInTheFirstRowsIsNoRhythm() {
        steps(1).pause(20 * MINUTE).steps(1).pause(8 * MINUTE).steps(300);

        assertThat(play.told).isEmpty();
        assertThat(play.judge.deadline()).isEqualTo(ts + 10 * MINUTE);
    }

    @Test
    void slowStepsAreGivenFiftyTimesTheirTime() {
        for (int i = 0; i < 100; i++) {
            ts += 60 * SECOND;
            play.add(at(i).ts(ts).metric("loss", 2));
        }

        assertThat(play.judge.deadline()).isEqualTo(ts + 50 * 60 * SECOND);
    }

    @Test
    void pausesThatRecurAreLearned() {
        for (int i = 0; i < 10; i++) {
            steps(200).pause(20 * MINUTE);
        }

        assertThat(play.opened()).extracting(Incident::onsetStep).containsExactly(199L, 399L, 599L);
    }

    @Test
    void aStallDoesNotDeafenForTheNextLongerOne() {
        steps(200).pause(20 * MINUTE).steps(200).pause(3 * HOUR).steps(10);

        assertThat(play.opened()).hasSize(2);
    }

    @Test
    void lateRowOfAnEarlierTimeIsIgnored() {
        steps(200);
        play.add(at(150).ts(ts - 20 * MINUTE).metric("eval_loss", 2));
        steps(200);

        assertThat(play.told).isEmpty();
    }

    @Test
    void clockSetBackIsFollowedAfterThreeRows() {
        steps(200).pause(-2 * HOUR).steps(200);

        assertThat(play.told).isEmpty();
        assertThat(play.judge.deadline()).isEqualTo(ts + 10 * MINUTE);
    }

    @Test
    void clockSetForwardIsOneIncidentThatResolvesAtOnce() {
        steps(200).pause(2 * HOUR).steps(200);

        assertThat(play.opened()).hasSize(1);
        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(200);
    }

    @Test
    void silenceAfterTheEndIsNone() {
        steps(200);
        play.add(StepSample.end("run", 0, RunEnd.FINISHED, ts));

        assertThat(play.judge.deadline()).isEqualTo(Long.MAX_VALUE);
        play.judge.silence(play);
        pause(24 * HOUR).steps(100);
        assertThat(play.told).isEmpty();
    }

    @Test
    void announcedEndAfterALongSilenceResolvesTheStall() {
        steps(200);
        play.add(StepSample.end("run", 0, RunEnd.FAILED, ts + 2 * HOUR));

        assertThat(play.told)
                .extracting(Incident::status)
                .containsExactly(Status.OPEN, Status.UPDATED, Status.RESOLVED);
    }

    @Test
    void judgeRestoredDuringTheSilenceSaysTheSame() {
        steps(580);
        play.restart();
        play.judge.silence(play);
        play.restart();
        pause(20 * MINUTE);
        step = 500;
        steps(50);

        assertThat(play.told).extracting(Incident::severity).containsExactly(Severity.WARNING, Severity.INFO);
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new TelemetryStalled.Config(20, 0, 10, 50, 2_000, 6))
                .hasMessage("telemetry_stalled.patience_seconds must be > 0 s, got 0.0");
        assertThatThrownBy(() -> new TelemetryStalled.Config(20, 300, 1, 50, 2_000, 6))
                .hasMessage("telemetry_stalled.longest_factor must be > 1, got 1.0");
    }
}
