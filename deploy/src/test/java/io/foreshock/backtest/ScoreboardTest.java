package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreboardTest {
    private static final String SPIKE = "loss_spike";

    @Test
    void addsUpRuns() {
        Scoreboard board = new Scoreboard(
                List.of(SPIKE),
                List.of(
                        LabelledLog.ofRows(1000)
                                .event(SPIKE, 300, 320L, 340L)
                                .alarm(SPIKE, 310)
                                .score(SPIKE),
                        LabelledLog.ofRows(1000).event(SPIKE, 300, 320L, null).score(SPIKE),
                        LabelledLog.ofRows(1000)
                                .alarm(SPIKE, 100)
                                .alarm(SPIKE, 200)
                                .score(SPIKE),
                        LabelledLog.ofRows(1000).score(SPIKE)));

        assertThat(board.runs()).isEqualTo(4);
        assertThat(board.rows()).isEqualTo(4000);
        assertThat(board.total().recall()).isEqualTo(0.5);
        assertThat(board.total().harmful()).isEqualTo(2);
        assertThat(board.total().inTime()).isEqualTo(1);
        assertThat(board.total().medianLead()).isEqualTo(10);
        assertThat(board.bySignature().get(SPIKE).falseAlarms()).isEqualTo(2);
        assertThat(board.cleanRuns()).isEqualTo(2);
        assertThat(board.cleanShareAlarmed()).isEqualTo(0.5);
    }

    @Test
    void rateIsPerTenThousandRowsInWhichAnAlarmWouldBeFalse() {
        Scoreboard board = new Scoreboard(
                List.of(SPIKE),
                List.of(LabelledLog.ofRows(1000)
                        .event(SPIKE, 520, null, null)
                        .alarm(SPIKE, 100)
                        .score(SPIKE)));

        assertThat(board.quietRows()).isEqualTo(500);
        assertThat(board.rate(1)).isEqualTo(20);
    }

    @Test
    void runWithOnlyDoubtfulEventsIsNotClean() {
        Scoreboard board = new Scoreboard(
                List.of(SPIKE),
                List.of(LabelledLog.ofRows(1000).undecided(SPIKE, 300, 340L).score(SPIKE)));

        assertThat(board.cleanRuns()).isZero();
        assertThat(board.cleanShareAlarmed()).isZero();
    }

    @Test
    void nothingToFindIsNothingMissed() {
        Scoreboard board = new Scoreboard(List.of(), List.of());

        assertThat(board.total().recall()).isEqualTo(1);
        assertThat(board.total().medianLead()).isNull();
        assertThat(board.rate(0)).isZero();
    }
}
