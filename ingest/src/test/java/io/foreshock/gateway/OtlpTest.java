package io.foreshock.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.foreshock.http.Problem;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class OtlpTest {
    private static final long MIB = 1024 * 1024;
    private static final long TS = 1_763_870_000_123L;

    private final Budget budget = new Budget(64 * MIB);

    private static KeyValue text(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private static KeyValue number(String key, long value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setIntValue(value))
                .build();
    }

    private static NumberDataPoint point(double value, KeyValue... attributes) {
        return NumberDataPoint.newBuilder()
                .setAsDouble(value)
                .setTimeUnixNano(TS * 1_000_000 + 999)
                .addAllAttributes(Arrays.asList(attributes))
                .build();
    }

    private static Metric gauge(String name, NumberDataPoint... points) {
        return Metric.newBuilder()
                .setName(name)
                .setGauge(Gauge.newBuilder().addAllDataPoints(Arrays.asList(points)))
                .build();
    }

    private static ExportMetricsServiceRequest export(Resource resource, Metric... metrics) {
        return ExportMetricsServiceRequest.newBuilder()
                .addResourceMetrics(ResourceMetrics.newBuilder()
                        .setResource(resource)
                        .addScopeMetrics(ScopeMetrics.newBuilder().addAllMetrics(Arrays.asList(metrics))))
                .build();
    }

    private static Resource resource(KeyValue... attributes) {
        return Resource.newBuilder().addAllAttributes(Arrays.asList(attributes)).build();
    }

    private Otlp.Export read(ExportMetricsServiceRequest request) {
        return Otlp.read(request.toByteArray(), false, Grant.ANYBODY, budget.share());
    }

    private static List<String> events(Otlp.Export export) {
        return export.items().stream()
                .map(item -> item instanceof Item.Event event
                        ? new String(event.value(), UTF_8)
                        : ((Item.Refused) item).reason() + ": " + ((Item.Refused) item).detail())
                .toList();
    }

    @Test
    void pointsOfOneRunRankAndStepAreOneEvent() {
        Otlp.Export export = read(export(
                resource(text("service.name", "svc"), text("foreshock.run", "llama"), number("rank", 3)),
                gauge("loss", point(2.5, number("step", 7)), point(2.25, number("step", 8))),
                gauge("lr", point(0.5, number("step", 7), number("rank", 0), number("attempt", 1))),
                gauge("grad_norm", point(Double.NaN, number("step", 7)), point(1, number("step", 8)))));

        assertThat(events(export))
                .containsExactly(
                        "{\"run\":\"llama\",\"step\":7,\"rank\":3,\"ts\":" + TS
                                + ",\"metrics\":{\"loss\":2.5,\"grad_norm\":\"NaN\"}}",
                        "{\"run\":\"llama\",\"step\":8,\"rank\":3,\"ts\":" + TS
                                + ",\"metrics\":{\"loss\":2.25,\"grad_norm\":1.0}}",
                        "{\"run\":\"llama\",\"step\":7,\"attempt\":1,\"ts\":" + TS + ",\"metrics\":{\"lr\":0.5}}");
        assertThat(export.points()).containsExactly(2, 2, 1);
        assertThat(export.items()).allMatch(item -> new String(((Item.Event) item).key(), UTF_8).equals("llama"));
    }

    @Test
    void theStepMayBeAMetricOfTheSameResource() {
        Otlp.Export export = read(export(
                resource(text("service.name", "svc")),
                gauge("loss", point(2.5)),
                Metric.newBuilder()
                        .setName("step")
                        .setSum(Sum.newBuilder()
                                .addDataPoints(NumberDataPoint.newBuilder().setAsInt(41))
                                .addDataPoints(NumberDataPoint.newBuilder().setAsInt(42)))
                        .build(),
                gauge("of another step", point(1, number("step", 3)))));
        assertThat(events(export))
                .containsExactly(
                        "{\"run\":\"svc\",\"step\":42,\"ts\":" + TS + ",\"metrics\":{\"loss\":2.5}}",
                        "{\"run\":\"svc\",\"step\":3,\"ts\":" + TS + ",\"metrics\":{\"of another step\":1.0}}");
    }

    @Test
    void layersAndHeadsMakeOneMetricAnArray() {
        Otlp.Export export = read(export(
                resource(),
                gauge(
                        "attention_logit_max",
                        point(4, text("run", "r"), number("step", 1), number("layer", 1), number("head", 1)),
                        point(1, text("run", "r"), number("step", 1), number("layer", 0), number("head", 0))),
                gauge("grad_rms/layer", point(3, text("run", "r"), number("step", 1), text("layer", " 2 ")))));
        assertThat(events(export))
                .containsExactly(
                        "{\"run\":\"r\",\"step\":1,\"ts\":" + TS
                                + ",\"metrics\":{\"attention_logit_max\":[[1.0,null],[null,4.0]],\"grad_rms/layer\":[null,null,3.0]}}");
    }

    @Test
    void whatCannotBeAnEventIsCountedAndExplained() throws Exception {
        Metric histogram = Metric.newBuilder()
                .setName("step_time")
                .setHistogram(Histogram.newBuilder()
                        .addDataPoints(HistogramDataPoint.getDefaultInstance())
                        .addDataPoints(HistogramDataPoint.getDefaultInstance()))
                .build();
        Otlp.Export export = read(export(
                resource(text("service.name", "r")),
                histogram,
                gauge(
                        "loss",
                        point(1),
                        point(2, number("step", -1)),
                        point(3, text("step", "x")),
                        point(4, number("step", 5)))));
        assertThat(events(export))
                .containsExactly("{\"run\":\"r\",\"step\":5,\"ts\":" + TS + ",\"metrics\":{\"loss\":4.0}}");
        assertThat(export.rejectedPoints()).isEqualTo(5);

        ExportMetricsServiceResponse response =
                ExportMetricsServiceResponse.parseFrom(export.response(new Answer(1, new TreeMap<>()), false));
        assertThat(response.getPartialSuccess().getRejectedDataPoints()).isEqualTo(5);
        assertThat(response.getPartialSuccess().getErrorMessage())
                .isEqualTo(
                        "a point of \"loss\" has no step >= 0: set the point's attribute step, or send a metric called"
                                + " step");

        TreeMap<Integer, Item.Refused> rejected = new TreeMap<>();
        rejected.put(0, new Item.Refused("too_large", "the event has"));
        assertThat(new String(export.response(new Answer(0, rejected), true), UTF_8))
                .contains("\"rejectedDataPoints\": \"6\"")
                .contains("\"errorMessage\": \"the event has\"");
    }

    @Test
    void allWellIsAnEmptyAnswer() {
        Otlp.Export export = read(export(resource(text("run", "x"), text("foreshock.run", "r")), gauge("loss")));
        assertThat(export.items()).isEmpty();
        assertThat(export.response(new Answer(0, new TreeMap<>()), false)).isEmpty();
        assertThat(new String(export.response(new Answer(0, new TreeMap<>()), true), UTF_8).replaceAll("\\s", ""))
                .isEqualTo("{}");
    }

    @Test
    void noRunOrAttributesOutOfRangeAreSaid() {
        assertThat(read(export(resource(), gauge("loss", point(1, number("step", 1)))))
                        .rejection())
                .isEqualTo("a point of \"loss\" has no run: set the resource's attribute foreshock.run");
        for (KeyValue bad : List.of(
                number("rank", -1),
                number("rank", 1_048_576),
                number("attempt", 1_000_000),
                number("layer", -1),
                number("layer", 65_536),
                number("head", 0))) {
            Otlp.Export export =
                    read(export(resource(text("service.name", "r")), gauge("loss", point(1, number("step", 1), bad))));
            assertThat(export.rejectedPoints()).as(bad.toString()).isOne();
            assertThat(export.rejection()).contains("out of range");
        }
        Otlp.Export badRun =
                read(export(resource(text("foreshock.run", "a\nb")), gauge("l", point(1, number("step", 1)))));
        assertThat(events(badRun)).singleElement().asString().startsWith("bad_metric: run must be printable");
    }

    @Test
    void aRunThatIsNotTheSendersSpoilsTheWholeBody() {
        byte[] body = export(
                        resource(text("foreshock.run", "mine")),
                        gauge("loss", point(1, number("step", 1)), point(1, number("step", 2), text("run", "theirs"))))
                .toByteArray();
        assertThatThrownBy(() -> Otlp.read(body, false, new Grant("me", List.of("mine")), budget.share()))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(403))
                .hasMessageContaining("not for run \"theirs\"");
    }

    @Test
    void jsonSaysTheSame() throws Exception {
        ExportMetricsServiceRequest request = export(
                resource(text("foreshock.run", "r")),
                gauge("loss", point(2.5, number("step", 7)), point(Double.POSITIVE_INFINITY, number("step", 8))));
        String json = JsonFormat.printer().print(request).replaceFirst("\\{", "{\"unknown\":[{\"x\":1}],");
        assertThat(events(Otlp.read(json.getBytes(UTF_8), true, Grant.ANYBODY, budget.share())))
                .isEqualTo(events(read(request)))
                .hasSize(2);
    }

    private void assertRefused(byte[] body, boolean json, int status) {
        assertThatThrownBy(() -> Otlp.read(body, json, Grant.ANYBODY, new Budget(64 * MIB).share()))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(status));
    }

    @Test
    void whatIsNoExportIsABadRequest() {
        for (String text :
                List.of("x", "[]", "{", "{\"resourceMetrics\":1}", "[".repeat(100_000), "{\"a\":".repeat(100_000))) {
            assertRefused(text.getBytes(UTF_8), true, 400);
        }
        assertRefused(new byte[] {1, 2, 3}, false, 400);
        byte[] groups = new byte[1_000_000];
        Arrays.fill(groups, (byte) 0x0b);
        assertRefused(groups, false, 400);
    }

    /** 10^999999999 as a whole number would take minutes and half a gigabyte. */
    @Test
    void aNumberThatIsVeryLongWrittenOutIsNotWrittenOut() {
        String json =
                "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"loss\",\"gauge\":{\"dataPoints\":"
                        + "[{\"timeUnixNano\":%s,\"asDouble\":1}]}}]}]}]}";
        for (String number : List.of("1e999999999", "\"1e999999999\"", "1E+99999999", "1e-999999999")) {
            assertRefused(String.format(json, number).getBytes(UTF_8), true, 400);
        }
    }

    @Test
    void whatIsSmallOnTheWireAndLargeInMemoryIsRefusedBeforeItIsRead() {
        byte[] emptyPoints = new byte[(int) (4 * MIB)];
        for (int i = 0; i < emptyPoints.length; i += 2) {
            emptyPoints[i] = 0x0a; // resource_metrics, of no bytes
        }
        assertRefused(emptyPoints, false, 413);
        assertRefused(("{\"resourceMetrics\":[" + "{},".repeat(1_000_000) + "{}]}").getBytes(UTF_8), true, 413);
        assertRefused(new byte[(int) (4 * MIB) + 1], false, 413);
    }

    @Test
    void aPointOfAHighLayerDoesNotTakeTheMemoryOfAllBelowIt() {
        Metric[] metrics = new Metric[2_000];
        for (int i = 0; i < metrics.length; i++) {
            metrics[i] = gauge("m" + i, point(1, number("step", 1), number("layer", 65_535)));
        }
        assertThat(events(read(export(resource(text("service.name", "r")), metrics))))
                .singleElement()
                .asString()
                .startsWith("bad_metric: metrics of one step must have at most 65536 numbers");

        NumberDataPoint[] points = new NumberDataPoint[2_000];
        for (int i = 0; i < points.length; i++) {
            points[i] = point(1, number("step", i), number("layer", 65_535));
        }
        assertRefused(
                export(resource(text("service.name", "r")), gauge("loss", points))
                        .toByteArray(),
                false,
                413);
    }

    @Test
    void anyBytesAreReadOrRefused() throws InvalidProtocolBufferException {
        ExportMetricsServiceRequest request = export(
                resource(text("service.name", "svc"), text("foreshock.run", "llama"), number("rank", 3)),
                gauge("loss", point(2.5, number("step", 7)), point(Double.NaN, number("step", 8), number("layer", 1))),
                gauge("step", point(3)));
        byte[] protobuf = request.toByteArray();
        byte[] json = JsonFormat.printer().print(request).getBytes(UTF_8);
        Random random = new Random(41);
        int refused = 0;
        int tries = 10_000;
        for (int i = 0; i < tries; i++) {
            boolean isJson = i % 2 == 0;
            byte[] body = (isJson ? json : protobuf).clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                body[random.nextInt(body.length)] =
                        isJson ? (byte) "{}[]\",:0e-x\\\n".charAt(random.nextInt(13)) : (byte) random.nextInt();
            }
            if (random.nextInt(10) == 0) {
                body = Arrays.copyOf(body, random.nextInt(body.length));
            }
            try (Budget.Share share = budget.share()) {
                Otlp.read(body, isJson, Grant.ANYBODY, share);
            } catch (Problem e) {
                assertThat(e.status()).isIn(400, 413);
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError((isJson ? new String(body, UTF_8) : Arrays.toString(body)), e);
            }
        }
        assertThat(refused).isBetween(tries / 10, tries - tries / 10);
        assertThat(budget.used()).isZero();
    }
}
