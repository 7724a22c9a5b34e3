package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DuelTest {
    private static final String SPIKE = "loss_spike";

    /** Three spikes that do harm ten rows after their onset, and what somebody said about them. */
    private static RunScore score(Integer... alarms) {
        LabelledLog log = LabelledLog.ofRows(1000)
                .event(SPIKE, 100, 110L, 130L)
                .event(SPIKE, 400, 410L, 430L)
                .event(SPIKE, 700, 710L, 730L);
        for (int alarm : alarms) {
            log.alarm(SPIKE, alarm);
        }
        return log.score(SPIKE);
    }

    @Test
    void comparesLeadsOnWhatBothFound() {
        Duel duel = new Duel();

        duel.add(score(102, 404), score(105, 401, 700));

        assertThat(duel.both()).isEqualTo(2);
        assertThat(duel.onlyOurs()).isZero();
        assertThat(duel.onlyTheirs()).isEqualTo(1);
        assertThat(duel.compared()).isEqualTo(2);
        assertThat(duel.ourMedianLead()).as("of 8 and 6").isEqualTo(7);
        assertThat(duel.theirMedianLead()).as("of 5 and 9").isEqualTo(7);
        assertThat(duel.medianAdvance()).as("of 3 and -3").isZero();
    }

    @Test
    void nothingInCommonIsNoLead() {
        Duel duel = new Duel();

        duel.add(score(100), score());

        assertThat(duel.onlyOurs()).isEqualTo(1);
        assertThat(duel.ourMedianLead()).isNull();
        assertThat(duel.medianAdvance()).isNull();
    }
}
