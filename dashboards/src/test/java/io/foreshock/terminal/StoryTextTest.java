package io.foreshock.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoryTextTest {
    private final Incident growth = Incidents.growth("r", Status.OPEN, Severity.WARNING, 50, 70);

    @Test
    void consequencesStandBehindTheirCauseAndAreCounted() {
        assertThat(StoryText.of(List.of(
                        growth,
                        Incidents.spike("r", Status.RESOLVED, 1_090, growth.id()),
                        Incidents.spike("r", Status.OPEN, 1_190, growth.id()))))
                .containsExactly("r: attention_logit_growth from step 40 (found at 50) -> loss_spike from step 1,080"
                        + " (found at 1,090, 2 times)");
    }

    @Test
    void incidentsOfTheirOwnAreNoStory() {
        assertThat(StoryText.of(List.of(growth, Incidents.spike("r", Status.OPEN, 90, null))))
                .isEmpty();
    }
}
