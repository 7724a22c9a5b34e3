package io.foreshock.replay;

import static io.foreshock.detect.Severity.CRITICAL;
import static io.foreshock.detect.Severity.INFO;
import static io.foreshock.detect.Severity.WARNING;
import static io.foreshock.replay.Incidents.incident;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.incident.Incident;
import java.util.List;
import org.junit.jupiter.api.Test;

class WhatIfTest {
    private final Incident spike = incident("loss_spike", WARNING, 100, 102, 110);

    @Test
    void nothingAgainstNothingIsNothing() {
        WhatIf none = WhatIf.of("a", List.of(), List.of());

        assertThat(none.pairs()).isEmpty();
        assertThat(none.vanished()).isEmpty();
        assertThat(none.appeared()).isEmpty();
        assertThat(none.ourFirst()).isNull();
        assertThat(none.gainedLead()).isNull();
    }

    @Test
    void sameIncidentIsOnePairThatHasNotMoved() {
        WhatIf same = WhatIf.of("a", List.of(spike), List.of(incident("loss_spike", WARNING, 100, 102, 110)));

        assertThat(same.pairs()).hasSize(1);
        assertThat(same.moved()).isEmpty();
        assertThat(same.gainedLead()).isZero();
    }

    @Test
    void incidentOfOneAloneAppearsOrVanishes() {
        Incident collapse = incident("entropy_collapse", CRITICAL, 300, 320, -1);

        WhatIf other = WhatIf.of("a", List.of(spike), List.of(collapse));

        assertThat(other.vanished()).containsExactly(spike);
        assertThat(other.appeared()).containsExactly(collapse);
        assertThat(other.gainedLead()).isEqualTo(102 - 320);
    }

    @Test
    void incidentThatOverlapsMovesByDetectionOnsetOrSeverity() {
        Incident sooner = incident("loss_spike", CRITICAL, 96, 97, 100);

        WhatIf.Pair moved =
                WhatIf.of("a", List.of(spike), List.of(sooner)).moved().get(0);

        assertThat(moved.ours()).isEqualTo(spike);
        assertThat(moved.theirs()).isEqualTo(sooner);
        assertThat(moved.sooner()).isEqualTo(5);
    }

    @Test
    void incidentThatWasOverBeforeTheOtherBeganIsAnotherOne() {
        Incident later = incident("loss_spike", WARNING, 111, 112, 120);

        WhatIf apart = WhatIf.of("a", List.of(spike), List.of(later));

        assertThat(apart.vanished()).containsExactly(spike);
        assertThat(apart.appeared()).containsExactly(later);
    }

    @Test
    void ofSeveralThatOverlapTheNearestIsTakenAndEachOnce() {
        Incident early = incident("loss_spike", WARNING, 90, 91, 105);
        Incident near = incident("loss_spike", WARNING, 99, 103, 130);
        Incident second = incident("loss_spike", WARNING, 120, 121, 125);

        WhatIf several = WhatIf.of("a", List.of(spike, second), List.of(early, near));

        assertThat(several.pairs()).containsExactly(new WhatIf.Pair(spike, near));
        assertThat(several.appeared()).containsExactly(early);
        assertThat(several.vanished()).containsExactly(second);
    }

    @Test
    void informationIsNoFirstWarning() {
        WhatIf observed = WhatIf.of("a", List.of(spike), List.of(incident("loss_spike", INFO, 100, 102, 110)));

        assertThat(observed.moved()).hasSize(1);
        assertThat(observed.ourFirst()).isEqualTo(102);
        assertThat(observed.theirFirst()).isNull();
        assertThat(observed.gainedLead()).isNull();
    }
}
