package io.foreshock.topics;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.incident.Story;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final Ledger ledger = new Ledger();

    @Test
    void aChangeIsNewsOnce() {
        assertThat(ledger.record(change(Status.OPEN, 10))).isTrue();
        assertThat(ledger.record(change(Status.OPEN, 10))).isFalse();
        assertThat(ledger.record(change(Status.UPDATED, 10))).isTrue();
        assertThat(ledger.open()).isEqualTo(1);
    }

    @Test
    void whatIsSaidAgainAfterARestartIsNoNews() {
        ledger.record(change(Status.OPEN, 10));
        ledger.record(change(Status.UPDATED, 20));
        ledger.record(change(Status.RESOLVED, 30));

        assertThat(ledger.record(change(Status.OPEN, 10))).isFalse();
        assertThat(ledger.record(change(Status.UPDATED, 20))).isFalse();
        assertThat(ledger.record(change(Status.RESOLVED, 30))).isFalse();
        assertThat(ledger.incidents()).containsExactly(change(Status.RESOLVED, 30));
        assertThat(ledger.open()).isZero();
    }

    @Test
    void anIncidentThatBeginsAgainIsNews() {
        ledger.record(change(Status.RESOLVED, 30));

        assertThat(ledger.record(change(Status.OPEN, 40))).isTrue();
    }

    @Test
    void whoHandlesItIsNewsAtTheSameStep() {
        Incident updated = change(Status.UPDATED, 20);
        ledger.record(updated);

        assertThat(ledger.record(updated.handled(false, new Acknowledgement("ana", 5, ""))))
                .isTrue();
        assertThat(ledger.record(updated.handled(true, new Acknowledgement("ana", 5, ""))))
                .isTrue();
        assertThat(ledger.record(updated.handled(true, new Acknowledgement("ana", 5, ""))))
                .isFalse();
        assertThat(ledger.record(updated.handled(false, new Acknowledgement("ana", 5, ""))))
                .as("unmuted")
                .isTrue();
    }

    private static Incident change(Status status, long step) {
        return new Incident(
                "id",
                "r",
                0,
                "loss_spike",
                "loss",
                1,
                Severity.WARNING,
                status,
                9,
                10,
                step,
                -1,
                5,
                4,
                "1",
                null,
                "",
                List.of(),
                Story.begunBy("id", Severity.WARNING),
                "",
                Incident.Window.EMPTY);
    }
}
