package io.foreshock.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.board.Standing;
import io.foreshock.board.Told;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the webhook gets of an incident, from its opening to its end. */
class MessageTest {
    private static final long OPENED = Told.at(40);
    private static final WebhookPolicy AT_ONCE = new WebhookPolicy(Severity.WARNING, Duration.ZERO);

    private static Incident spike(Severity severity, Status status, long step) {
        return Told.incident("llama", "loss_spike", severity, status, 40, step);
    }

    private static Concern concern(Incident incident) {
        return new Concern(
                incident,
                Standing.RUNNING,
                true,
                false,
                OPENED,
                Map.of("team", "pretraining"),
                "http://page/runs/llama");
    }

    private static Message next(Incident incident, Delivery known) {
        return Message.next(concern(incident), known, AT_ONCE, OPENED);
    }

    @Test
    void anIncidentOpensEscalatesAndEnds() {
        Incident warning = spike(Severity.WARNING, Status.OPEN, 40);
        Message opened = next(warning, null);
        assertThat(opened.type()).isEqualTo("incident.opened");
        assertThat(opened.id()).isEqualTo(warning.id() + "-1-warning");
        assertThat(next(spike(Severity.WARNING, Status.UPDATED, 45), opened.told()))
                .isNull();

        Message escalated = next(spike(Severity.CRITICAL, Status.UPDATED, 50), opened.told());
        assertThat(escalated.type()).isEqualTo("incident.escalated");
        assertThat(escalated.id()).isEqualTo(warning.id() + "-1-critical");

        Incident over = spike(Severity.CRITICAL, Status.RESOLVED, 60);
        Message resolved = next(over, escalated.told());
        assertThat(resolved.type()).isEqualTo("incident.resolved");
        assertThat(resolved.id()).isEqualTo(warning.id() + "-1-resolved");
        assertThat(next(over, resolved.told())).isNull();
    }

    @Test
    void whatBeginsAgainOpensAgainUnderAnotherId() {
        Incident again = spike(Severity.WARNING, Status.UPDATED, 80);
        Message opened = next(again, new Delivery(1, true, Severity.WARNING, 60));

        assertThat(opened.type()).isEqualTo("incident.opened");
        assertThat(opened.id()).isEqualTo(again.id() + "-2-warning");
    }

    @Test
    void anEndThatWasToldIsNoNewBeginningOnABoardThatIsBehind() {
        assertThat(next(spike(Severity.WARNING, Status.UPDATED, 55), new Delivery(1, true, Severity.WARNING, 60)))
                .isNull();
    }

    @Test
    void whatIsOverBeforeItWasToldIsNotTold() {
        assertThat(next(spike(Severity.WARNING, Status.RESOLVED, 60), null)).isNull();
    }

    @Test
    void theDelayIsKept() {
        WebhookPolicy later = new WebhookPolicy(Severity.WARNING, Duration.ofMinutes(5));
        Concern open = concern(spike(Severity.WARNING, Status.OPEN, 40));

        assertThat(Message.next(open, null, later, OPENED + 299_999)).isNull();
        assertThat(Message.next(open, null, later, OPENED + 300_000)).isNotNull();
    }

    @Test
    void whatIsMildMutedAcknowledgedOrFollowsFromACauseIsNotTold() {
        Incident open = spike(Severity.WARNING, Status.OPEN, 40);
        WebhookPolicy critical = WebhookPolicy.DEFAULT;

        assertThat(Message.next(concern(open), null, critical, OPENED)).isNull();
        assertThat(next(Told.muted(open), null)).isNull();
        assertThat(next(Told.acknowledged(open, "ada"), null)).isNull();
        Incident cause = Told.incident("llama", "grad_norm_spike", Severity.WARNING, Status.OPEN, 30, 30);
        assertThat(next(Told.following(open, cause), null)).isNull();
        assertThat(next(
                        Told.muted(spike(Severity.CRITICAL, Status.UPDATED, 50)),
                        new Delivery(1, false, Severity.WARNING, 40)))
                .isNull();
    }

    @Test
    void anIncidentOfARunThatHasLeftIsOver() {
        Concern left = new Concern(
                spike(Severity.WARNING, Status.UPDATED, 45), Standing.FAILED, false, false, OPENED, Map.of(), "");

        assertThat(Message.next(left, new Delivery(1, false, Severity.WARNING, 40), AT_ONCE, OPENED)
                        .type())
                .isEqualTo("incident.resolved");
        assertThat(Message.next(left, null, AT_ONCE, OPENED)).isNull();
    }

    @Test
    void theBodyIsTheAlertContractWithLabelsAndPage() throws IOException {
        Incident open = spike(Severity.WARNING, Status.OPEN, 40);
        JsonNode body = new ObjectMapper().readTree(next(open, null).body(Told.at(41)));

        assertThat(body.get("type").asText()).isEqualTo("incident.opened");
        assertThat(body.get("timestamp").asText()).isEqualTo("2025-11-23T03:54:01Z");
        JsonNode data = body.get("data");
        assertThat(data.get("id").asText()).isEqualTo(open.id());
        assertThat(data.get("signature").asText()).isEqualTo("loss_spike");
        assertThat(data.get("onset_step").asLong()).isEqualTo(40);
        assertThat(data.at("/advice/0").asText()).isEqualTo("Lower the learning rate");
        assertThat(data.at("/labels/team").asText()).isEqualTo("pretraining");
        assertThat(data.get("run_state").asText()).isEqualTo("running");
        assertThat(data.get("page").asText()).isEqualTo("http://page/runs/llama");
        assertThat(data.has("window")).isFalse();
    }

    @Test
    void whatWasDeliveredIsReadBack() {
        Delivery delivery = new Delivery(2, true, Severity.CRITICAL, 77);

        assertThat(Delivery.read(delivery.json())).isEqualTo(delivery);
    }
}
