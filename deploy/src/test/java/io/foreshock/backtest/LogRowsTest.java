package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.backtest.LabelledEvent.Mark;
import org.junit.jupiter.api.Test;

class LogRowsTest {

    @Test
    void ranksOfAStepAreOneRow() {
        LogRows rows = new LogRows();
        for (int line = 0; line < 12; line++) {
            rows.add(line, line / 4);
        }

        assertThat(rows.count()).isEqualTo(3);
        assertThat(rows.at(new Mark(1, 7))).isEqualTo(1);
        assertThat(rows.at(new Mark(2, 8))).isEqualTo(2);
    }

    @Test
    void lineNumbersTellRepeatedStepsApart() {
        LogRows rows = resumedAt60From100();

        assertThat(rows.at(new Mark(80, 80))).isEqualTo(80);
        assertThat(rows.at(new Mark(80, 120))).isEqualTo(120);
        assertThat(rows.at(new Mark(80, null))).isEqualTo(80);
    }

    @Test
    void incidentBelongsToTheLatestRowOfItsStep() {
        assertThat(resumedAt60From100().latest(80)).isEqualTo(120);
    }

    @Test
    void stepsBetweenRowsCountWhatWasTrainedTwice() {
        LogRows rows = resumedAt60From100();

        // From step 90 of the first attempt to step 70 of the second: nine steps on, then ten after the restart.
        assertThat(rows.steps(90, 110)).isEqualTo(19);
        assertThat(rows.steps(110, 90)).isEqualTo(-19);
    }

    @Test
    void stepsWithoutLinesFallOnTheNextLoggedRow() {
        LogRows rows = new LogRows();
        for (int line = 0; line < 10; line++) {
            rows.add(line, 100L * line);
        }

        assertThat(rows.at(new Mark(250, null))).isEqualTo(3);
        assertThat(rows.last(3, new Mark(499, null))).isEqualTo(4);
        assertThat(rows.at(new Mark(901, null))).isEqualTo(10);
    }

    @Test
    void lineThatCouldNotBeReadBelongsToTheRowBefore() {
        LogRows rows = new LogRows();
        rows.add(0, 0);
        rows.add(1, 1);
        rows.add(4, 2);

        assertThat(rows.at(new Mark(1, 3))).isEqualTo(1);
        assertThat(rows.at(new Mark(2, 4))).isEqualTo(2);
    }

    private static LogRows resumedAt60From100() {
        LogRows rows = new LogRows();
        int line = 0;
        for (long step = 0; step < 100; step++) {
            rows.add(line++, step);
        }
        for (long step = 60; step < 160; step++) {
            rows.add(line++, step);
        }
        return rows;
    }
}
