package io.foreshock.board;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunBoardTest {
    private long now = Told.START;
    private final RunBoard board = new RunBoard(() -> now);

    private RunBoardTest says(StepSignals row) {
        now = Math.max(now, row.ts());
        board.row(row, row.ts(), false);
        return this;
    }

    private RunBoardTest steps(String run, long from, long to) {
        for (long step = from; step <= to; step++) {
            says(Told.row(run, step));
        }
        return this;
    }

    private RunBoardTest says(Incident change) {
        board.incident(change, change.ts(), false);
        return this;
    }

    private List<String> order() {
        return board.lines().stream().map(RunLine::run).toList();
    }

    @Test
    void aRunIsThereWithItsFirstStep() {
        assertThat(board.lines()).isEmpty();

        steps("a", 0, 9);

        RunLine line = board.line("a");
        assertThat(line.standing()).isEqualTo(Standing.RUNNING);
        assertThat(line.attention()).isEqualTo(Attention.NONE);
        assertThat(line.rows()).isEqualTo(10);
        assertThat(line.lastStep()).isEqualTo(9);
        assertThat(line.stepsPerSecond()).isEqualTo(1.0);
        assertThat(line.first()).isNull();
        assertThat(board.line("b")).isNull();
    }

    @Test
    void whatIsSaidAgainChangesNothing() {
        steps("a", 0, 9);
        says(Told.incident("a", "loss_spike", Severity.WARNING, Status.OPEN, 5, 5));
        says(Told.incident("a", "loss_spike", Severity.WARNING, Status.RESOLVED, 5, 9));
        RunLine before = board.line("a");
        long version = board.version();

        // A job that was restored from a checkpoint at step 3.
        steps("a", 3, 9);
        says(Told.incident("a", "loss_spike", Severity.WARNING, Status.OPEN, 5, 5));
        says(Told.incident("a", "loss_spike", Severity.WARNING, Status.RESOLVED, 5, 9));

        assertThat(board.version()).isEqualTo(version);
        assertThat(board.line("a")).isEqualTo(before);
    }

    @Test
    void aResumeGoesBackAndIsNoRepetition() {
        steps("a", 0, 9);
        says(Told.row("a", 0, 4, Told.at(20)));
        assertThat(board.line("a").lastStep()).as("without a number").isEqualTo(4);
        assertThat(board.line("a").rows()).isEqualTo(11);

        says(Told.row("a", 1, 2, Told.at(30)));
        says(Told.row("a", 0, 50, Told.at(31)));
        assertThat(board.line("a").lastStep())
                .as("with a number; an older attempt says nothing any more")
                .isEqualTo(2);
        assertThat(board.line("a").attempt()).isEqualTo(1);
    }

    @Test
    void aRunSaysHowItEndedUntilItReportsAgain() {
        steps("a", 0, 9);
        says(Told.end("a", 9, RunEnd.FAILED));
        assertThat(board.line("a").standing()).isEqualTo(Standing.FAILED);
        assertThat(board.line("a").attention()).isEqualTo(Attention.FAILED);
        assertThat(board.line("a").rows()).isEqualTo(10);

        now += 1_000_000;
        assertThat(board.line("a").standing())
                .as("silence after an end is none")
                .isEqualTo(Standing.FAILED);

        says(Told.row("a", 1, 8, now));
        assertThat(board.line("a").standing()).isEqualTo(Standing.RUNNING);
    }

    @Test
    void aRunThatSaysNothingForTwoMinutesIsSilent() {
        steps("a", 0, 9);
        now = Told.at(9) + 120_000;
        board.look();
        long version = board.version();
        assertThat(board.line("a").standing()).isEqualTo(Standing.RUNNING);

        now++;
        board.look();
        assertThat(board.line("a").standing()).isEqualTo(Standing.SILENT);
        assertThat(board.line("a").attention()).isEqualTo(Attention.SILENT);
        assertThat(board.linesSince(version)).as("by time alone").hasSize(1);
    }

    @Test
    void aRunWithRareRowsIsGivenLonger() {
        for (int i = 0; i < 10; i++) {
            says(Told.row("a", 0, 100L * i, Told.START + 60_000L * i));
        }
        now += 20 * 60_000;
        assertThat(board.line("a").standing()).isEqualTo(Standing.RUNNING);
        now++;
        assertThat(board.line("a").standing()).isEqualTo(Standing.SILENT);
    }

    @Test
    void aStallThatTheJobFoundIsSilenceAtOnce() {
        steps("a", 0, 9);
        says(Told.incident("a", "telemetry_stalled", Severity.WARNING, Status.OPEN, 9, 9));

        assertThat(board.line("a").standing()).isEqualTo(Standing.SILENT);
    }

    @Test
    void whatWasThereBeforeWasHeardOfWhenItCame() {
        now = Told.START + 86_400_000;
        board.row(Told.row("old", 1), Told.at(1), true);
        board.row(Told.row("ahead", 1), now + 5_000, true);

        assertThat(board.line("old").heard()).isEqualTo(Told.at(1));
        assertThat(board.line("old").standing()).isEqualTo(Standing.SILENT);
        assertThat(board.line("ahead").heard()).as("of a clock that is ahead").isEqualTo(now);
    }

    @Test
    void anIncidentThatIsAcknowledgedOrMutedCallsNobodyAnyMore() {
        steps("a", 0, 9);
        Incident open = Told.incident("a", "loss_spike", Severity.CRITICAL, Status.OPEN, 5, 5);
        says(open);
        assertThat(board.line("a").attention()).isEqualTo(Attention.CRITICAL);
        assertThat(board.line("a").openCritical()).isEqualTo(1);
        assertThat(board.line("a").calling()).isEqualTo(1);

        says(Told.acknowledged(open, "ana"));
        assertThat(board.line("a").attention()).isEqualTo(Attention.HANDLED);
        assertThat(board.line("a").acknowledged()).isEqualTo(1);
        assertThat(board.incident(open.id()).acknowledged().by()).isEqualTo("ana");

        // Told at the same step, with the same status: only who handles it is new.
        says(Told.muted(Told.acknowledged(open, "ana")));
        assertThat(board.line("a").muted()).isEqualTo(1);

        says(Told.incident("a", "loss_spike", Severity.CRITICAL, Status.RESOLVED, 5, 9));
        assertThat(board.line("a").attention()).isEqualTo(Attention.NONE);
        assertThat(board.line("a").gravest()).isNull();
        assertThat(board.line("a").first().detectedStep())
                .as("the first trouble stays")
                .isEqualTo(5);
    }

    @Test
    void aConsequenceNeedsAPersonUntilSomebodyHasSeenWhereItsStoryBegan() {
        steps("a", 0, 9);
        Incident cause = Told.incident("a", "attention_logit_growth", Severity.WARNING, Status.OPEN, 2, 2);
        Incident consequence =
                Told.following(Told.incident("a", "non_finite", Severity.CRITICAL, Status.OPEN, 5, 5), cause);
        says(cause).says(consequence);
        assertThat(board.line("a").attention()).isEqualTo(Attention.CRITICAL);
        assertThat(board.line("a").calling()).isEqualTo(1);

        says(Told.acknowledged(cause, "ana"));
        assertThat(board.line("a").attention()).isEqualTo(Attention.HANDLED);
        assertThat(board.line("a").calling()).isZero();
        assertThat(board.line("a").openCritical()).isEqualTo(1);
    }

    @Test
    void whatNeedsAPersonIsOnTop() {
        steps("fine", 0, 9);
        steps("finished", 0, 9).says(Told.end("finished", 9, RunEnd.FINISHED));
        steps("failed", 0, 9).says(Told.end("failed", 9, RunEnd.FAILED));
        steps("warned", 0, 9).says(Told.incident("warned", "loss_spike", Severity.WARNING, Status.OPEN, 5, 5));
        steps("grave", 0, 9).says(Told.incident("grave", "loss_spike", Severity.CRITICAL, Status.OPEN, 5, 5));
        steps("graver", 0, 9)
                .says(Told.incident("graver", "loss_spike", Severity.CRITICAL, Status.OPEN, 5, 5))
                .says(Told.incident("graver", "grad_explosion", Severity.WARNING, Status.OPEN, 6, 6));
        Incident seen = Told.incident("seen", "loss_spike", Severity.CRITICAL, Status.OPEN, 5, 5);
        steps("seen", 0, 9).says(seen).says(Told.acknowledged(seen, "ana"));
        steps("informed", 0, 9).says(Told.incident("informed", "resume", Severity.INFO, Status.OPEN, 5, 5));

        assertThat(order())
                .containsExactly("graver", "grave", "warned", "failed", "seen", "fine", "informed", "finished");
        assertThat(board.line("graver").gravest().signature()).isEqualTo("loss_spike");
    }

    @Test
    void aRejectionOfARunIsCountedAndTheLastIsKeptWithoutItsBytes() {
        steps("a", 0, 1);
        board.rejected(new Rejected(Rejected.Reason.BAD_STEP, "no", "a", 0, 1, new byte[64_000]), now, false);
        board.rejected(
                new Rejected(Rejected.Reason.BAD_STEP, "step must be …", "a", 3, 9, new byte[64_000]), now, false);
        board.rejected(new Rejected(Rejected.Reason.NO_RUN, "…", "", 0, 2, new byte[0]), now, false);

        assertThat(board.line("a").rejected()).isEqualTo(2);
        assertThat(board.rejected()).isEqualTo(3);
        assertThat(board.size()).as("what is rejected makes no run").isEqualTo(1);
        Rejected last = board.ask("a", BoardRun::lastRejected);
        assertThat(last.detail()).isEqualTo("step must be …");
        assertThat(last.raw()).isEmpty();
    }

    @Test
    void theRunThatWasNotHeardOfForLongestMakesRoom() {
        for (int i = 0; i <= RunBoard.CAPACITY; i++) {
            says(Told.row("r" + i, 0, i, Told.START + i));
        }

        assertThat(board.size()).isEqualTo(RunBoard.CAPACITY);
        assertThat(board.forgotten()).isEqualTo(1);
        assertThat(board.forgottenAt())
                .as("who knew the one that is gone has to be told all")
                .isEqualTo(board.version());
        assertThat(board.line("r0")).isNull();
        assertThat(board.line("r1")).isNotNull();
    }

    @Test
    void aThousandRunsInWhateverOrderTheTopicsAreReadGiveTheSameBoard() {
        List<StepSignals> rows = new ArrayList<>();
        List<Incident> incidents = new ArrayList<>();
        for (int run = 0; run < 1_000; run++) {
            for (int step = 0; step < 10; step++) {
                rows.add(Told.row("run-" + run, step));
            }
            if (run % 3 == 0) {
                rows.add(Told.end("run-" + run, 9, RunEnd.values()[run % 9 / 3]));
            }
            Severity severity = Severity.values()[run % 3];
            incidents.add(Told.incident("run-" + run, "loss_spike", severity, Status.OPEN, 3, 3));
            if (run % 2 == 0) {
                incidents.add(Told.incident("run-" + run, "loss_spike", severity, Status.RESOLVED, 3, 8));
            }
        }
        now = Told.at(100);
        Random random = new Random(7);
        List<RunLine> first = read(rows, incidents, random, false);

        for (int restart = 0; restart < 4; restart++) {
            assertThat(read(rows, incidents, random, restart % 2 == 1)).isEqualTo(first);
        }
        assertThat(first).hasSize(1_000);
    }

    /** A page that starts: each topic in its order, one interleaved with the other, and now and then a stretch twice. */
    private List<RunLine> read(List<StepSignals> rows, List<Incident> incidents, Random random, boolean again) {
        RunBoard fresh = new RunBoard(() -> now);
        int r = 0;
        int i = 0;
        while (r < rows.size() || i < incidents.size()) {
            boolean row = i == incidents.size() || (r < rows.size() && random.nextInt(6) > 0);
            if (row) {
                fresh.row(rows.get(r), rows.get(r).ts(), true);
                r++;
                if (again && random.nextInt(50) == 0) {
                    for (int back = Math.max(0, r - 30); back < r; back++) {
                        fresh.row(rows.get(back), rows.get(back).ts(), true);
                    }
                }
            } else {
                fresh.incident(incidents.get(i), incidents.get(i).ts(), true);
                i++;
            }
        }
        return fresh.lines();
    }
}
