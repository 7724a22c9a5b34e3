package io.foreshock.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScorerTest {
    private static final String SPIKE = "loss_spike";
    private static final String DIVERGENCE = "loss_divergence";
    private static final String PLATEAU = "loss_plateau";
    private static final String STALLED = "telemetry_stalled";

    @ParameterizedTest
    @CsvSource({"100, 20", "1000, 20", "1049, 20", "1050, 21", "5000, 100"})
    void slackIsTwentyRowsOrTwoPercentOfTheRun(int rows, int slack) {
        assertThat(new Scorer(Set.of(), Scorer.SLACK_SHARE).slack(rows)).isEqualTo(slack);
    }

    @Test
    void slackNeverFallsBelowTwentyRows() {
        assertThat(new Scorer(Set.of(), 0).slack(5000)).isEqualTo(20);
    }

    @ParameterizedTest
    @CsvSource({"279, false", "280, true", "300, true", "340, true", "360, true", "361, false"})
    void foundFromSlackBeforeTheOnsetToSlackAfterTheEnd(int row, boolean found) {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, null, 340L)
                .alarm(SPIKE, row)
                .score(SPIKE);

        assertThat(score.events()).singleElement().satisfies(event -> {
            assertThat(event.found()).isEqualTo(found);
            assertThat(event.named()).isEqualTo(found);
        });
        assertThat(score.falseAlarms()).hasSize(found ? 0 : 1);
    }

    @Test
    void longRunsHaveMoreSlack() {
        RunScore score = LabelledLog.ofRows(10_000)
                .event(SPIKE, 3000, null, 3000L)
                .alarm(SPIKE, 2800)
                .score(SPIKE);

        assertThat(score.events()).singleElement().matches(EventScore::found);
    }

    @Test
    void eventWithoutEndLastsToTheEndOfTheRun() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(DIVERGENCE, 300, null, null)
                .alarm(DIVERGENCE, 999)
                .score(DIVERGENCE);

        assertThat(score.events()).singleElement().matches(EventScore::found);
        assertThat(score.falseAlarms()).isEmpty();
        assertThat(score.quietRows()).isEqualTo(280);
    }

    @Test
    void kinFindsButDoesNotName() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, null, 340L)
                .alarm("grad_explosion", 310)
                .score(SPIKE, "grad_explosion");

        assertThat(score.events()).singleElement().satisfies(event -> {
            assertThat(event.found()).isTrue();
            assertThat(event.named()).isFalse();
        });
        assertThat(score.falseAlarms()).isEmpty();
        assertThat(score.strayAlarms()).isEmpty();
    }

    @Test
    void strangerInsideAStretchIsStrayAndFindsNothing() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, null, 340L)
                .alarm(PLATEAU, 310)
                .score(SPIKE, PLATEAU);

        assertThat(score.events()).singleElement().matches(event -> !event.found());
        assertThat(score.falseAlarms()).isEmpty();
        assertThat(score.strayAlarms())
                .singleElement()
                .matches(alarm -> alarm.signature().equals(PLATEAU));
    }

    @Test
    void strangerToOneEventIsNoStrayWhereItIsKinOfAnother() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, null, 340L)
                .event(PLATEAU, 330, null, 400L)
                .alarm(PLATEAU, 335)
                .score(SPIKE, PLATEAU);

        assertThat(score.strayAlarms()).isEmpty();
    }

    @Test
    void undecidedEventIsNotDemandedAndShieldsItsStretch() {
        RunScore score = LabelledLog.ofRows(1000)
                .undecided(SPIKE, 300, 340L)
                .alarm(SPIKE, 310)
                .score(SPIKE);

        assertThat(score.events()).isEmpty();
        assertThat(score.falseAlarms()).isEmpty();
        assertThat(score.quietRows()).isEqualTo(1000 - 81);
        assertThat(score.run().clean()).isFalse();
    }

    @Test
    void eventOfASignatureThatIsNotDemandedShieldsItsStretch() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(PLATEAU, 300, null, null)
                .alarm(SPIKE, 500)
                .score(SPIKE);

        assertThat(score.events()).isEmpty();
        assertThat(score.falseAlarms()).isEmpty();
        assertThat(score.strayAlarms()).hasSize(1);
    }

    @Test
    void alarmOfASignatureThatIsNotAskedForIsNotCounted() {
        RunScore score = LabelledLog.ofRows(1000).alarm(PLATEAU, 500).score(SPIKE);

        assertThat(score.falseAlarms()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"300, true, 20", "320, true, 0", "340, true, -20", "341, false, -21"})
    void inTimeUpToSlackAfterTheFailure(int row, boolean inTime, long lead) {
        RunScore score = LabelledLog.ofRows(1000)
                .event(DIVERGENCE, 300, 320L, null)
                .alarm(DIVERGENCE, row)
                .score(DIVERGENCE);

        assertThat(score.events()).singleElement().satisfies(event -> {
            assertThat(event.inTime()).isEqualTo(inTime);
            assertThat(event.lead()).isEqualTo(lead);
        });
    }

    @Test
    void firstAlarmOfTheKinCounts() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(DIVERGENCE, 300, 400L, null)
                .alarm(DIVERGENCE, 390)
                .alarm(SPIKE, 310)
                .score(SPIKE, DIVERGENCE);

        assertThat(score.events()).singleElement().satisfies(event -> {
            assertThat(event.lead()).isEqualTo(90);
            assertThat(event.named()).isTrue();
        });
    }

    @Test
    void harmlessEventIsNotAskedToBeInTime() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, null, 340L)
                .alarm(SPIKE, 310)
                .score(SPIKE);

        assertThat(score.events()).singleElement().matches(event -> !event.harmful() && event.lead() == null);
    }

    @Test
    void alarmInTheUnlabelledStartIsNotFalse() {
        LabelledLog log =
                LabelledLog.ofRows(1000).unlabelledStart(0.1).alarm(SPIKE, 99).alarm(SPIKE, 100);

        RunScore score = log.score(SPIKE);

        assertThat(score.falseAlarms()).extracting(Alarm::row).containsExactly(100);
        assertThat(score.quietRows()).isEqualTo(900);
    }

    @Test
    void stallAfterTheLastRowIsNotDemanded() {
        RunScore score =
                LabelledLog.ofRows(1000).event(STALLED, 1000, 1000L, null).score(STALLED);

        assertThat(score.events()).isEmpty();
    }

    @Test
    void stallBeforeTheLastRowIsDemanded() {
        RunScore score =
                LabelledLog.ofRows(1000).event(STALLED, 580, null, 580L).score(STALLED);

        assertThat(score.events()).singleElement().matches(event -> !event.found());
    }

    @Test
    void alarmThatStandsAtTheOnsetIsNamedButFindsNothing() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, null, 340L)
                .alarm(SPIKE, 100, 320)
                .score(SPIKE);

        assertThat(score.events()).singleElement().satisfies(event -> {
            assertThat(event.found()).isFalse();
            assertThat(event.standing()).isNotNull();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "300, 301, 10, after the onset it counts as it is",
        "305, 400, 5, the same",
        "290, 299, , over before anything happened",
        "290, 300, 10, still open when it began: as if at the onset",
        "315, 400, -5, late"
    })
    void fromTheOnsetOnNothingCountsThatCameBefore(int row, int until, Long lead, String why) {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, 310L, 340L)
                .alarm(SPIKE, row, until)
                .score(SPIKE);

        assertThat(score.events()).singleElement().satisfies(event -> {
            assertThat(event.lead()).isEqualTo(310 - row);
            assertThat(event.leadFromOnset()).as(why).isEqualTo(lead);
        });
    }

    @Test
    void fromTheOnsetOnTheNextAlarmCountsInstead() {
        RunScore score = LabelledLog.ofRows(1000)
                .event(SPIKE, 300, 310L, 340L)
                .alarm(SPIKE, 285, 297)
                .alarm(SPIKE, 304, 320)
                .score(SPIKE);

        assertThat(score.events()).singleElement().satisfies(event -> {
            assertThat(event.lead()).isEqualTo(25);
            assertThat(event.leadFromOnset()).isEqualTo(6);
        });
    }
}
