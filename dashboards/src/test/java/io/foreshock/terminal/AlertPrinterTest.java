package io.foreshock.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.statistics.Forecast;
import org.junit.jupiter.api.Test;

class AlertPrinterTest {
    private final AlertPrinter plain = new AlertPrinter(Colour.OFF);

    @Test
    void anIncidentThatOpensIsToldInFull() {
        assertThat(plain.print(Incidents.growth("llama-7b-3", Status.OPEN, Severity.WARNING, 1100, 1100)))
                .isEqualTo("""
                        OPEN      WARNING   attention_logit_growth  llama-7b-3  step 1,100
                                  Something shows on attention_logit_max[1][3].
                                  attention_logit_max[1][3] is 57.23, threshold 50, since step 1,090, and 3 more series
                                  attention_logit_max reaches 100 about step 1,240 (1,220 to 1,270)
                                  try: Lower the learning rate.""");
    }

    @Test
    void anUpdateRepeatsNoAdvice() {
        assertThat(plain.print(Incidents.growth("llama-7b-3", Status.UPDATED, Severity.CRITICAL, 1100, 1200)))
                .isEqualTo("""
                        UPDATED   CRITICAL  attention_logit_growth  llama-7b-3  step 1,200, open since step 1,100
                                  Something shows on attention_logit_max[1][3].
                                  attention_logit_max[1][3] is 57.23, threshold 50, since step 1,090, and 3 more series
                                  attention_logit_max reaches 100 about step 1,240 (1,220 to 1,270)""");
    }

    @Test
    void aResolvedIncidentIsOneLine() {
        assertThat(plain.print(Incidents.growth("llama-7b-3", Status.RESOLVED, Severity.WARNING, 1100, 1200)))
                .isEqualTo("RESOLVED  WARNING   attention_logit_growth  llama-7b-3  step 1,200, opened at step 1,100");
    }

    @Test
    void whatPeopleSaidStandsBehindThePlace() {
        Incident incident = Incidents.growth("llama-7b-3", Status.RESOLVED, Severity.WARNING, 1100, 1200);

        assertThat(plain.print(incident.handled(true, null))).endsWith("opened at step 1,100  (muted)");
        assertThat(plain.print(incident.handled(false, new Acknowledgement("ana", 7, "on it"))))
                .endsWith("opened at step 1,100  (acknowledged by ana)");
    }

    @Test
    void aConsequenceStandsFurtherInAndNamesItsCauseInsteadOfAdvice() {
        Incident cause = Incidents.growth("r", Status.OPEN, Severity.WARNING, 50, 50);
        plain.print(cause);

        assertThat(plain.print(Incidents.spike("r", Status.OPEN, 90, cause.id())))
                .isEqualTo("""
                          OPEN      CRITICAL  loss_spike  r  step 90
                                    Something shows on loss.
                                    loss is 9.5, threshold 4.25, since step 80
                                    follows from attention_logit_growth""".indent(2).stripTrailing());
        assertThat(plain.print(Incidents.spike("r", Status.OPEN, 90, "0123456789abcdef")))
                .endsWith("\n            follows from incident 0123456789abcdef");
    }

    @Test
    void aForecastThatMayNeverComeTrueSaysSo() {
        Incident endless = Incidents.incident(
                "r",
                "kl_blowup",
                "kl",
                1,
                Severity.INFO,
                Status.OPEN,
                10,
                10,
                3,
                2,
                new Forecast("kl", 20, 5000, 300, Long.MAX_VALUE),
                null);

        assertThat(plain.print(endless)).contains("kl reaches 20 about step 5,000 (300 at the earliest)");
    }

    @Test
    void noNumberNoThreshold() {
        Incident broken = Incidents.incident(
                "r",
                "non_finite",
                "loss",
                1,
                Severity.CRITICAL,
                Status.OPEN,
                10,
                10,
                Double.NaN,
                Double.NaN,
                null,
                null);

        assertThat(plain.print(broken)).contains("\n          loss is NaN, since step 0\n");
    }

    @Test
    void whatIsNotGraveIsNotShownUnlessItWasBefore() {
        AlertPrinter warnings = new AlertPrinter(Colour.OFF, Severity.WARNING);

        assertThat(warnings.shows(Incidents.growth("r", Status.OPEN, Severity.INFO, 50, 50)))
                .isFalse();
        Incident opened = Incidents.growth("r", Status.OPEN, Severity.WARNING, 50, 50);
        assertThat(warnings.shows(opened)).isTrue();
        warnings.print(opened);
        assertThat(warnings.shows(Incidents.growth("r", Status.RESOLVED, Severity.INFO, 50, 60)))
                .isTrue();
    }

    @Test
    void aHostileNameCannotTouchTheTerminal() {
        String name = "x\u001b[2J\u0007\r\nOPEN\u202e@|red y|@\u2028\ud83d\ude80\ud83d";

        String block = new AlertPrinter(Colour.ON).print(Incidents.spike(name, Status.RESOLVED, 90, null));

        assertThat(block)
                .contains("x\\u001b[2J\\u0007\\u000d\\u000aOPEN\\u202e@|red y|@\\u2028\ud83d\ude80\\ud83d  step 90")
                .doesNotContain("\u001b[2J")
                .doesNotContain("\n");
    }

    @Test
    void coloursShowTheSeverityAndNothingElseChanges() {
        Incident incident = Incidents.growth("r", Status.OPEN, Severity.CRITICAL, 1100, 1100);

        String coloured = new AlertPrinter(Colour.ON).print(incident);

        assertThat(coloured).startsWith("\u001b[1m\u001b[31mOPEN      CRITICAL\u001b[");
        assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(plain.print(incident));
    }
}
