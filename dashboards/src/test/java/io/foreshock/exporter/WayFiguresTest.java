package io.foreshock.exporter;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.board.Told;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is counted while the exporter runs. */
class WayFiguresTest {
    private long now;
    private final WayFigures way = new WayFigures(List.of(), () -> now);

    /** An incident of this step, which comes so many milliseconds after its event was stamped. */
    private void comes(long step, long millisLater, boolean before) {
        now = Told.at(step) + millisLater;
        way.incident(Told.incident("llama", "loss_spike", Severity.WARNING, Status.OPEN, step, step), now, before);
    }

    private HistogramDataPointSnapshot latency() {
        return way.latency().collect().getDataPoints().get(0);
    }

    private List<String> lines() throws IOException {
        Samples samples = new Samples();
        way.addTo(samples);
        return Scraped.lines(samples);
    }

    @Test
    void latencyIsFromTheEventsStampToItsAlert() {
        comes(1, 250, false);
        comes(2, 1_750, false);
        // Another machine's clock is a little ahead.
        comes(3, -400, false);

        assertThat(latency().getCount()).isEqualTo(3);
        assertThat(latency().getSum()).isEqualTo(2);
    }

    @Test
    void whatWasNotStampedWhenItWasSentSaysNothingOfLatency() {
        comes(1, 3_600_000, false);
        comes(2, -1_001, false);
        comes(3, 100, true);

        assertThat(latency().getCount()).isZero();
    }

    @Test
    void anIncidentCountsOnceASeverity() throws IOException {
        Incident warning = Told.incident("llama", "loss_spike", Severity.WARNING, Status.OPEN, 5, 5);
        Incident critical = Told.incident("llama", "loss_spike", Severity.CRITICAL, Status.UPDATED, 5, 6);
        way.incident(warning, Told.at(5), false);
        way.incident(warning, Told.at(5), false);
        way.incident(critical, Told.at(6), false);
        way.incident(critical, Told.at(7), false);
        way.incident(Told.resolved(critical), Told.at(8), false);

        assertThat(lines())
                .contains(
                        "foreshock_incidents_total{severity=\"info\",signature=\"loss_spike\"} 0.0",
                        "foreshock_incidents_total{severity=\"warning\",signature=\"loss_spike\"} 1.0",
                        "foreshock_incidents_total{severity=\"critical\",signature=\"loss_spike\"} 1.0");
    }
}
