package io.foreshock.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Story;
import io.foreshock.incident.Story.Consequence;
import io.foreshock.judge.StepSignals;
import io.foreshock.statistics.Forecast;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The JSON of alerts, rejected records and signals: what it looks like, and that it is read back. */
class OurTopicsTest {
    private static final Incident INCIDENT = new Incident(
            "5f0c5f0c5f0c5f0c",
            "llama-7b-3",
            1,
            "attention_logit_growth",
            "attention_logit_max[1][1]",
            3,
            Severity.WARNING,
            Incident.Status.OPEN,
            900,
            1200,
            1200,
            1763870000123L,
            80.3,
            50,
            "1",
            new Forecast("attention_logit_max", 1000, 2100, 1800, 2600),
            "Attention logits of layer 1, head 1 grow 0.4 % a step",
            List.of("Lower the learning rate", "Use QK-norm"),
            new Story(
                    null,
                    "5f0c5f0c5f0c5f0c",
                    true,
                    List.of(new Consequence("77ab77ab77ab77ab", "loss_spike", 2, Severity.WARNING, 1100, 1110, -1))),
            "arXiv:2309.14322",
            new Incident.Window(new long[] {1137, 1138}, new double[] {61.5, Double.NaN}));

    @Test
    void anIncidentIsTheAlertContract() {
        assertThat(new String(IncidentJson.write(INCIDENT), UTF_8))
                .isEqualTo("{\"id\":\"5f0c5f0c5f0c5f0c\",\"run\":\"llama-7b-3\",\"attempt\":1,"
                        + "\"signature\":\"attention_logit_growth\",\"series\":\"attention_logit_max[1][1]\","
                        + "\"series_count\":3,\"severity\":\"warning\",\"status\":\"open\",\"onset_step\":900,"
                        + "\"detected_step\":1200,\"step\":1200,\"ts\":1763870000123,\"value\":80.3,\"threshold\":50.0,"
                        + "\"unit\":\"1\",\"forecast\":{\"quantity\":\"attention_logit_max\",\"level\":1000.0,"
                        + "\"step\":2100,\"low\":1800,\"high\":2600},"
                        + "\"summary\":\"Attention logits of layer 1, head 1 grow 0.4 % a step\","
                        + "\"advice\":[\"Lower the learning rate\",\"Use QK-norm\"],\"cause\":null,"
                        + "\"story\":\"5f0c5f0c5f0c5f0c\",\"pages\":true,\"consequences\":[{\"id\":\"77ab77ab77ab77ab\","
                        + "\"signature\":\"loss_spike\",\"count\":2,\"severity\":\"warning\",\"onset_step\":1100,"
                        + "\"detected_step\":1110,\"end_step\":null}],"
                        + "\"reference\":\"arXiv:2309.14322\","
                        + "\"window\":{\"first_step\":1137,\"steps\":[1137,1138],\"values\":[61.5,\"NaN\"]},"
                        + "\"muted\":false,\"acknowledged\":null}");
        assertThat(new String(IncidentJson.key(INCIDENT), UTF_8)).isEqualTo(INCIDENT.id());
    }

    @Test
    void whatPeopleSaidOfAnIncidentIsTold() {
        Incident handled = INCIDENT.handled(true, new Acknowledgement("ana", 77, "rolled back"));

        assertThat(new String(IncidentJson.write(handled), UTF_8))
                .endsWith(",\"muted\":true,\"acknowledged\":{\"by\":\"ana\",\"ts\":77,\"note\":\"rolled back\"}}");
        assertThat(IncidentJson.read(IncidentJson.write(handled))).isEqualTo(handled);
    }

    @Test
    void anIncidentIsReadBack() {
        assertThat(IncidentJson.read(IncidentJson.write(INCIDENT))).isEqualTo(INCIDENT);
    }

    @Test
    void anIncidentOfExtremesIsReadBack() {
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0}) {
            Incident incident = new Incident(
                    "id",
                    "r",
                    0,
                    "s",
                    "x",
                    1,
                    Severity.CRITICAL,
                    Incident.Status.RESOLVED,
                    0,
                    0,
                    0,
                    -1,
                    value,
                    value,
                    "nats",
                    new Forecast("q", value, 5, 1, Long.MAX_VALUE),
                    "\"quoted\"\n\t🚀",
                    List.of(),
                    new Story("cause", "root", false, List.of()),
                    "",
                    Incident.Window.EMPTY);
            assertThat(IncidentJson.read(IncidentJson.write(incident))).isEqualTo(incident);
        }
    }

    @Test
    void anIncidentOfAnOlderForeshockIsItsOwnStory() {
        String json = new String(IncidentJson.write(INCIDENT), UTF_8)
                .replaceFirst("\"story\".*\"reference\"", "\"reference\"");

        assertThat(IncidentJson.read(json.getBytes(UTF_8)).story())
                .isEqualTo(Story.begunBy(INCIDENT.id(), Severity.WARNING));
    }

    @Test
    void unknownFieldsOfAnIncidentAreIgnored() {
        String json = new String(IncidentJson.write(INCIDENT), UTF_8);
        assertThat(IncidentJson.read(
                        json.replaceFirst("\\{", "{\"new\":[1,{}],").getBytes(UTF_8)))
                .isEqualTo(INCIDENT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"run\":\"llama-7b-3\"|\"run\":7|run must be a string, got 7",
                "\"severity\":\"warning\"|\"severity\":\"mild\"|severity is unknown: \"mild\"",
                "\"value\":80.3|\"value\":\"big\"|value must be a number, got \"big\"",
                "\"onset_step\":900|\"onset_step\":9.5|onset_step must be an integer, got 9.5",
                "\"steps\":[1137,1138]|\"steps\":[1]|window must have as many steps as values, got 1 and 2",
                "\"id\":|\"idd\":|id must be a string, got nothing usable",
            })
    void aBrokenIncidentNamesItsField(String good, String bad, String message) {
        String json = new String(IncidentJson.write(INCIDENT), UTF_8).replace(good, bad);
        assertThatThrownBy(() -> IncidentJson.read(json.getBytes(UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void noJsonIsNoIncident() {
        for (String text : new String[] {"", "7", "{", "[]", "\u0000"}) {
            assertThatThrownBy(() -> IncidentJson.read(text.getBytes(UTF_8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("incident ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRejectedRecordIsReadBack(Rejected.Reason reason) {
        byte[] raw = {'{', 0, (byte) 0xff, '\n', 'x'};
        Rejected rejected = new Rejected(reason, "step is \"a\"", "r", 3, 99, raw);

        Rejected back = RejectedJson.read(RejectedJson.write(rejected));

        assertThat(back).usingRecursiveComparison().isEqualTo(rejected);
    }

    @Test
    void aRejectedRecordCanBeReadByPeople() {
        Rejected rejected =
                new Rejected(Rejected.Reason.BAD_STEP, "step is missing", "", -1, 7, "{\"a\":1,\n}".getBytes(UTF_8));

        assertThat(new String(RejectedJson.write(rejected), UTF_8))
                .isEqualTo("{\"reason\":\"bad_step\",\"detail\":\"step is missing\",\"run\":\"\",\"partition\":-1,"
                        + "\"offset\":7,\"text\":\"{\\\"a\\\":1,\\\\u000a}\",\"raw\":\"eyJhIjoxLAp9\"}");
    }

    @Test
    void aSignalsRowIsReadBack() {
        Map<Signal, Double> values = new EnumMap<>(Signal.class);
        values.put(Signal.LOSS, 2.31);
        values.put(Signal.GRAD_NORM, Double.POSITIVE_INFINITY);
        values.put(Signal.KL, Double.NaN);
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        verdicts.put("loss_spike", Verdict.FIRING);
        verdicts.put("kl_blowup", Verdict.NOT_EVALUABLE);
        StepSignals row = new StepSignals(
                "r",
                1,
                1200,
                1763870000123L,
                values,
                verdicts,
                Map.of("kl_blowup", List.of("reward_mean", "kl")),
                null);

        byte[] json = SignalsJson.write(row);

        assertThat(new String(json, UTF_8))
                .isEqualTo("{\"run\":\"r\",\"attempt\":1,\"step\":1200,\"ts\":1763870000123,"
                        + "\"values\":{\"loss\":2.31,\"grad_norm\":\"Infinity\",\"kl\":\"NaN\"},"
                        + "\"verdicts\":{\"loss_spike\":\"firing\",\"kl_blowup\":\"not_evaluable\"},"
                        + "\"missing\":{\"kl_blowup\":[\"reward_mean\",\"kl\"]}}");
        assertThat(SignalsJson.read(json)).isEqualTo(row);
    }

    @Test
    void aForecastOfTheLossGoesWithIt() {
        StepSignals.LossForecast forecast = new StepSignals.LossForecast(2400, 2.17, 2.12, 2.22);
        StepSignals row = new StepSignals("r", 1, 1200, -1, Map.of(), Map.of(), Map.of(), forecast);

        byte[] json = SignalsJson.write(row);

        assertThat(new String(json, UTF_8))
                .endsWith(",\"forecasts\":{\"loss\":{\"step\":2400,\"value\":2.17,\"low\":2.12,\"high\":2.22}}}");
        assertThat(SignalsJson.read(json).lossForecast()).isEqualTo(forecast);
    }

    @Test
    void theRowAfterTheLastSaysHowARunEnded() {
        StepSignals row = StepSignals.ended("r", 1, 1200, 1763870000123L, RunEnd.FAILED);

        byte[] json = SignalsJson.write(row);

        assertThat(new String(json, UTF_8))
                .isEqualTo("{\"run\":\"r\",\"attempt\":1,\"step\":1200,\"ts\":1763870000123,\"end\":\"failed\","
                        + "\"values\":{},\"verdicts\":{}}");
        assertThat(SignalsJson.read(json)).isEqualTo(row);
    }

    @Test
    void aSignalsRowOfALaterVersionIsRead() {
        StepSignals row = SignalsJson.read(
                "{\"x\":{},\"run\":\"r\",\"step\":1,\"values\":{\"new_signal\":[1],\"lr\":1},\"verdicts\":{}}"
                        .getBytes(UTF_8));

        assertThat(row.values()).containsOnly(Map.entry(Signal.LR, 1.0));
        assertThat(row.ts()).isEqualTo(-1);
    }

    @Test
    void noSignalsRow() {
        for (String text :
                new String[] {"", "7", "{", "[]", "{}", "{\"run\":\"r\",\"step\":1,\"values\":{\"lr\":true}}"}) {
            assertThatThrownBy(() -> SignalsJson.read(text.getBytes(UTF_8)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
