package io.foreshock.judge;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Handling;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What people do to a run that is being judged: look on, mute, acknowledge, retune. */
class HandlingTest {
    private static final Signature SPIKE = Signature.named("loss_spike", "Spike")
            .needs(Signal.LOSS)
            .calmAfter(3)
            .detectedBy(new Limit(10, 4), Mean::new);

    private static final Signature DIVERGENCE = Signature.named("loss_divergence", "Divergence")
            .needs(Signal.LOSS)
            .calmAfter(3)
            .detectedBy(new Limit(10, 4), Mean::new);

    /** Mutes until a step, and acknowledges by id. */
    private final Map<String, Long> mutedUntil = new HashMap<>();

    private final Map<String, Acknowledgement> seen = new HashMap<>();
    private final Play play = new Play(List.of(SPIKE));

    HandlingTest() {
        play.judge = judge(SPIKE);
    }

    private RunJudge judge(Signature... signatures) {
        return new RunJudge("run", List.of(signatures), new Handling() {
            @Override
            public boolean muted(String run, String signature, long step) {
                return step < mutedUntil.getOrDefault(run + "/" + signature, -1L);
            }

            @Override
            public @Nullable Acknowledgement acknowledged(String incident) {
                return seen.get(incident);
            }
        });
    }

    /** Mean of the last {@code window} losses above {@code limit}. */
    private record Limit(double limit, int window) {
        Limit {
            Setting.check(limit > 0, "loss_spike", "limit", "> 0", limit);
            Setting.check(window > 0, "loss_spike", "window", "> 0 rows", window);
        }
    }

    private record Mean(Limit config) implements Detector<Mean.Last> {
        @Override
        public Last start() {
            return new Last(config.window);
        }

        @Override
        public void observe(Last last, Row row, RunHistory run, Findings out) {
            last.values[last.rows++ % config.window] = row.value(Signal.LOSS);
            double sum = 0;
            for (int i = 0; i < config.window; i++) {
                sum += last.values[i];
            }
            double mean = sum / Math.min(last.rows, config.window);
            if (last.rows >= config.window && mean > config.limit) {
                out.add(new Finding(
                        Signal.LOSS, "loss", Severity.WARNING, row.step(), mean, config.limit, "1", null, "High."));
            }
        }

        private static final class Last implements State {
            private double[] values;
            private int rows;

            Last(int window) {
                values = new double[window];
            }

            @Override
            public void persist(Archive archive) throws IOException {
                values = archive.reals(values);
                rows = archive.count(rows);
            }
        }
    }

    private void losses(long from, int count, double value) {
        for (int i = 0; i < count; i++) {
            play.add(at(from + i).metric("loss", value));
        }
    }

    @Test
    void whatIsLookedOnIsInfo() {
        play.judge = judge(SPIKE.observed());
        losses(0, 6, 20);

        assertThat(play.told).extracting(Incident::severity).containsExactly(Severity.INFO);
        assertThat(play.verdicts).containsEntry("loss_spike", Verdict.FIRING);
    }

    @Test
    void mutedItIsStillJudgedAndTold() {
        mutedUntil.put("run/loss_spike", 100L);
        losses(0, 6, 20);
        losses(6, 8, 1);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED);
        assertThat(play.told).extracting(Incident::muted).containsOnly(true);
    }

    @Test
    void aMuteThatRunsOutWhileTheIncidentIsOpenIsTold() {
        mutedUntil.put("run/loss_spike", 10L);
        losses(0, 15, 20);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.UPDATED);
        assertThat(play.told).extracting(Incident::muted).containsExactly(true, false);
        assertThat(play.last().step()).isEqualTo(10);
    }

    @Test
    void whatIsOpenWhenMutedIsToldAtOnceAndOnce() {
        losses(0, 6, 20);
        mutedUntil.put("run/loss_spike", 100L);
        play.judge.handle(play);
        play.judge.handle(play);
        losses(6, 3, 20);

        assertThat(play.told).extracting(Incident::muted).containsExactly(false, true);
        assertThat(play.last().status()).isEqualTo(Status.UPDATED);
        assertThat(play.last().step()).isEqualTo(5);
    }

    @Test
    void aConsequenceThatIsAcknowledgedKeepsItsCause() {
        play.judge = judge(SPIKE, DIVERGENCE);
        losses(0, 6, 20);
        Incident cause = play.told.get(0);
        Incident consequence = play.told.get(1);
        seen.put(consequence.id(), new Acknowledgement("me", 7, ""));
        play.judge.handle(play);

        assertThat(consequence.cause()).isEqualTo(cause.id());
        assertThat(consequence.pages()).isFalse();
        assertThat(play.last().id()).isEqualTo(consequence.id());
        assertThat(play.last().acknowledged()).isNotNull();
        assertThat(play.last().story()).isEqualTo(consequence.story());
    }

    @Test
    void aConsequenceOfWhatIsMutedCalls() {
        mutedUntil.put("run/loss_spike", 100L);
        play.judge = judge(SPIKE, DIVERGENCE);
        losses(0, 6, 20);

        assertThat(play.opened()).extracting(Incident::pages).containsExactly(false, true);
        assertThat(play.told.get(1).cause()).isEqualTo(play.told.get(0).id());
    }

    @Test
    void aMuteOfAnotherSignatureOrRunIsNone() {
        mutedUntil.put("run/other", 100L);
        mutedUntil.put("other/loss_spike", 100L);
        losses(0, 6, 20);

        assertThat(play.told).extracting(Incident::muted).containsExactly(false);
    }

    @Test
    void anAcknowledgementIsToldAndStaysThoughItIsForgottenElsewhere() {
        losses(0, 6, 20);
        Acknowledgement by = new Acknowledgement("me", 7, "restarted it");
        seen.put(play.last().id(), by);
        play.judge.handle(play);
        seen.clear();
        play.judge = Play.restored(play.judge, judge(SPIKE));
        losses(6, 8, 1);

        assertThat(play.told)
                .extracting(Incident::status)
                .containsExactly(Status.OPEN, Status.UPDATED, Status.RESOLVED);
        assertThat(play.told).extracting(Incident::acknowledged).containsExactly(null, by, by);
    }

    @Test
    void anAcknowledgementThatWasThereFirstHolds() {
        Acknowledgement by = new Acknowledgement("me", 7, "");
        seen.put(Incident.id("run", 0, "loss_spike", "loss", 3), by);
        losses(0, 6, 20);

        assertThat(play.told).extracting(Incident::acknowledged).containsExactly(by);
    }

    @Test
    void retunedItGoesOnWithWhatItRemembers() {
        losses(0, 6, 5);
        play.judge = play.judge.retuned(List.of(SPIKE.tuned(Map.of("limit", 3.0))), play);
        losses(6, 1, 5);

        // Of four values three are from before.
        assertThat(play.opened()).extracting(Incident::detectedStep).containsExactly(6L);
    }

    @Test
    void memoryOfAnotherFormIsBegunAnew() {
        losses(0, 6, 20);
        play.judge = play.judge.retuned(List.of(SPIKE.tuned(Map.of("window", 8L))), play);
        losses(6, 7, 20);

        // Open all along: it is calm that resolves, and seven rows of eight are no calm.
        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED);
        losses(13, 1, 20);
        assertThat(play.last().status()).isEqualTo(Status.OPEN);
        assertThat(play.rejected).isEmpty();
    }

    @Test
    void restoredUnderOtherSettingsIsTheSameAsRetuned() {
        losses(0, 6, 20);
        play.judge = Play.restored(play.judge, judge(SPIKE.tuned(Map.of("window", 2L))));
        losses(6, 2, 20);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN);
        assertThat(play.rejected).isEmpty();
    }

    @Test
    void whatIsNoLongerLookedForIsResolved() {
        losses(0, 6, 20);
        play.judge = play.judge.retuned(List.of(), play);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED);
        assertThat(play.last().step()).isEqualTo(5);
        losses(6, 3, 20);
        assertThat(play.told).hasSize(2);
    }

    @Test
    void restoredWithoutItItsIncidentIsResolvedWithTheNextSample() {
        losses(0, 6, 20);
        play.judge = Play.restored(play.judge, judge());
        assertThat(play.told).hasSize(1);
        losses(6, 1, 20);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED);
    }

    @Test
    void whatIsOnlyLookedOnFromNowOnIsResolvedAndOpensAsInfo() {
        losses(0, 6, 20);
        play.judge = play.judge.retuned(List.of(SPIKE.observed()), play);
        losses(6, 1, 20);

        assertThat(play.told).extracting(Incident::status).containsExactly(Status.OPEN, Status.RESOLVED, Status.OPEN);
        assertThat(play.last().severity()).isEqualTo(Severity.INFO);
        play.judge = play.judge.retuned(List.of(SPIKE), play);
        losses(7, 1, 20);
        assertThat(play.last().status()).isEqualTo(Status.OPEN);
        assertThat(play.last().severity()).isEqualTo(Severity.WARNING);
    }

    @Test
    void retunedToTheSameChangesNothing() {
        losses(0, 3, 20);
        play.judge = play.judge.retuned(List.of(SPIKE), play);
        losses(3, 3, 20);

        assertThat(play.told).extracting(Incident::detectedStep).containsExactly(3L);
    }
}
