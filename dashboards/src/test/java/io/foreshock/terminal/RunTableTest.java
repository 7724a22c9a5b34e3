package io.foreshock.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.terminal.RunSummary.Failure;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunTableTest {
    private static final Incident GROWTH = Incidents.growth("lr_0.1", Status.RESOLVED, Severity.WARNING, 61, 999);
    private static final Incident SPIKE = Incidents.spike("lr_0.1", Status.OPEN, 92, GROWTH.id());

    @Test
    void aLineForEachRun() {
        List<RunSummary> runs = List.of(
                new RunSummary("lr_0.001", 1000, 999, "finished", List.of(), new Failure("", -1)),
                new RunSummary(
                        "lr_0.1",
                        1000,
                        999,
                        "running",
                        List.of(SPIKE, GROWTH),
                        new Failure("attention_logit_growth", 92)),
                new RunSummary("mine", 12, 11, "running", List.of(), null));

        assertThat(new RunTable(Colour.OFF).print(runs)).isEqualTo("""
                        RUN       STEPS  STATE     CRITICAL  WARNING  INFO  FIRST TROUBLE                      LEAD  VERDICT
                        lr_0.001  1,000  finished         -        -     -  -                                     -  stayed healthy, and nobody was called
                        lr_0.1    1,000  running          1        1     -  attention_logit_growth at step 61    31  warned 31 steps before the harm at step 92
                        mine         12  running          -        -     -  -                                     -  nothing to report""");
    }

    @Test
    void aHostileNameStaysOnItsLine() {
        RunSummary hostile = new RunSummary("x\n\u001b[31m", 1, 0, "running", List.of(), null);

        assertThat(new RunTable(Colour.OFF).print(List.of(hostile)).lines().skip(1))
                .containsExactly(
                        "x\\u000a\\u001b[31m      1  running         -        -     -  -                 -  nothing to report");
    }

    @Test
    void theVerdictComparesWithHindsight() {
        assertThat(verdict(new Failure("loss_spike", 61), GROWTH)).isEqualTo("found at the very step of the harm");
        assertThat(verdict(new Failure("loss_spike", 60), GROWTH)).isEqualTo("found 1 step after the harm at step 60");
        assertThat(verdict(new Failure("telemetry_stalled", -1), GROWTH)).isEqualTo("found; the run was not harmed");
        assertThat(verdict(new Failure("", -1), GROWTH)).isEqualTo("false alarm: the run stayed healthy");
        assertThat(verdict(new Failure("loss_spike", 400))).isEqualTo("missed: loss_spike at step 400");
        assertThat(verdict(null, GROWTH)).isEqualTo("attention_logit_growth is the first to look at");
    }

    @Test
    void infoIsNoTrouble() {
        Incident info = Incidents.growth("lr_0.1", Status.OPEN, Severity.INFO, 61, 999);

        assertThat(verdict(new Failure("", -1), info)).isEqualTo("stayed healthy, and nobody was called");
    }

    @Test
    void ofWhatIsFoundAtOneStepTheCauseComesFirstWhateverItsNumber() {
        Incident cause = Incidents.growth("r", Status.OPEN, Severity.WARNING, 92, 92);
        Incident consequence = Incidents.spike("r", Status.OPEN, 92, cause.id());

        assertThat(verdict(null, consequence, cause)).isEqualTo("attention_logit_growth is the first to look at");
        assertThat(verdict(null, cause, consequence)).isEqualTo("attention_logit_growth is the first to look at");
    }

    @Test
    void theLastStateOfAnIncidentCounts() {
        Incident opened = Incidents.growth("lr_0.1", Status.OPEN, Severity.WARNING, 61, 61);

        assertThat(RunSummary.lastStates(List.of(opened, SPIKE, GROWTH)).get("lr_0.1"))
                .containsExactlyInAnyOrder(GROWTH, SPIKE);
    }

    private static String verdict(Failure failure, Incident... incidents) {
        return new RunSummary("r", 1000, 999, "finished", List.of(incidents), failure).verdict();
    }
}
