package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DuelTest {
    private static final String SPIKE = "loss_spike";

    /** Three spikes that do harm ten rows after their onset, and what somebody said about them. */
    private static RunScore score(Integer... alarms) {
        LabelledLog log = log();
        for (int alarm : alarms) {
            log.alarm(SPIKE, alarm);
        }
        return log.score(SPIKE);
    }

    /** The same, alarms that are over after two rows. */
    private static RunScore before(Integer... alarms) {
        LabelledLog log = log();
        for (int alarm : alarms) {
            log.alarm(SPIKE, alarm, alarm + 2);
        }
        return log.score(SPIKE);
    }

    private static LabelledLog log() {
        return LabelledLog.ofRows(1000)
                .event(SPIKE, 100, 110L, 130L)
                .event(SPIKE, 400, 410L, 430L)
                .event(SPIKE, 700, 710L, 730L);
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
    void fromOnsetNoAlarmOfBeforeCounts() {
        Duel duel = new Duel();

        duel.add(score(102, 404, 705), before(95, 404, 690));

        assertThat(duel.ourMedianLead()).as("of 8, 6 and 5").isEqualTo(6);
        assertThat(duel.theirMedianLead()).as("of 15, 6 and 20").isEqualTo(15);
        assertThat(duel.ourMedianLeadFromOnset())
                .as("of 6: the others it did not find")
                .isEqualTo(6);
        assertThat(duel.theirMedianLeadFromOnset()).as("of 6").isEqualTo(6);
    }

    @Test
    void nothingInCommonIsNoLead() {
        Duel duel = new Duel();

        duel.add(score(100), score());

        assertThat(duel.onlyOurs()).isEqualTo(1);
        assertThat(duel.ourMedianLead()).isNull();
        assertThat(duel.ourMedianLeadFromOnset()).isNull();
        assertThat(duel.medianAdvance()).isNull();
    }
}
