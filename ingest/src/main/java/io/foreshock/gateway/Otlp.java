package io.foreshock.gateway;

import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.util.JsonFormat;
import io.foreshock.http.Problem;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenTelemetry metrics (OTLP/HTTP, {@code opentelemetry.io/docs/specs/otlp}) as events. Gauges and sums are read; points of one
 * run, rank and step become one event.
 *
 * <ul>
 *   <li>run: attribute {@code run} of the point, else {@code foreshock.run} or {@code service.name} of the resource;
 *   <li>step: attribute {@code step} of the point, else the last value of a metric called {@code step} of the same resource;
 *   <li>{@code rank} and {@code attempt}: attributes of the point or the resource, else 0;
 *   <li>{@code layer}, and with it {@code head}: attributes of the point; make one metric an array.
 * </ul>
 */
final class Otlp {
    private static final String STEP = "step";
    private static final long NANOS = 1_000_000;

    /** What gRPC takes by default; SDKs send some hundred kilobytes at most. */
    private static final int MAX_BYTES = 4 * 1024 * 1024;

    private static final Parser<ExportMetricsServiceRequest> PARSER =
            DiscardUnknownFieldsParser.wrap(ExportMetricsServiceRequest.parser());
    private static final ThreadLocal<EventWriter> WRITERS = ThreadLocal.withInitial(EventWriter::new);

    private final Grant grant;
    private final Budget.Share share;
    private final Map<Place, Points> events = new LinkedHashMap<>();
    private int rejectedPoints;
    private @Nullable String rejection;

    private record Place(String run, int attempt, int rank, long step) {}

    /** Where in a metric's array a value stands; -1 for none. */
    private record Cell(int layer, int head) {}

    private static final class Points {
        private final Map<String, Map<Cell, Double>> metrics = new LinkedHashMap<>();
        private long ts = StepSample.NONE;
        private int count;
    }

    /**
     * What an export holds.
     *
     * @param items events to write, and those that cannot be
     * @param points how many data points each item stands for
     * @param rejectedPoints those that are in no item
     * @param rejection why the last of them is not, or null
     */
    record Export(
            List<Item> items,
            List<Integer> points,
            int rejectedPoints,
            @Nullable String rejection) {
        /** The answer, of the type of the request. */
        byte[] response(Answer answer, boolean json) {
            long rejected = rejectedPoints;
            String why = rejection;
            for (Map.Entry<Integer, Item.Refused> item : answer.rejected().entrySet()) {
                rejected += points.get(item.getKey());
                why = item.getValue().detail();
            }
            ExportMetricsServiceResponse.Builder response = ExportMetricsServiceResponse.newBuilder();
            if (rejected > 0) {
                response.setPartialSuccess(ExportMetricsPartialSuccess.newBuilder()
                        .setRejectedDataPoints(rejected)
                        .setErrorMessage(String.valueOf(why)));
            }
            try {
                return json
                        ? JsonFormat.printer().print(response).getBytes(StandardCharsets.UTF_8)
                        : response.build().toByteArray();
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private Otlp(Grant grant, Budget.Share share) {
        this.grant = grant;
        this.share = share;
    }

    /**
     * Reads an export.
     *
     * @param json whether it is JSON, else protocol buffers
     * @param share what holds it
     * @throws Problem 400 if it cannot be read, 403 if a run in it is not the sender's, 413 if it is too large, 429 if there is no
     *     room now
     */
    static Export read(byte[] body, boolean json, Grant grant, Budget.Share share) {
        if (body.length > MAX_BYTES) {
            throw Body.tooLarge("of OpenTelemetry metrics", MAX_BYTES);
        }
        ExportMetricsServiceRequest request;
        try {
            share.take(json ? OtlpCost.ofJson(body) : OtlpCost.ofProtobuf(body));
            request = json ? ofJson(body) : PARSER.parseFrom(body);
        } catch (IOException e) {
            throw Problem.badRequest("the body is no ExportMetricsServiceRequest in " + (json ? "JSON" : "protobuf")
                    + ": " + Excerpt.sentence(String.valueOf(e.getMessage())));
        }
        Otlp reading = new Otlp(grant, share);
        request.getResourceMetricsList().forEach(reading::resource);
        return reading.export();
    }

    private static ExportMetricsServiceRequest ofJson(byte[] body) throws IOException {
        ExportMetricsServiceRequest.Builder request = ExportMetricsServiceRequest.newBuilder();
        JsonFormat.parser().ignoringUnknownFields().merge(new String(body, StandardCharsets.UTF_8), request);
        return request.build();
    }

    private void resource(ResourceMetrics resource) {
        List<KeyValue> attributes = resource.getResource().getAttributesList();
        Long step = null;
        for (ScopeMetrics scope : resource.getScopeMetricsList()) {
            for (Metric metric : scope.getMetricsList()) {
                if (metric.getName().equals(STEP) && !points(metric).isEmpty()) {
                    step = whole(value(points(metric).get(points(metric).size() - 1)));
                }
            }
        }
        for (ScopeMetrics scope : resource.getScopeMetricsList()) {
            for (Metric metric : scope.getMetricsList()) {
                if (!metric.getName().equals(STEP)) {
                    metric(metric, attributes, step);
                }
            }
        }
    }

    private void metric(Metric metric, List<KeyValue> resource, @Nullable Long step) {
        List<NumberDataPoint> points = points(metric);
        if (points.isEmpty() && metric.getDataCase() != Metric.DataCase.DATA_NOT_SET) {
            int count = metric.getHistogram().getDataPointsCount()
                    + metric.getExponentialHistogram().getDataPointsCount()
                    + metric.getSummary().getDataPointsCount();
            reject(
                    count,
                    "metric " + Excerpt.quote(metric.getName()) + " is a "
                            + metric.getDataCase().name().toLowerCase(Locale.ROOT) + "; send gauges or sums");
        }
        for (NumberDataPoint point : points) {
            point(metric.getName(), point, resource, step);
        }
    }

    private static List<NumberDataPoint> points(Metric metric) {
        return metric.hasSum()
                ? metric.getSum().getDataPointsList()
                : metric.getGauge().getDataPointsList();
    }

    private void point(String name, NumberDataPoint point, List<KeyValue> resource, @Nullable Long stepOfResource) {
        List<KeyValue> own = point.getAttributesList();
        String run = text(own, "run");
        run = run == null ? text(resource, "foreshock.run") : run;
        run = run == null ? text(resource, "service.name") : run;
        Long step = number(own, STEP);
        step = step == null ? stepOfResource : step;
        if (run == null || step == null || step < 0) {
            reject(
                    1,
                    "a point of " + Excerpt.quote(name) + " has no "
                            + (run == null
                                    ? "run: set the resource's attribute foreshock.run"
                                    : "step >= 0: set the" + " point's attribute step, or send a metric called step"));
            return;
        }
        grant.require(run);
        long rank = numberOr(own, resource, "rank");
        long attempt = numberOr(own, resource, "attempt");
        Long layer = number(own, "layer");
        Long head = number(own, "head");
        boolean fits = within(rank, Limits.MAX_RANKS)
                && within(attempt, Limits.MAX_ATTEMPTS)
                && within(layer == null ? 0 : layer, Limits.MAX_NUMBERS)
                && within(head == null ? 0 : head, Limits.MAX_NUMBERS)
                && (head == null || layer != null);
        if (!fits) {
            reject(
                    1,
                    "a point of " + Excerpt.quote(name)
                            + " has attributes out of range: rank, attempt, layer and head must be small integers >= 0, and a head"
                            + " needs a layer");
            return;
        }
        Points points = events.computeIfAbsent(new Place(run, (int) attempt, (int) rank, step), place -> new Points());
        Cell cell = new Cell(layer == null ? -1 : layer.intValue(), head == null ? -1 : head.intValue());
        points.metrics.computeIfAbsent(name, metric -> new LinkedHashMap<>()).put(cell, value(point));
        points.ts = Math.max(points.ts, point.getTimeUnixNano() / NANOS);
        points.count++;
    }

    private static boolean within(long value, int limit) {
        return value >= 0 && value < limit;
    }

    private void reject(int count, String why) {
        rejectedPoints += count;
        rejection = why;
    }

    private Export export() {
        List<Item> items = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        events.forEach((place, points) -> {
            Item item = item(place, points);
            // A point of a high layer makes a long event.
            share.take(Item.OVERHEAD_BYTES + (item instanceof Item.Event event ? event.bytes() : 0));
            items.add(item);
            counts.add(points.count);
        });
        return new Export(items, counts, rejectedPoints, rejection);
    }

    /** Written and read back, so that it keeps the same rules as what is posted as JSON. */
    private static Item item(Place place, Points points) {
        byte[] event;
        try {
            StepSample.Builder sample = StepSample.builder(place.run(), place.step())
                    .attempt(place.attempt())
                    .rank(place.rank());
            if (points.ts > 0) {
                sample.ts(points.ts);
            }
            requireRoom(points);
            points.metrics.forEach((name, cells) -> add(sample, name, cells));
            event = WRITERS.get().write(sample.build());
        } catch (IllegalArgumentException e) {
            return new Item.Refused("bad_metric", Excerpt.sentence(String.valueOf(e.getMessage())));
        }
        Parsed parsed = Item.READERS.get().read(event, 0, event.length, null, StepSample.NONE);
        return parsed instanceof Parsed.Refused refused
                ? Item.Refused.of(refused.rejected())
                : Item.Event.of(place.run().getBytes(StandardCharsets.UTF_8), event);
    }

    /** Before anything is allocated: one point of layer 65,535 is an array of as many numbers. */
    private static void requireRoom(Points points) {
        long numbers = 0;
        for (Map<Cell, Double> cells : points.metrics.values()) {
            numbers += (long) Math.max(1, layers(cells)) * Math.max(1, heads(cells));
        }
        if (numbers > Limits.MAX_NUMBERS) {
            throw new IllegalArgumentException("metrics of one step must have at most " + Limits.MAX_NUMBERS
                    + " numbers, layers and heads that no point" + " is of counted, got " + numbers);
        }
    }

    private static int layers(Map<Cell, Double> cells) {
        return 1 + cells.keySet().stream().mapToInt(Cell::layer).max().orElse(-1);
    }

    private static int heads(Map<Cell, Double> cells) {
        return 1 + cells.keySet().stream().mapToInt(Cell::head).max().orElse(-1);
    }

    private static void add(StepSample.Builder sample, String name, Map<Cell, Double> cells) {
        int layers = layers(cells);
        int heads = heads(cells);
        if (layers == 0) {
            sample.metric(name, cells.values().iterator().next());
        } else if (heads == 0) {
            double[] values = new double[layers];
            Arrays.fill(values, StepSample.ABSENT);
            cells.forEach((cell, value) -> {
                if (cell.layer() >= 0) {
                    values[cell.layer()] = value;
                }
            });
            sample.metric(name, values);
        } else {
            double[][] values = new double[layers][heads];
            for (double[] row : values) {
                Arrays.fill(row, StepSample.ABSENT);
            }
            cells.forEach((cell, value) -> {
                if (cell.layer() >= 0 && cell.head() >= 0) {
                    values[cell.layer()][cell.head()] = value;
                }
            });
            sample.metric(name, values);
        }
    }

    private static double value(NumberDataPoint point) {
        return point.hasAsInt() ? point.getAsInt() : point.getAsDouble();
    }

    private static @Nullable Long whole(double value) {
        return value == Math.rint(value) && Math.abs(value) < 0x1p53 ? (Long) (long) value : null;
    }

    private static @Nullable AnyValue find(List<KeyValue> attributes, String key) {
        for (KeyValue attribute : attributes) {
            if (attribute.getKey().equals(key)) {
                return attribute.getValue();
            }
        }
        return null;
    }

    private static @Nullable String text(List<KeyValue> attributes, String key) {
        AnyValue value = find(attributes, key);
        return value == null || value.getStringValue().isBlank() ? null : value.getStringValue();
    }

    private static @Nullable Long number(List<KeyValue> attributes, String key) {
        AnyValue value = find(attributes, key);
        if (value == null) {
            return null;
        }
        switch (value.getValueCase()) {
            case INT_VALUE:
                return value.getIntValue();
            case DOUBLE_VALUE:
                return whole(value.getDoubleValue());
            case STRING_VALUE:
                try {
                    return Long.valueOf(value.getStringValue().strip());
                } catch (NumberFormatException e) {
                    return null;
                }
            default:
                return null;
        }
    }

    private static long numberOr(List<KeyValue> own, List<KeyValue> resource, String key) {
        Long number = number(own, key);
        number = number == null ? number(resource, key) : number;
        return number == null ? 0 : number;
    }
}
