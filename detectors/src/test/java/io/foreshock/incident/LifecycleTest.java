package io.foreshock.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Finding;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.nonfinite.NonFinite;
import io.foreshock.incident.Incident.Status;
import io.foreshock.state.Archive;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.Signal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    private static final Signature SIGNATURE = Signature.named("attention_logit_growth", "Attention logits grow")
            .needs(Signal.ATTENTION_LOGIT_MAX)
            .calmAfter(2)
            .reference("arXiv:2309.14322")
            .advice("warm up longer")
            .detectedBy(NonFinite.Config.DEFAULT, NonFinite::new);

    private Lifecycle lifecycle = new Lifecycle(SIGNATURE);
    private final RunHistory history = new RunHistory();
    private final List<Incident> told = new ArrayList<>();

    private static Finding finding(String series, int count, double value, @Nullable Forecast forecast) {
        return new Finding(
                Signal.ATTENTION_LOGIT_MAX,
                series,
                count,
                Severity.WARNING,
                90,
                value,
                50,
                "1",
                forecast,
                Sentence.of("grows"));
    }

    private void row(long step, Finding... findings) {
        lifecycle.row(List.of(findings), true, new Place("run", 0, step, 1_000 * step), history, told::add);
    }

    @Test
    void nothingFoundIsNothingTold() {
        row(0);
        row(1);
        lifecycle.resolve(new Place("run", 0, 1, 1_000), told::add);
        lifecycle.belittle();

        assertThat(told).isEmpty();
    }

    @Test
    void fortyHeadsAreOneIncidentOfTheWorst() {
        row(100, finding("a[0][1]", 1, 60, null), finding("a[3][1]", 38, 90, null), finding("a[2][0]", 1, 55, null));

        assertThat(told).hasSize(1);
        assertThat(told.get(0).series()).isEqualTo("a[3][1]");
        assertThat(told.get(0).seriesCount()).isEqualTo(40);
    }

    @Test
    void worstByTenTimesIsNewsAndALittleIsNot() {
        row(100, finding("a", 1, 60, null));
        row(101, finding("a", 1, 500, null));
        assertThat(told).hasSize(1);
        row(102, finding("b", 1, 600, null));

        assertThat(told).extracting(Incident::status).containsExactly(Status.OPEN, Status.UPDATED);
        assertThat(told.get(1).series()).isEqualTo("b");
        assertThat(told.get(1).id()).isEqualTo(told.get(0).id());
    }

    @Test
    void forecastThatLeavesItsIntervalIsNews() {
        row(100, finding("a", 1, 60, new Forecast("a", 100, 150, 130, 180)));
        row(101, finding("a", 1, 61, new Forecast("a", 100, 179, 150, 220)));
        assertThat(told).hasSize(1);
        row(102, finding("a", 1, 62, new Forecast("a", 100, 190, 150, 240)));
        row(103, finding("a", 1, 62, new Forecast("a", 100, 195, 150, 240)));

        assertThat(told).extracting(Incident::step).containsExactly(100L, 102L);
    }

    @Test
    void seriesBelowTheLevelThatAnotherPassedIsNoNews() {
        row(100, finding("a", 1, 90, new Forecast("a", 100, 120, 110, 130)));
        row(101, finding("b", 1, 101, new Forecast("a", 1_000, 300, 200, 400)));
        row(102, finding("a", 1, 96, new Forecast("a", 100, 104, 103, 106)));
        row(103, finding("b", 1, 102, new Forecast("a", 1_000, 310, 210, 400)));

        assertThat(told).extracting(Incident::step).containsExactly(100L, 101L);
    }

    @Test
    void incidentThatComesBackBeginsWhereTheOneBeforeItEnded() {
        row(100, finding("a", 1, 60, null));
        row(101);
        row(102);
        row(103, finding("a", 1, 60, null));

        assertThat(told).extracting(Incident::onsetStep).containsExactly(90L, 90L, 102L);
        assertThat(told.get(2).id()).isNotEqualTo(told.get(0).id());
    }

    @Test
    void gravestFindingLeadsEvenIfAnotherIsFurtherOut() {
        Finding critical = new Finding(Signal.LOSS, "grave", Severity.CRITICAL, 90, 51, 50, "1", null, "grave");
        row(100, finding("far", 1, 5_000, null), critical);

        assertThat(told.get(0).series()).isEqualTo("grave");
    }

    @Test
    void belittledIncidentResolvesAsInfo() {
        row(100, finding("a", 1, 60, null));
        lifecycle.belittle();
        lifecycle.resolve(new Place("run", 0, 101, 101_000), told::add);

        assertThat(told).extracting(Incident::severity).containsExactly(Severity.WARNING, Severity.INFO);
        assertThat(told.get(1).step()).isEqualTo(101);
        assertThat(lifecycle.open()).isNull();
    }

    @Test
    void nanValueDoesNotTellOnEveryRow() {
        for (int step = 0; step < 20; step++) {
            row(step, finding("a", 1, Double.NaN, null));
        }

        assertThat(told).hasSize(1);
    }

    @Test
    void writtenDownAndReadBackItResolvesTheSameIncident() throws IOException {
        row(100, finding("a", 2, 60, new Forecast("a", 100, 150, 130, Long.MAX_VALUE)));
        row(101);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        lifecycle.persist(Archive.writing(new DataOutputStream(bytes)));
        Incident before = lifecycle.open();
        lifecycle = new Lifecycle(SIGNATURE);
        lifecycle.persist(Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()))));

        assertThat(lifecycle.open()).isEqualTo(before);
        row(102);
        assertThat(told.get(1).status()).isEqualTo(Status.RESOLVED);
        assertThat(told.get(1).id()).isEqualTo(told.get(0).id());
    }

    @Test
    void idsDependOnEveryPartAndOnNothingElse() {
        String id = Incident.id("run", 1, "loss_spike", "loss", 12);

        assertThat(id).matches("[0-9a-f]{16}").isEqualTo(Incident.id("run", 1, "loss_spike", "loss", 12));
        assertThat(List.of(
                        Incident.id("run2", 1, "loss_spike", "loss", 12),
                        Incident.id("run", 2, "loss_spike", "loss", 12),
                        Incident.id("run", 1, "loss_spikes", "loss", 12),
                        Incident.id("run", 1, "loss_spike", "loss2", 12),
                        Incident.id("run", 11, "loss_spike", "loss", 2),
                        Incident.id("run", 1, "loss_spike", "loss", 13)))
                .doesNotContain(id)
                .doesNotHaveDuplicates();
    }
}
